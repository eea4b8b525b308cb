# Killed (SIGKILL) again and again, a run with the real model ends as the same
# run, trace for trace, as one that was left alone.
"$DEEPCONF" list models --json | grep >/dev/null '"fetched": *true' ||
    { echo "SKIP: no model in the cache (scripts/setup --model smollm2)"; exit 77; }
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
file=cut.db
killed=0
for seconds in 1.2 1.9 2.6 3.3; do
    rc=0
    run timeout --foreground -s KILL "$seconds" || rc=$?
    [ "$rc" = 0 ] && break
    [ "$rc" = 137 ] || { cat err.txt; exit 1; }
    killed=$((killed + 1))
done
run env || { cat err.txt; exit 1; }
content cut.db >cut.txt
cmp whole.txt cut.txt
test -s whole.txt
echo "killed $killed times, then equal"
