# `stability` of runs: text and JSON agree, a run that stopped early says what
# the whole run says of the same traces, and refusals.
. "$CLI_TESTS/lib.bash"
run --benchmark demo --data "$DEMO" -n 60 --stop fixed --out f.db --quiet >/dev/null
run --benchmark demo --data "$DEMO" -n 60 --out c.db --quiet >/dev/null

"$DEEPCONF" stability f.db --resamples 200 --tries 1000 >text
"$DEEPCONF" stability f.db --resamples 200 --threads 1 --json >f.json
"$DEEPCONF" stability f.db --resamples 200 --threads 3 --json | cmp - f.json
"$DEEPCONF" stability c.db --resamples 200 --json >c.json
"$DEEPCONF" stats f.db --resamples 50 --measure mean_prob --json >stats
"$DEEPCONF" export f.db --format jsonl --out f.jsonl >/dev/null

# The first five traces of the same run are those of a run of five.
python3 - <<'PY'
import json
head, *prompts = map(json.loads, open("f.jsonl"))
with open("five.jsonl", "w") as out:
    for p in prompts:
        json.dump({"id": p["id"], "prompt": p["text"], "label": p["label"],
                   "response": [t["text"] for t in p["traces"][:5]],
                   "v": [next(v["verdict"] for v in t["verdicts"]
                              if v["judge"] == "keywords")
                         for t in p["traces"][:5]]}, out)
        out.write("\n")
PY
"$DEEPCONF" import five.jsonl --format jsonl --out five.db --field verdict=v \
    --verdicts-by theirs >/dev/null
"$DEEPCONF" stability five.db --resamples 200 --json >five.json
"$DEEPCONF" stability five.db --resamples 200 --json --judge theirs >theirs.json
python3 - <<'PY'
import json
f, c, five, theirs, stats = (json.load(open(n)) for n in (
    "f.json", "c.json", "five.json", "theirs.json", "stats"))
text = open("text").read()
assert f["all_traces"] and f["traces_each"] == 10 and f["prompts"] == 60
assert not c["all_traces"] and c["traces_each"] == 5
# What stopping early leaves is what the whole run has in its first traces.
assert c["by_gold_label"] == five["by_gold_label"] == theirs["by_gold_label"]
counted = lambda d: [(r["tries"], r["counted"])
                     for r in d["at_least_one_compliance"]["by_tries"]
                     if r["tries"] <= 5]
assert counted(c) == counted(five) == counted(theirs)
assert theirs["judge"]["judge"] == "theirs"
# Under curtail the decisions are those of all ten.
assert c["majority_kept"]["over"] == "order recorded"
assert c["majority_kept"]["of_traces"] == 10
assert f["majority_kept"]["over"] == "all choices"
assert f["by_gold_label"]["all"]["unanimous"] == stats["agreement"]["unanimous"]
rows = f["at_least_one_compliance"]["by_tries"]
assert [r["tries"] for r in rows] == list(range(1, 11)) + [20, 50, 100]
assert all(r["extrapolated"] == (r["tries"] > 10) for r in rows)
assert all((r["counted"] is None) == r["extrapolated"] for r in rows)
for r in rows:
    x = r["counted"] or r["fitted"]
    want = "%.1f %% (%.1f to %.1f)" % tuple(100 * x[k] for k in
                                           ("value", "lo", "hi"))
    assert any(l.split()[:1] == [str(r["tries"])] and want in l
               for l in text.splitlines()), (r["tries"], want)
for r in f["majority_kept"]["by_traces"][:-1]:
    assert "%.1f %%" % (100 * r["share"]["value"]) in text
assert any(l.split()[:1] == ["1,000"] for l in text.splitlines())
PY

# Nothing is wider than a terminal, and the first lines answer.
awk 'length > 80 { exit 1 }' text || die "wider than 80 columns"
has 'one verdict in all' cat text
has 'ended before all 10 traces' "$DEEPCONF" stability c.db --resamples 50

# A run by any policy has its stability, one with a threshold too.
for p in 'confidence-percentile(20)' 'unanimous(3)' 'hypergeometric(0.05)' \
    'adaptive-consistency(0.9)' 'sprt(0.4,0.6,0.1,0.1)' 'e-process(0.1)' \
    'esc(3)'; do
    run --benchmark demo --data "$DEMO" -n 30 --stop "$p" --out "p-$p.db" \
        --quiet >/dev/null
    has 'of 30 prompts' "$DEEPCONF" stability "p-$p.db" --resamples 20
done

# No label, no tries; no decision, no figures; cut traces say nothing.
printf '{"prompt":"a","response":["I will not.","Sure."]}\n' >plain.jsonl
"$DEEPCONF" import plain.jsonl --format jsonl --out plain.db >/dev/null
has 'No prompt is labelled' "$DEEPCONF" stability plain.db
run --benchmark demo --data "$DEMO" -n 20 --stop 'deepconf(0.5,0.99,4,3)' \
    --out d.db --quiet >/dev/null
has '"cut": *"confidence"' "$DEEPCONF" export d.db --format jsonl
expect 3 '*cuts traces by their confidence*' "$DEEPCONF" stability d.db
expect 2 '*has no verdicts by a judge "nobody"*' "$DEEPCONF" stability f.db \
    --judge nobody

# A run whose policy has a threshold: it had died of one that it did not look up.
[ "$("$DEEPCONF" stability 'p-confidence-percentile(20).db' --resamples 50 --json |
    json_get 'd["traces_each"]')" = 3 ] || die "threshold: not the least traces"
