# run --no-early-stopping, --no-batch and --compare; budgets on one set of
# traces: figures recomputed here from the prompts, and what can't be said.
. "$CLI_TESTS/lib.bash"
args=(--benchmark demo --data "$DEMO" -n 40)
run "${args[@]}" --no-early-stopping --no-batch --out f.db >/dev/null 2>err
grep -q 'note: --no-batch changes nothing' err || die "$(cat err)"
[ "$("$DEEPCONF" show f.db --json | json_get 'd["config"]["stop.policy"]')" = fixed ] || die "not fixed"
run "${args[@]}" --stop fixed --quiet --out g.db >/dev/null
"$DEEPCONF" show f.db --prompts >a
"$DEEPCONF" show g.db --prompts | cmp - a

"$DEEPCONF" budgets f.db --policy curtail --policy 'own-percentile(20)' \
    --resamples 200 --json >b
"$DEEPCONF" sweep f.db --policy curtail --policy 'own-percentile(20)' --json >s
python3 - <<'PY'
import json
b = {r["run"]: r for r in json.load(open("b"))["runs"]}
assert list(b) == ["10 traces", "1 trace", "5 traces", "3 to 10: curtail",
                   "3 to 10: own-percentile(20,3,mean_prob)"], list(b)
PY
for k in 1 5; do # a run with that K has the same traces and decisions
    run "${args[@]}" --stop fixed --max-traces $k --min-traces 1 --quiet \
        --out k.db --json >k
    python3 - $k <<'PY'
import json, sys
k = int(sys.argv[1])
b = {r["run"]: r for r in json.load(open("b"))["runs"]}
live = json.load(open("k"))
x = b["1 trace" if k == 1 else "5 traces"]
assert x["traces"] == k and x["matrix"] == {n: live["matrix"][n] for n in x["matrix"]}
assert x["tokens"] == live["spent"]["tokens"] / 40
PY
    rm k.db
done
python3 - <<'PY'
import json
d = json.load(open("b"))
b = {r["run"]: r for r in d["runs"]}
for r in json.load(open("s"))["rows"]:
    x = b["3 to 10: " + r["setting"]]
    assert x["traces"] == r["traces"] and x["tokens"] == r["tokens"]
    (p,) = [p for p in d["pairs"] if p["b"] == x["run"] and p["a"] == "10 traces"]
    (m,) = [m for m in d["less_reference"] if m["run"] == x["run"]]
    assert abs(m["traces"]["value"] - (x["traces"] - 10)) < 1e-12
    assert m["traces"]["lo"] <= m["traces"]["value"] <= m["traces"]["hi"] <= 0
    assert abs(m["tokens"]["value"] - (x["tokens"] - b["10 traces"]["tokens"])) < 1e-9
    assert m["same_decision"]["k"] == 40 - p["changed"]["k"]
    assert p["changed"]["k"] == r["changed"]["k"], (p, r)
assert b["10 traces"]["traces"] == 10 and d["reference"] == "10 traces"
PY
tells 'each less 10 traces' "$DEEPCONF" budgets f.db --resamples 200
tells 'paired by prompt' "$DEEPCONF" budgets f.db --resamples 200
# The first sentence is the answer.
want=$(json_get '"Decided as by 10 traces: %d of 40 prompts by 1 trace, %d by 5 \
traces, %d by 3 to 10: curtail" % tuple(m["same_decision"]["k"]
    for m in d["less_reference"][:3])' <b)
tells "$want (" "$DEEPCONF" budgets f.db --resamples 200

run "${args[@]}" --compare --stop 'unanimous(4)' --quiet --out c.db >said
tr -s ' \n' '  ' <said | grep -q '3 to 10: unanimous(4)' || die "$(cat said)"
[ "$("$DEEPCONF" show c.db --json | json_get 'd["spent"]["traces"]')" = 400 ] ||
    die "not all traces"

# Curtailed: five of ten are there, all ten are no row; stopped at three: refused.
run "${args[@]}" --quiet --out e.db >/dev/null
tells 'all 10 traces are no row' "$DEEPCONF" budgets e.db --resamples 200
run "${args[@]}" --quiet --stop 'own-percentile(20)' --out o.db >/dev/null
expect 3 '5 traces: the run was drawn with --stop own-percentile*--no-early-stopping' \
    "$DEEPCONF" budgets o.db
run "${args[@]}" --quiet --stop fixed --max-traces 1 --min-traces 1 --out 1.db >/dev/null
"$DEEPCONF" budgets 1.db --resamples 200 >/dev/null
# An import was not drawn with any --stop, and can't be run again.
printf '{"prompt":"%s","response":["a","b"%s]}\n' x ',"c","d","e","f"' y '' >i.jsonl
"$DEEPCONF" import i.jsonl --format jsonl --out i.db >/dev/null
expect 3 '5 traces: 1 of 2 prompts of the input has too few*Import an input*' \
    "$DEEPCONF" budgets i.db
expect 2 '--no-early-stopping draws all 10 traces*--stop curtail would end*' \
    run "${args[@]}" --no-early-stopping --stop curtail --out x.db
expect 2 '--compare and --json*budgets --json*' \
    run "${args[@]}" --compare --json --out x.db
expect 2 '--stop: unanimous(11)*at most 10*' \
    run "${args[@]}" --compare --stop 'unanimous(11)' --out x.db
expect 2 '--policy: unanimous(11)*at most 10*' "$DEEPCONF" budgets f.db -p 'unanimous(11)'
expect 2 '--min-traces is 11*at most 10*' "$DEEPCONF" budgets f.db --min-traces 11
expect 2 '--policy is given 6 times; at most 5*sweep*' "$DEEPCONF" budgets f.db \
    -p fixed -p fixed -p fixed -p fixed -p fixed -p fixed
[ ! -e x.db ] || die "a file was begun"
