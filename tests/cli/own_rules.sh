# own-percentile and cges: a live run, an interrupted one and a replay stop at
# the same traces; another judge's decisions and a report follow; a measure that
# is no probability is refused.
. "$CLI_TESTS/lib.bash"
args=(--benchmark demo --data "$DEMO" -n 30 --quiet --json)
run "${args[@]}" --stop fixed --out f.db >/dev/null
for policy in 'own-percentile(40)' 'own-percentile(60,4,nll)' 'cges(0.9)' \
    'cges(0.99,mean_prob)'; do
    run "${args[@]}" --stop "$policy" --out "l-$policy.db" >live
    "$DEEPCONF" sweep f.db --policy "$policy" --json >replay
    # The same after it was broken off in the middle.
    rc=0
    "$DEEPCONF" run --backend fake --model "$FAKE,fail_step=30" "${args[@]}" \
        --stop "$policy" --out "r-$policy.db" >/dev/null 2>&1 || rc=$?
    [ "$rc" = 4 ] || die "$policy: exit code $rc"
    python3 -c 'import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as c:
    c.execute("UPDATE config SET value = replace(value, \",fail_step=30\", \"\")")' \
        "r-$policy.db"
    run "${args[@]}" --stop "$policy" --out "r-$policy.db" >resumed
    python3 - "$policy" <<'PY' || die "$policy"
import json, sys
live, again = json.load(open("live")), json.load(open("resumed"))
(row,) = json.load(open("replay"))["rows"]
assert live["spent"]["traces"] == again["spent"]["traces"]
assert live["spent"]["tokens"] == again["spent"]["tokens"]
assert live["matrix"] == again["matrix"]
assert row["traces"] == live["spent"]["traces"] / 30, row
assert row["tokens"] == live["spent"]["tokens"] / 30, row
m = row["matrix"]
assert m == {k: live["matrix"][k] for k in m}, (m, live["matrix"])
assert "no-promise" in [a["id"] for a in live["alarms"]]
name = live["config"]["stop.policy"]
assert name.startswith(sys.argv[1].split("(")[0] + "("), name
assert name.endswith("nll)" if "nll" in sys.argv[1] else "mean_prob)"), name
assert live["config"]["stop.measure"] in name
why = {"o": "as sure as its own first traces", "c": "posterior above p"}
assert live["stopped_because"][why[name[0]]] > 0
PY
    "$DEEPCONF" judge "l-$policy.db" --judge phrases10 >/dev/null
    "$DEEPCONF" show "l-$policy.db" --judge phrases10 >/dev/null
    "$DEEPCONF" show "l-$policy.db" --prompts >/dev/null
done

"$DEEPCONF" report 'l-cges(0.9).db' --no-plots --out rep >/dev/null
"$DEEPCONF" verify rep --run 'l-cges(0.9).db' >/dev/null

expect 2 '--stop: cges takes a confidence for the probability*nll is none*mean_prob*' \
    run "${args[@]}" --stop 'cges(0.9)' --measure nll --out x.db
expect 2 '*cges takes a confidence for the probability*entropy is none*' \
    "$DEEPCONF" sweep f.db --policy 'cges(0.9,entropy)'
expect 2 '--vote weighted(mean): the policy cges decides by a rule of its own*' \
    run "${args[@]}" --stop 'cges' --vote weighted --out x.db
expect 2 '--stop: own-percentile(q, W, MEASURE): W is "0"*' \
    run "${args[@]}" --stop 'own-percentile(20,0)' --out x.db
expect 2 '--stop: own-percentile(20,11,mean_prob): W*at most 10 traces*' \
    run "${args[@]}" --stop 'own-percentile(20,11)' --out x.db
expect 2 '--stop: *nobody*' \
    run "${args[@]}" --stop 'own-percentile(20,3,nobody)' --out x.db
expect 2 '--stop: cges(p, MEASURE): p is "1"*' \
    run "${args[@]}" --stop 'cges(1)' --out x.db
[ ! -e x.db ] || die "a file was begun"
# A measure by name beside the run's own, and every default row.
"$DEEPCONF" sweep f.db --measure nll --csv | grep '^"own-percentile(95,3,nll)"' \
    >/dev/null || die "no row of nll"
for policy in own-percentile cges; do # few prompts: none may be offered
    rc=0
    "$DEEPCONF" calibrate f.db --policy $policy >said 2>&1 || rc=$?
    [ "$rc" = 1 ] || die "$policy: exit code $rc: $(cat said)"
done
