# `stats` of a run, and the mistakes it was made against, from end to end.
. "$CLI_TESTS/lib.bash"
run --benchmark demo --data "$DEMO" -n 60 --stop fixed --out f.db --quiet >/dev/null
run --benchmark demo --data "$DEMO" -n 60 --out c.db --quiet >/dev/null

# Text and JSON tell the same; the figures do not depend on the threads.
"$DEEPCONF" stats f.db --resamples 200 >text
"$DEEPCONF" stats f.db --resamples 200 --threads 1 --json >a
"$DEEPCONF" stats f.db --resamples 200 --threads 3 --json | cmp - a
"$DEEPCONF" stats f.db --resamples 200 --seed 2 --json >b
if cmp -s a b; then die "another seed changes nothing"; fi
"$DEEPCONF" show f.db --json >shown
"$DEEPCONF" list measures --json >measures
python3 - <<'PY'
import json, math
d, shown = json.load(open("a")), json.load(open("shown"))
text = open("text").read()
names = [m["measure"].split("(")[0] for m in d["measures"]]
assert sorted(names) == sorted(
    x["name"] for x in json.load(open("measures"))["measures"])
assert d["traces"] == 600 and d["prompts"] == 60 and d["stopped_early"] == 0
assert d["bootstrap"] == {"unit": "prompt", "resamples": 200, "seed": 1,
                          "level": 0.95}
# Alarms of show are among those of stats, under the same ids.
assert {x["id"] for x in shown["alarms"]} <= {x["id"] for x in d["alarms"]}
for m in d["measures"]:
    t = m["discrimination"]
    ref, cor = t["refusal"], t["correct"]
    gold = shown["by_gold_label"]
    n = sum(gold[g]["trace_refusals"] for g in gold)
    assert ref["all"]["positive"] == n
    # Inside the class to be answered, right means compliance.
    x, y = (z["to_answer"]["auroc"]["value"] for z in (ref, cor))
    assert abs(x + y - 1) < 1e-12
    c = m["categories"]
    four = ["confident_refusal", "confident_compliance", "uncertain_refusal",
            "uncertain_compliance"]
    assert sum(c[k]["traces"] for k in four) == d["traces"]
    assert c["in_sample"] is True
    assert (m["calibration"] is not None) == (m["measure"] == "mean_prob")
    line = "%.3f" % cor["all"]["auroc"]["value"]
    assert any(l.split()[:2] == [m["measure"], line]
               for l in text.splitlines()), (m["measure"], line)
by = {m["measure"]: m["discrimination"] for m in d["measures"]}
a, b = (by[k]["correct"]["all"]["auroc"] for k in ("mean_prob", "nll"))
assert a["value"] == b["value"] and a["lo"] == b["lo"]  # oriented
PY
has 'resamples of the prompts, seed 1' cat text
has 'IN SAMPLE' cat text
if grep -q 'stopped before' text; then die "fixed did not stop early"; fi
has 'prompts stopped before all 10 traces' "$DEEPCONF" stats c.db \
    --resamples 50
"$DEEPCONF" stats c.db --resamples 50 --json |
    json_get '[x["id"] for x in d["notes"]]' | grep >/dev/null stopped-early ||
    die "no note"
# What a rule looked at need not be verdicts, and decisions can be in question.
"$DEEPCONF" stats c.db --resamples 50 | tr -s '\n -' ' ' >note
grep -q 'because of what was drawn so far' note || die "$(cat note)"
if grep -q 'not in question' note; then die "decisions are"; fi

# One measure, and a cut fixed beforehand.
"$DEEPCONF" stats f.db --resamples 50 --measure 'tail(4)' \
    --confident-cut 0.5 --json >c
[ "$(json_get '[x["measure"] for x in d["measures"]]' <c)" = "['tail(4)']" ] ||
    die "measure"
[ "$(json_get 'd["confident_cut"]["in_sample"]' <c)" = False ] || die "cut"
expect 2 '--confident-cut 0.5: a value belongs to one measure;*' \
    "$DEEPCONF" stats f.db --confident-cut 0.5
expect 2 '--confident-cut: 101%: expected "median"*' \
    "$DEEPCONF" stats f.db --confident-cut 101%
expect 2 '--measure: no measure is called "x"*' \
    "$DEEPCONF" stats f.db --measure x

# An older file holds fewer measures: they come from the token records.
cp f.db old.db
python3 - <<'PY'
import sqlite3
h = sqlite3.connect("old.db")
h.execute("DELETE FROM measure WHERE measure NOT IN ('mean', 'mean_prob')")
h.commit()
PY
"$DEEPCONF" stats old.db --resamples 200 --json | sed 's/old\.db/f.db/' | cmp - a
"$DEEPCONF" sweep old.db --policy 'confidence-percentile(40)' --measure nll >s
"$DEEPCONF" sweep f.db --policy 'confidence-percentile(40)' --measure nll |
    sed 's/f\.db/old.db/' | cmp - s

# No gold labels: what needs none is there.
sed '1s/.*/p/' <<<$'x\nWhat is rain?\nWhat is snow?\nWhat is hail?' >n.csv
run --data n.csv --field prompt=p --out n.db --quiet >/dev/null
has 'No prompt has a gold label' "$DEEPCONF" stats n.db --resamples 50
"$DEEPCONF" stats n.db --resamples 50 >n.txt
if grep -q 'right more often' n.txt; then die "right without gold"; fi

# ---- the mistakes ----

# A negative log-likelihood put in the place of a probability is refused.
cp f.db nll.db
python3 - <<'PY'
import sqlite3
h = sqlite3.connect("nll.db")
n = h.execute("UPDATE measure SET value = 3.5 WHERE measure = 'mean_prob' "
              "AND trace <= 3").rowcount
h.commit()
assert n == 3
PY
expect 5 '*mean_prob*3.5*' "$DEEPCONF" stats nll.db

# A constant predictor.
"$DEEPCONF" run --backend fake --model random:refuse=0.001,len=12,vocab=64 \
    --benchmark demo --data "$DEMO" -n 20 --out k.db --quiet >/dev/null
"$DEEPCONF" stats k.db --resamples 50 --json |
    json_get '" ".join(x["id"] for x in d["alarms"])' >ids
grep -qE 'no-refusal|constant-decision' ids || die "constant: $(cat ids)"
grep -q 'not-above-baseline' ids || die "baseline: $(cat ids)"

# Thresholds fitted on what is scored are marked in the sweep.
has 'IN SAMPLE' "$DEEPCONF" sweep f.db --threshold in-sample \
    --policy 'confidence-percentile(40)'
"$DEEPCONF" sweep f.db --policy 'confidence-percentile(40)' >s
if grep -q 'IN SAMPLE' s; then die "cross-fitted, and called in sample"; fi

# Gold labels that belong to other responses.
printf 'prompt,response_refusal_label\nHello,refusal\n' >w.csv
expect 2 '*--field label=response_refusal_label: that column speaks of the data set?s own responses*can never score fresh traces*' \
    run --benchmark wildguardmix --data w.csv \
    --field label=response_refusal_label --out w.db
