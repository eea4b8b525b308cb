# --kv unified and --flash-attn off are said in the run file and bind it;
# --without changes no trace and binds nothing.
. "$CLI_TESTS/lib.bash"
tiny=$TINY/tiny-llama.gguf
[ -r "$tiny" ] || { echo "SKIP: no tiny models (scripts/setup --dev)"; exit 77; }
try() { # OUT ARG...
    local out=$1
    shift
    "$DEEPCONF" run --model "$tiny" --data "$DEMO" -n 3 --max-tokens 6 \
        --max-traces 4 --threads 1 --quiet --out "$out" "$@" >/dev/null
}
traces() {
    python3 -c 'import sqlite3, sys
for r in sqlite3.connect(sys.argv[1]).execute("SELECT prompt, idx, hex(tok_id),"
        "hex(tok_conf) FROM trace ORDER BY prompt, idx"): print(r)' "$1"
}
expect 2 '*--kv both: expected split or unified*' \
    "$DEEPCONF" run --model "$tiny" --data "$DEMO" --out o.db --kv both
expect 2 '*--flash-attn off*--kv unified*' \
    "$DEEPCONF" run --model "$tiny" --data "$DEMO" --out o.db --flash-attn off
expect 2 '*--without luck: expected*' \
    "$DEEPCONF" run --model "$tiny" --data "$DEMO" --out o.db --without luck
try split.db
try split.db --without prefix
try plain.db --without prefix --without pack --without team
[ "$(traces split.db)" = "$(traces plain.db)" ] || die "--without shows"
try unified.db --kv unified --flash-attn off
expect 2 '*backend.bits*' "$DEEPCONF" run --model "$tiny" --data "$DEMO" -n 3 \
    --max-tokens 6 --max-traces 4 --threads 1 --quiet --out unified.db
expect 2 '*backend.bits*' "$DEEPCONF" run --model "$tiny" --data "$DEMO" -n 3 \
    --max-tokens 6 --max-traces 4 --threads 1 --quiet --out split.db \
    --kv unified
