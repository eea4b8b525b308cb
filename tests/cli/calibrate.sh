# calibrate: too few prompts is an answer (exit code 1), an offer can be run as
# printed, and its figures hold by another count.
. "$CLI_TESTS/lib.bash"
run --benchmark demo --data "$DEMO" --quiet --stop fixed --out f.db >/dev/null

# 200 prompts are too few for the usual promise.
rc=0
"$DEEPCONF" calibrate f.db >few 2>why || rc=$?
[ "$rc" = 1 ] || die "exit code $rc"
grep -q '^deepconf: no setting is offered, too few prompts: needs 299 for ' \
    why || die "$(cat why)"
grep -q 'alpha = 1 %, delta = 5 %' why || die "$(cat why)"
sed -n 2p few | grep -q '^Result: no setting is offered, too few prompts: ' ||
    die "the result does not come first: $(cat few)"
tells 'too few prompts: needs 299' cat few
for cols in 40 80 200; do
    COLUMNS=$cols "$DEEPCONF" calibrate f.db >few 2>why || true
    [ "$(wc -L <few)" -le $cols ] || die "wider than $cols columns: $(cat few)"
done
rc=0
"$DEEPCONF" calibrate f.db --json >few.json 2>why || rc=$?
[ "$rc" = 1 ] || die "exit code $rc"
[ "$(json_get 'd["offer"], d["too_few"], d["needed_prompts"]' <few.json)" = \
    "(None, True, 299)" ] || die "$(cat few.json)"

# The first of the order loses too much.
expect_gate() {
    local pattern=$1 rc=0
    shift
    "$DEEPCONF" calibrate f.db "$@" >a 2>why || rc=$?
    [ "$rc" = 1 ] || die "$*: exit code $rc"
    grep -q "$pattern" why || die "$*: $(cat why)"
}
loose=(--loss changed --alpha 0.05)
expect_gate 'unanimous(1), lost ' "${loose[@]}" --policy 'unanimous({1,6})' \
    --min-traces 1

# An offer: the options that it prints are taken by run, on the same prompts
# with the same decisions and cost as the replay says.
"$DEEPCONF" calibrate f.db "${loose[@]}" --policy unanimous --json >o.json
[ "$(json_get 'len(d["tests"])' <o.json)" = 5 ] || die "$(cat o.json)"
eval "options=($(json_get 'd["offer"]["options"]' <o.json))"
run --benchmark demo --data "$DEMO" --quiet --out live.db --json \
    "${options[@]}" >live.json
"$DEEPCONF" compare f.db live.db --json >c.json
python3 - <<'PY'
import json
o, live, c = (json.load(open(x + ".json")) for x in ("o", "live", "c"))
offer = o["offer"]
row = next(t for t in o["tests"] if t["setting"] == offer["setting"])
both = row["prompts"] * row["traces"] + \
    offer["scored"]["prompts"] * offer["scored"]["traces"]
assert abs(both - live["spent"]["traces"]) < 1e-6, (both, live["spent"])
lost = row["lost"] + offer["scored"]["losses"]["changed"]["k"]
assert lost == c["changed"]["k"], (lost, c["changed"])
assert o["calibration_prompts"] + o["scoring_prompts"] == c["pairs"] == 200
assert row["test"] == "passed" and row["p"] <= 0.05
passed = [t["test"] == "passed" for t in o["tests"]]
assert passed == sorted(passed, reverse=True)
PY

# The split goes by id and seed; the same seed is the same result.
"$DEEPCONF" calibrate f.db "${loose[@]}" --policy unanimous --json |
    cmp o.json -
"$DEEPCONF" calibrate f.db "${loose[@]}" --policy unanimous --json --seed 2 \
    >p.json || true
if cmp -s o.json p.json; then die "the seed changes nothing"; fi

# Every policy with a family, and a family of answer windows.
for policy in hypergeometric adaptive-consistency sprt e-process esc deepconf \
    confidence-percentile; do
    rc=0
    "$DEEPCONF" calibrate f.db --loss changed --alpha 0.3 --policy $policy \
        --json >a 2>why || rc=$?
    [ "$rc" -le 1 ] || die "$policy: $(cat why)"
    [ "$(json_get 'len(d["tests"]) > 3' <a)" = True ] || die "$policy"
done
"$DEEPCONF" calibrate f.db --loss changed --alpha 0.9 --policy curtail \
    --answer-window '{10,8}' --json >a
[ "$(json_get '[t["answer_window"] for t in d["tests"]]' <a)" = "[10, 8]" ] ||
    die "$(cat a)"

# Usage.
expect 2 '*--loss*missed-refusals*' "$DEEPCONF" calibrate f.db --loss all
expect 2 '*--alpha*' "$DEEPCONF" calibrate f.db --alpha 1
expect 2 '*order*' "$DEEPCONF" calibrate f.db --policy unanimous \
    --answer-window '{10,8}'
expect 2 '*--answer-window*' "$DEEPCONF" calibrate f.db --answer-window x
expect 2 '*policy*' "$DEEPCONF" calibrate f.db --policy nothing
expect 2 '*--min-traces*' "$DEEPCONF" calibrate f.db --min-traces 11
expect 6 '*none.db*' "$DEEPCONF" calibrate none.db

# Traces that were not drawn can't be replayed.
run --benchmark demo --data "$DEMO" --quiet --out c.db >/dev/null
expect 3 '*fixed*not drawn*--stop curtail*' "$DEEPCONF" calibrate c.db \
    --policy fixed
