# A disk that gets full (here: a size limit): exit code 6, what was committed is
# kept, and with more room the same command ends as if nothing had happened.
. "$CLI_TESTS/lib.bash"
args=(--benchmark demo --data "$DEMO" -n 120 --quiet)
run "${args[@]}" --out whole.db >/dev/null
rc=0
(ulimit -f 600 && run "${args[@]}" --out r.db >out 2>err) || rc=$?
[ $rc = 6 ] || die "exit code $rc: $(cat err)"
grep -q '^deepconf: r.db: ' err || die "$(cat err)"
"$DEEPCONF" show r.db --json >j
[ "$(json_get '0 < d["decided"] < 120' <j)" = True ] || die "nothing was kept"
run "${args[@]}" --out r.db >/dev/null
"$DEEPCONF" show whole.db --prompts >want
"$DEEPCONF" show r.db --prompts | cmp want -
