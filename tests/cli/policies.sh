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
# The same, written with white space and a percentile of the measure by name.
run "${args[@]}" --stop 'confidence-percentile( 40.0 )' --measure mean_prob \
    --calibration-share 0.2 --out p.db | cmp p -

# Every row of the table runs with its defaults and can be shown.
for policy in $("$DEEPCONF" list policies --json |
    json_get '" ".join(x["name"] for x in d["policies"])'); do
    run "${args[@]}" --stop "$policy" --out "all-$policy.db" >a
    json_get 'd["config"]["stop.policy"]' <a | grep >/dev/null "^$policy" ||
        die "$policy: $(cat a)"
    "$DEEPCONF" show "all-$policy.db" --json | cmp a - || die "$policy"
done
for measure in $("$DEEPCONF" list measures --json |
    json_get '" ".join(x["name"] for x in d["measures"])'); do
    run "${args[@]}" --stop 'confidence-percentile(40)' --measure "$measure" \
        --out "m-$measure.db" >a
    json_get 'd["threshold"]["measure"]' <a | grep >/dev/null "^$measure" ||
        die "$measure: $(cat a)"
done
# A vote that weighs is never certain early, so curtail draws all K.
for vote in weighted 'weighted(tail(8))' 'filtered(50%, nll)'; do
    run "${args[@]}" --vote "$vote" --out v.db >a
    n=$(json_get 'd["spent"]["traces"]' <a)
    [ "$n" = 400 ] || die "$vote under curtail: $n traces"
    rm v.db
done

# The answer window: shorter traces, an audit, and whole words in the store.
run "${args[@]}" --answer-window 4 --audit-share 0.25 --out w.db >w
python3 - <<'PY'
import json
c, w = (json.load(open(x)) for x in "cw")
assert w["spent"]["tokens"] < c["spent"]["tokens"]
assert w["config"]["window.tokens"] == "4"
assert w["config"]["window.audit_share"] == "0.25"
PY
"$DEEPCONF" show w.db --prompts >prompts
