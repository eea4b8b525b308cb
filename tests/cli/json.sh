# --json of run is that of show, valid, and ends in one line feed.
. "$CLI_TESTS/lib.bash"
run --benchmark demo --data "$DEMO" -n 12 --out r.db --quiet --json >a
"$DEEPCONF" show r.db --json | cmp - a
python3 -m json.tool a >/dev/null
tail -c 2 a | cmp - <(printf '}\n')
[ "$(json_get 'd["prompts"]' <a)" = 12 ] || die "prompts"
# Keys come in one order, whatever the run.
run --benchmark demo --data "$DEMO" -n 5 --out q.db --quiet --json >b
keys='" ".join(d) + " / " + " ".join(d["rates"])'
[ "$(json_get "$keys" <a)" = "$(json_get "$keys" <b)" ] || die "keys differ"
