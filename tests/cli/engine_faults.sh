# A backend that refuses to start a trace, and a run file that refuses a row
# while other traces of the same step have ended, end `run` and `deepthink` with
# a reason and an exit code; what was committed is gone on with.
. "$CLI_TESTS/lib.bash"
args=(--data "$DEMO" -n 12 --max-tokens 4 --quiet)
for n in 1 3 16 30; do
    expect 4 "*fail_start=$n was reached*" "$DEEPCONF" run --backend fake \
        --model "$FAKE,fail_start=$n" "${args[@]}" --out r.db
done
python3 - <<'PY'
import sqlite3
c = sqlite3.connect("r.db")
c.execute("""CREATE TRIGGER no BEFORE INSERT ON trace WHEN NEW.prompt = 9
             BEGIN SELECT RAISE(ABORT, 'not this one'); END""")
c.commit()
PY
expect 5 "*r.db: *not this one*" run "${args[@]}" --out r.db
python3 -c 'import sqlite3
sqlite3.connect("r.db").execute("DROP TRIGGER no")'
run "${args[@]}" --out r.db >/dev/null
run "${args[@]}" --out whole.db >/dev/null
for f in r whole; do
    "$DEEPCONF" show $f.db --prompts --json | grep -v '"file"' >$f
done
diff whole r

python3 -c 'for i in range(4):
    print("{\"qid\": \"q%d\", \"question\": \"?\", \"answer\": 4}" % i)' >qa.jsonl
think=(deepthink --backend fake --data qa.jsonl --max-tokens 20 --window 2
    --tail 2 --budget 4 -q --out d.jsonl)
for n in 1 3 7; do
    expect 4 "*fail_start=$n was reached*" "$DEEPCONF" "${think[@]}" \
        --model "$FAKE,fail_start=$n"
done
"$DEEPCONF" "${think[@]}" --model "$FAKE" >/dev/null
[ "$(wc -l <d.jsonl)" = 4 ] || die "d.jsonl: $(cat d.jsonl)"
