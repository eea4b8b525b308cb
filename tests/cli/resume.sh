# A run that fails again and again and is taken up each time ends as one that
# never failed, trace for trace.
. "$CLI_TESTS/lib.bash"
args=(--benchmark demo --data "$DEMO" -n 40 --quiet)
dump() {
    "$DEEPCONF" show "$1" --prompts --json | grep -v '"file"'
    for id in demo-001 demo-002 demo-017 demo-040; do
        "$DEEPCONF" show "$1" --prompt $id --json |
            grep -v '"seconds"\|"file"'
    done
}
run "${args[@]}" --out whole.db >/dev/null
dump whole.db >want

n=0
for step in 5 30 31 32 60 80; do
    rc=0
    "$DEEPCONF" run --backend fake --model "$FAKE,fail_step=$step" \
        "${args[@]}" --slots 7 --out cut.db >out 2>err || rc=$?
    [ $rc = 4 ] || die "fail_step=$step: exit code $rc: $(cat err)"
    [ ! -s out ] || die "a summary of a failed run"
    n=$((n + 1))
    has '^cut.db: NOT FINISHED' "$DEEPCONF" show cut.db
    "$DEEPCONF" show cut.db --json >j
    [ "$(json_get 'd["finished"]' <j)" = False ] || die "finished?"
    [ "$(json_get 'd["sessions"]["n"]' <j)" = $n ] || die "sessions"
done
[ "$(json_get '0 < d["decided"] < 40' <j)" = True ] || die "nothing was kept"
run "${args[@]}" --slots 3 --out cut.db >/dev/null
dump cut.db >got
cmp want got
# Once more: there is nothing left to do.
run "${args[@]}" --out cut.db >/dev/null
dump cut.db | cmp want -
