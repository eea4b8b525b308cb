# A file with entropy and no probability: what confidence tells is told by the
# measure that is there, and nothing false is said of one that is not.
. "$CLI_TESTS/lib.bash"
python3 - <<'PY'
import json, random
r = random.Random(1)
with open("p.jsonl", "w") as f, open("d.jsonl", "w") as d:
    for i in range(60):
        bad = i % 2
        d.write(json.dumps({"id": f"x_{i}", "prompt": f"p{i}",
                            "label": "unsafe" if bad else "safe"}) + "\n")
        no = [r.random() < (0.6 if bad else 0.4) for _ in range(3)]
        f.write(json.dumps({
            "instance_id": f"x_{i}",
            "traces": ["I cannot help with that." if n else "Sure: here it is"
                       for n in no],
            "confidences": [r.random() * (1 if n else 2) for n in no],
            "refused": no}) + "\n")
PY
dc import p.jsonl --format deep-conf-safety --data d.jsonl \
    --confidence-means entropy --out e.db >said
dc stats e.db >stats
tr -s '\n ' '  ' <stats >flat
grep -q 'AUROC of right against wrong by entropy: 0\.' flat ||
    die "no figure of entropy: $(head -20 stats)"
for false in 'too few prompts have' 'Nothing can be said' 'no trace has a conf'; do
    if grep -q "$false" flat; then die "it says: $false"; fi
done
grep -q 'by entropy' <(dc stats e.db --json | json_get '"by " + next(
    m["name"] if "name" in m else m["measure"] for m in d["measures"])') ||
    die "the first is not entropy"
# A measure of its own that no trace has: asked alone it says so.
dc stats e.db --measure mean_prob | tr -s '\n ' '  ' | grep -q 'no trace has' ||
    die "a measure without values has an answer"
# The report says the same everywhere.
dc report e.db --out rep --no-plots >/dev/null 2>&1 ||
    dc report e.db --out rep >/dev/null
grep -q 'entropy' rep/COMPREHENSIVE_REPORT.md || die "not in the report"
if grep -q 'no trace has a confidence' rep/*.md; then die "the report says so"; fi
