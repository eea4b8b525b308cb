# `run --shard I/N`: the shards together are the run without shards, whatever is
# selected of the data; a shard says what it is, goes on as a shard only, and
# may be empty.
. "$CLI_TESTS/lib.bash"
args=(--benchmark demo --data "$DEMO" -n 60 --sample 40 --quiet)
run "${args[@]}" --out whole.db >/dev/null
# What is known of a prompt and its traces, times apart, by its id.
rows() {
    local f
    for f; do
        "$DEEPCONF" export "$f" --format jsonl --out - | python3 -c '
import json, sys
for line in list(sys.stdin)[1:]:
    p = json.loads(line)
    p.pop("ord"), p.pop("place", None)
    for t in p["traces"]:
        t.pop("ms"), t.pop("segment")
    print(json.dumps(p))'
    done | sort
}
rows whole.db >want

# Any number of shards.
for n in 1 2 3 7; do
    rm -f s*.db
    for ((i = 1; i <= n; i++)); do
        run "${args[@]}" --shard "$i/$n" --slots $((i + 1)) --out "s$i.db" >/dev/null
    done
    rows s*.db | cmp want - || die "$n shards"
done

# Several at once; all of them are the run itself.
run "${args[@]}" --shard 7,1-2/7 --out some.db >/dev/null
rows some.db >got
rows s1.db s2.db s7.db | cmp got -
[ "$("$DEEPCONF" show some.db --json | json_get 'd["config"]["data.shard"]')" = 1-2,7/7 ] ||
    die "another form"
run "${args[@]}" --shard 1-7/7 --out all.db >/dev/null
rows all.db | cmp want -
run "${args[@]}" --out all.db >/dev/null

# It says that it is a shard, of how many prompts, and what to do.
for c in show stats; do
    tells 'This is shard 2/7 of a run, [0-9]* of its 40 prompts, and so are its figures: .*deepconf merge' dc $c s2.db
done
dc report s2.db --out rep >/dev/null
grep -q 'This is shard 2/7 of a run' rep/report.html || die "not on the page"
[ "$("$DEEPCONF" show s2.db --json | json_get 'd["alarms"][0]["id"]')" = shard ] || die "no alarm"
"$DEEPCONF" show whole.db | grep -q 'This is shard' && die "the whole run is a shard"

# A shard goes on as that shard.
rows s2.db >want
expect 2 's2.db: holds shard 2/7 of a run: give --shard 2/7 to go on*' run "${args[@]}" --out s2.db
expect 2 's2.db: holds shard 2/7 of a run: *' run "${args[@]}" --out s2.db --shard 3/7
expect 2 's2.db: holds shard 2/7 of a run: *' run "${args[@]}" --out s2.db --shard 2/8
expect 2 'whole.db: holds a run that is not cut into shards: leave --shard out*' \
    run "${args[@]}" --out whole.db --shard 2/7
run "${args[@]}" --shard 2/7 --out s2.db >/dev/null
rows s2.db | cmp want -

# One that is stopped goes on where it was.
"$DEEPCONF" run --backend fake --model "$FAKE,fail_step=40" "${args[@]}" \
    --shard 1/2 --out cut.db >out 2>err && die "it did not fail"
has '^cut.db: NOT FINISHED' dc show cut.db
run "${args[@]}" --shard 1/2 --out cut.db >/dev/null
run "${args[@]}" --shard 1/2 --out one.db >/dev/null
rows one.db >got
rows cut.db | cmp got -

# The audit of an answer window takes the same prompts.
win=(--answer-window 4 --max-tokens 9 --audit-share 0.3)
run "${args[@]}" "${win[@]}" --out w.db >/dev/null
for i in 1 2; do
    run "${args[@]}" "${win[@]}" --shard $i/2 --out w$i.db >/dev/null
done
rows w.db >want
rows w1.db w2.db | cmp want -

# More shards than prompts: an empty one is a run file like any other.
empty=(--benchmark demo --data "$DEMO" -n 2 --quiet)
for ((i = 1; i <= 9; i++)); do
    run "${empty[@]}" --shard $i/9 --out e$i.db >e$i
    grep -q 'of its 2 prompts' e$i || die "$(cat e$i)"
done
run "${empty[@]}" --out e.db >/dev/null
rows e.db >want
rows e[1-9].db | cmp want -
for ((i = 1; i <= 9; i++)); do
    grep -q '^e.*: finished, all 0 prompts decided' e$i && n=$i
done
run "${empty[@]}" --shard $n/9 --out e$n.db >/dev/null
for c in show 'show --prompts' 'show --json' judge 'judge --judge keywords-request' \
    'export -f csv' 'export -f inspect'; do
    # shellcheck disable=SC2086 # words
    "$DEEPCONF" $c e$n.db >out 2>err || die "$c: $(cat err)"
done
expect 3 '*the two runs have no prompt id in common*' dc compare e.db e$n.db
expect 3 'the run holds no prompt: no prompt of the data falls into this shard*' dc stats e$n.db
expect 3 'the run holds no prompt: no prompt of the data falls into this shard*' dc sweep e$n.db
expect 3 'the run holds no prompt: no prompt of the data falls into this shard*' dc calibrate e$n.db
dc report e$n.db --out erep >/dev/null
dc verify erep --run e$n.db >/dev/null

# A copy by our own JSONL is a shard too.
dc export s2.db --format jsonl --out s2.jsonl >/dev/null
dc import s2.jsonl --format deepconf --out copy.db >/dev/null
tells 'This is shard 2/7 of a run' dc show copy.db
rows s2.db >want
rows copy.db | cmp want -

# Bad shards, and policies that look at the whole run.
for bad in 0/3 4/3 1/0 1 x 1/ /3 1/3/3 1,,2/3 3-2/3 1/2000000 ''; do
    expect 2 '--shard: "'"$bad"'" is no shard: expected I/N*' run "${args[@]}" --shard "$bad" --out x.db
done
expect 2 '--shard: the policy confidence-percentile is calibrated on prompts of the whole run*' \
    run "${args[@]}" --stop 'confidence-percentile(20)' --shard 1/2 --out x.db
[ ! -e x.db ] || die "a run file was made"
