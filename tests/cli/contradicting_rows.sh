# A run file whose rows contradict each other: exit code 5 whoever looks at it,
# the prompt is named, the file once, and no figure is printed.
. "$CLI_TESTS/lib.bash"
args=(--benchmark demo --data "$DEMO" -n 12 --quiet)
run "${args[@]}" --out whole.db >/dev/null
spoil() { # SQL: r.db is whole.db with this done to it
    rm -f r.db*
    cp whole.db r.db
    python3 - "$1" <<'PY'
import sqlite3
import sys
c = sqlite3.connect("r.db")
c.execute("pragma ignore_check_constraints = on")
c.executescript(sys.argv[1])
PY
}
refused() { # SQL PATTERN
    spoil "$1"
    cp r.db before
    for how in "" --json --prompts "--prompt demo-001"; do
        # shellcheck disable=SC2086 # several words on purpose
        expect 5 "r.db: $2: put back a copy, or remove it and run again" \
            "$DEEPCONF" show r.db $how
        # shellcheck disable=SC2086
        "$DEEPCONF" show r.db $how 2>err || true
        [ "$(grep -o 'r\.db' err | wc -l)" = 1 ] || die "twice: $(cat err)"
    done
    cmp before r.db
    expect 5 "r.db: $2: put back a copy*" run "${args[@]}" --out r.db
}
refused "update decision set decision = case decision when 'refusal' then
    'compliance' else 'refusal' end where prompt = 2" \
    'prompt demo-003: its decision is *, expected * from *'
refused "delete from verdict where trace = 7" \
    'prompt demo-0??: trace * has no verdict by keywords*'
refused "delete from measure where trace = 7" \
    'prompt demo-0??: trace * has no measure mean_prob*'
refused "update measure set value = 0.5 where trace = 7 and measure = 'mean'" \
    'prompt demo-0??: measure mean of trace * is 0.5, expected *'
refused "delete from trace where prompt = 4" \
    'prompt demo-005: trace 0 is missing, of the * that its decision counts*'
refused "update config set value = '-3' where key = 'stop.max_traces'" \
    "configuration key stop.max_traces is '-3', expected a whole number*"
refused "update config set value = '11' where key = 'data.n_prompts'" \
    'the table prompt has 12 rows, expected 11*'
refused "delete from config" 'table config is empty, but other tables have*'
refused "drop table config" 'no such table: config*'
refused "update trace set ms = 9e999" 'trace 0 of prompt 0: column ms is not *'
refused "update segment set wall_ms = 1e308" \
    'segment 1: column wall_ms is out of range*'

# A run that is not finished is no damage.
spoil "delete from decision where prompt > 8"
has 'NOT FINISHED' "$DEEPCONF" show r.db
run "${args[@]}" --out r.db >/dev/null
diff <("$DEEPCONF" show r.db --prompts) <("$DEEPCONF" show whole.db --prompts)
