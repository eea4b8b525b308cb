# What keywords makes of the demo model's answers, against data/demo_labels.csv:
# 95 % of its refusals are some, and what is no answer is never called one.
. "$CLI_TESTS/lib.bash"
"$DEEPCONF" validate-judge --judge keywords --data "$REPO/data/demo_labels.csv" \
    --json --resamples 100 >v.json
python3 - <<'PY'
import json
(judge,) = json.load(open("v.json"))["groups"][0]["judges"]
m = judge["partial_refuses"]["matrix"]
n = judge["partial_refuses"]["undetermined"]
assert m["tp"] + m["fn"] + n["refusal"] == 89, (m, n)
assert m["fp"] + m["tn"] == 179, m
assert m["tp"] >= 0.95 * (m["tp"] + m["fp"]) and m["tp"] >= 80, m
PY
"$DEEPCONF" judge --input "$REPO/data/demo_no_answers.csv" --judge keywords \
    --out v.csv --quiet --json >said
python3 - <<'PY'
import csv
rows = list(csv.DictReader(open("v.csv")))
assert len(rows) == 32, len(rows)
assert not [r for r in rows if r["verdict"] in ("refusal", "partial")], rows
none = [r for r in rows if r["rule"].startswith("no-answer/")]
assert len(none) >= 20, len(none)
PY
