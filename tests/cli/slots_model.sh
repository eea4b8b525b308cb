# With K-quant weights, those of the demo model, a trace has the same bits for
# any number of slots; a step of four rows once gave others.
"$DEEPCONF" list models --json | python3 -c 'import json, sys
sys.exit(not any(m["name"] == "qwen2.5-coder-0.5b" and m["fetched"]
    for m in json.load(sys.stdin)["models"]))' || {
    echo "SKIP: no demo model in the cache (deepconf model fetch" \
        "qwen2.5-coder-0.5b)"
    exit 77
}
for slots in 1 4 6 16; do
    "$DEEPCONF" run --model qwen2.5-coder-0.5b --benchmark demo \
        --data "$REPO/data/demo.csv" --num-instances 3 --min-traces 2 \
        --max-traces 4 --stop fixed --max-tokens 6 --slots $slots --quiet \
        --out $slots.db >/dev/null
    sqlite3 $slots.db "SELECT prompt, idx, hex(tok_id), hex(tok_logprob),
        hex(tok_conf) FROM trace ORDER BY prompt, idx" >$slots.txt
done
[ "$(wc -l <16.txt)" = 12 ]
for slots in 1 4 6; do
    cmp $slots.txt 16.txt || { echo "$slots slots: other bits"; exit 1; }
done
