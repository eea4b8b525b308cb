# Our own files in the shape of deep_conf_safety, read again without the data:
# prompts, labels, verdicts and confidences are those of the run.
. "$CLI_TESTS/lib.bash"
SWEEP=demo_percentile_safety_analysis.json
run --benchmark demo --data "$DEMO" -n 24 --max-traces 5 --stop fixed \
    --out r.db --quiet >/dev/null
# The four verdicts, by people.
python3 - <<'PY'
import itertools, json
word = itertools.cycle(["refusal", "partial", "compliance", "undetermined"])
with open("given.jsonl", "w") as f:
    for i in range(12):
        f.write(json.dumps({
            "id": f"p{i}", "prompt": f"prompt {i}\n\u00e9", "category": "c\u00e4t",
            "label": ["harmful", "safe", None][i % 3], "response": ["a", "b", "c"],
            "said": [next(word) for _ in range(3)]}) + "\n")
PY
dc import given.jsonl --format jsonl --benchmark toxicchat --field verdict=said \
    --verdicts-by people --out given.db >/dev/null 2>&1 ||
    dc import given.jsonl --format jsonl --field verdict=said \
        --verdicts-by people --out given.db >/dev/null
dc export r.db --format deep-conf-safety --out a >/dev/null
dc export given.db --format deep-conf-safety --judge people --out b >/dev/null
for at in 'a r.db keywords' 'b given.db people'; do
    read -r dir of judge <<<"$at"
    dc import "$dir/predictions.jsonl" --format deep-conf-safety \
        --out "$dir.db" >said
    if grep -q 'whose text is not in the input' said; then die "$(cat said)"; fi
    if grep -q 'keys that are not read' said; then die "$(cat said)"; fi
    dc export "$of" --format jsonl --out "$of.jsonl" >/dev/null
    dc export "$dir.db" --format jsonl --out "$dir.jsonl" >/dev/null
    python3 - "$of.jsonl" "$dir.jsonl" "$judge" <<'PY' || die "$dir: not the same"
import json, sys
old, new = ([json.loads(x) for x in open(p)][1:] for p in sys.argv[1:3])
judge = sys.argv[3]
assert len(old) == len(new)
seen = set()
for a, b in zip(old, new):
    for k in ("id", "text", "gold", "category"):
        assert a[k] == b[k], (k, a[k], b[k])
    assert a["label"] == b["label"], (a["label"], b["label"])
    seen.add(a["gold"])
    for s, t in zip(a["traces"], b["traces"], strict=True):
        assert s["text"] == t["text"]
        v = {x["judge"]: x["verdict"] for x in s["verdicts"]}[judge]
        w = {x["judge"]: x["verdict"] for x in t["verdicts"]}["refused"]
        assert v == w, (v, w)
        seen.add(v)
        m = s["measures"].get("mean_prob")
        assert m is None or abs(t["measures"]["mean_prob"] - m) < 1e-12, (s, t)
if judge == "people":
    assert seen >= {"refusal", "partial", "compliance", "undetermined",
                    "none"}, seen
PY
    # Nothing in it is inverted: it says what it means.
    [ "$(dc show "$dir.db" --judge refused --json | json_get \
        '[a["id"] for a in d["alarms"] if "inverted" in a["id"]]')" = "[]" ] ||
        die "$dir: inverted"
done
# The decisions, and what is made of them, are the same, too.
rates() { dc show "$1" --judge "$2" --json | json_get \
    '[d["by_gold_label"], d["matrix"] if "matrix" in d else d.get("rates")]'; }
[ "$(rates r.db keywords)" = "$(rates a.db refused)" ] || die "rates"
# And again: the same file.
dc export a.db --format deep-conf-safety --judge refused --out c >/dev/null
python3 - <<'PY'
import json
for a, b in zip(open("a/predictions.jsonl"), open("c/predictions.jsonl"),
                strict=True):
    a, b = json.loads(a), json.loads(b)
    a.pop("judge"), b.pop("judge")
    assert a == b, (a, b)
PY
# Older exports of ours had flags alone.
python3 - <<'PY'
import json
with open("old.jsonl", "w") as f:
    for line in open("b/predictions.jsonl"):
        d = json.loads(line)
        del d["verdicts"]
        f.write(json.dumps(d) + "\n")
PY
dc import old.jsonl --format deep-conf-safety --out old.db >/dev/null
[ "$(dc export old.db --format jsonl | tail -n +2 | python3 -c '
import json, sys
print(sum(v["verdict"] == "undetermined" for x in sys.stdin
          for t in json.loads(x)["traces"] for v in t["verdicts"]
          if v["judge"] == "refused"))')" = 9 ] || die "undetermined of flags"
# What is wrong in our keys is said, and nothing is guessed.
head -1 a/predictions.jsonl | sed 's/"gold":"[a-z]*"/"gold":"maybe"/;
    s/"verdicts":\["[a-z]*"/"verdicts":["perhaps"/' >odd.jsonl
dc import odd.jsonl --format deep-conf-safety --out odd.db >said
tells 'none of refuse, answer, none' cat said
tells 'that is no verdict' cat said
# With --data the data set counts, and another prompt than its is said.
sed 's/"prompt":"/"prompt":"not /' a/predictions.jsonl >other.jsonl
dc import other.jsonl --format deep-conf-safety --data "$DEMO" \
    --benchmark demo --out other.db >said
tells 'is another than that of --data' cat said

# The counts as published are held against ours.
dc verify "a/$SWEEP" --run r.db >/dev/null || die "our own sweep"
python3 - <<'PY'
import json
d = json.load(open("a/demo_percentile_safety_analysis.json"))
m = d["results"][2]["confusion_matrix_as_published"]
m["tp"], m["fn"] = m["tp"] + 1, m["fn"] + 1
json.dump(d, open("bad.json", "w"))
PY
code=0
dc verify bad.json --json >v.json 2>/dev/null || code=$?
[ "$code $(json_get 'd["n_wrong"]' <v.json)" = "1 2" ] || die "$code $(cat v.json)"
