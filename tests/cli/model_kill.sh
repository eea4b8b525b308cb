# Killed (SIGKILL) again and again, a run with the real model ends as the same
# run, trace for trace, as one that was left alone.
"$DEEPCONF" list models --json | grep >/dev/null '"fetched": *true' ||
    { echo "SKIP: no model in the cache (deepconf model fetch smollm2)"; exit 77; }
run() {
    "$@" "$DEEPCONF" run --model smollm2 --benchmark demo \
        --data "$REPO/data/demo.csv" --num-instances 6 --max-tokens 24 \
        --slots 8 --quiet --out "$file" >out.txt 2>err.txt
}
content() {
    sqlite3 "$1" "SELECT prompt, idx, text, finish, n_tok, hex(tok_id),
        hex(tok_logprob), hex(tok_conf) FROM trace ORDER BY prompt, idx;
        SELECT prompt, decision, n_trace FROM decision ORDER BY prompt"
}
file=whole.db
run env
content whole.db >whole.txt
test -s whole.txt

# Kill it as soon as so many traces are committed, wherever it then is.
committed() {
    sqlite3 -readonly cut.db "SELECT count(*) FROM trace" 2>/dev/null || echo 0
}
file=cut.db
for traces in 1 9 20; do
    run env &
    pid=$!
    while [ "$(committed)" -lt "$traces" ] && kill -0 "$pid" 2>/dev/null; do
        read -r -t 0.02 <> <(:) || true
    done
    pkill -KILL -P "$pid" || true
    rc=0
    wait "$pid" || rc=$?
    [ "$rc" = 137 ] || { cat err.txt; echo "not killed: exit code $rc"; exit 1; }
    [ "$(committed)" -ge "$traces" ]
done
run env || { cat err.txt; exit 1; }
content cut.db >cut.txt
cmp whole.txt cut.txt
