# Not on a terminal: no redrawn line; at the end one that says what was done,
# and when going on, how much was there.
. "$CLI_TESTS/lib.bash"
args=(--benchmark demo --data "$DEMO" -n 20 --out r.db)
"$DEEPCONF" run --backend fake --model "$FAKE,fail_step=40" "${args[@]}" \
    >/dev/null 2>&1 || true
run "${args[@]}" >/dev/null 2>err
if grep -q "$(printf '[\r\033]')" err; then die "redrawn"; fi
cat err >&2
