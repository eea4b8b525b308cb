# Parameters under which a policy could never act are refused before a trace is
# drawn; the largest that can act is taken; a run file that an older deepconf
# began with such a setting is read and goes on.
. "$CLI_TESTS/lib.bash"
args=(--benchmark demo --data "$DEMO" -n 12 --quiet --out x.db)
for bad in 'unanimous(11)' 'unanimous(99)' 'esc(11)' 'deepconf(0.9,0.95,4,11)'; do
    expect 2 "--stop: $bad: *at most 10 traces*could never act*" \
        run "${args[@]}" --stop "$bad"
done
expect 2 '--stop: sprt(0.4,0.6,0.001,0.001): no verdicts of 10 traces*' \
    run "${args[@]}" --stop 'sprt(0.4,0.6,0.001,0.001)'
expect 2 '--stop: e-process(0.05): no verdicts of 3 traces*curtail*' \
    run "${args[@]}" --stop 'e-process(0.05)' --max-traces 3
expect 2 '--stop: unanimous(5): *at most 4 traces*' \
    run "${args[@]}" --stop 'unanimous(5)' --max-traces 4
[ ! -e x.db ] || die "a file was begun"
for good in 'unanimous(10)' 'esc(10)' 'deepconf(0.9,0.95,4,10)' 'unanimous(1)'; do
    run "${args[@]}" --stop "$good" >/dev/null
    rm x.db
done

# Named for a replay: the same; the usual rows have none of them.
run "${args[@]}" --stop fixed --max-traces 4 >/dev/null
expect 2 '--policy: unanimous(5): *at most 4 traces*' \
    "$DEEPCONF" sweep x.db --policy 'unanimous({3,5})'
expect 2 'esc(5): *at most 4 traces*' "$DEEPCONF" calibrate x.db --policy 'esc({5,3})'
"$DEEPCONF" sweep x.db --csv >rows
grep -q '^"unanimous(4)"' rows || die "no row unanimous(4)"
if grep '^"\(unanimous\|esc\)(5)"' rows; then die "a row that could never act"; fi
rm x.db

# An older file.
rc=0
"$DEEPCONF" run --backend fake --model "$FAKE,fail_step=20" "${args[@]}" \
    --stop 'unanimous(10)' >/dev/null 2>&1 || rc=$?
[ "$rc" = 4 ] || die "exit code $rc"
python3 - <<'PY'
import sqlite3
c = sqlite3.connect("x.db")
assert c.execute("UPDATE config SET value = 'unanimous(99)' "
                 "WHERE key = 'stop.policy'").rowcount == 1
c.execute("UPDATE config SET value = replace(value, ',fail_step=20', '')")
c.commit()
PY
has 'NOT FINISHED' "$DEEPCONF" show x.db
run "${args[@]}" --stop 'unanimous(99)' >/dev/null
has 'finished, all 12' "$DEEPCONF" show x.db
has 'unanimous(99); promise: no decision ever changes' "$DEEPCONF" show x.db

# What is listed says that certainty ends prompts under other rules too.
"$DEEPCONF" list policies --json >l.json
[ "$(json_get '[p["name"] for p in d["policies"]
    if not p["certainty"].startswith("ends it too")]' <l.json)" = \
    "['fixed', 'deepconf', 'own-percentile', 'cges']" ] || die "$(cat l.json)"
