# --json of run is that of show, valid, and ends in one line feed.
. "$CLI_TESTS/lib.bash"
run --benchmark demo --data "$DEMO" -n 12 --out r.db --quiet --json >a
"$DEEPCONF" show r.db --json | cmp - a
python3 -m json.tool a >/dev/null
tail -c 2 a | cmp - <(printf '}\n')
[ "$(json_get 'd["prompts"]' <a)" = 12 ] || die "prompts"
cp r.db twin.db
cp r.db third.db
# Each kind says first which it is, in its version.
for c in show 'show --prompts' 'show --prompt demo-001' stats stability sweep judge \
    'compare twin.db' 'compare twin.db third.db'; do
    # shellcheck disable=SC2086 # words
    "$DEEPCONF" $c r.db --json | json_get 'next(iter(d)), d["format"]' >first
    has "^('format', 'deepconf-[a-z-]* 1')" cat first
done
# Keys come in one order, whatever the run.
run --benchmark demo --data "$DEMO" -n 5 --out q.db --quiet --json >b
keys='" ".join(d) + " / " + " ".join(d["rates"])'
[ "$(json_get "$keys" <a)" = "$(json_get "$keys" <b)" ] || die "keys differ"
