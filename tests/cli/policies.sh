# Each policy runs; the percentile is calibrated, and its threshold shown.
. "$CLI_TESTS/lib.bash"
args=(--benchmark demo --data "$DEMO" -n 40 --quiet --json)
run "${args[@]}" --stop fixed --out f.db >f
run "${args[@]}" --out c.db >c
run "${args[@]}" --stop 'confidence-percentile(40)' --calibration-share 0.2 \
    --out p.db >p
python3 - <<'PY'
import json
f, c, p = (json.load(open(x)) for x in "fcp")
assert f["spent"]["traces"] == 400 and f["saved"]["traces"] == 0
assert f["matrix"] == c["matrix"]  # curtail never changes a decision
assert c["spent"]["traces"] < 400
assert f["threshold"] is None and c["threshold"] is None
t = p["threshold"]
assert t["percentile"] == 40 and t["prompts"] == 8 and t["traces"] == 80
assert t["measure"] == "mean_prob" and 0 < t["value"] < 1
assert p["calibration_prompts"] == 8
assert "no-promise" in [a["id"] for a in p["alarms"]]
assert "no-promise" not in [a["id"] for a in c["alarms"]]
assert p["spent"]["traces"] < c["spent"]["traces"]
assert p["stopped_because"]["confidence above threshold"] > 0
PY
has 'percentile 40 of 80 traces of 8' "$DEEPCONF" show p.db
# The same, with the percentile as an option of its own.
run "${args[@]}" --stop confidence-percentile --percentile 40 \
    --calibration-share 0.2 --out p.db | cmp p -
