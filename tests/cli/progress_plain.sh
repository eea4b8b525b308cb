# Not on a terminal: no redrawn line; at the end one that says what was done,
# and when going on, how much was there.
. "$CLI_TESTS/lib.bash"
args=(--benchmark demo --data "$DEMO" -n 20 --out r.db)
"$DEEPCONF" run --backend fake --model "$FAKE,fail_step=40" "${args[@]}" \
    >/dev/null 2>&1 || true
run "${args[@]}" >/dev/null 2>err
if grep -q "$(printf '[\r\033]')" err; then die "redrawn"; fi
cat err >&2

# A run that begins goes on with nothing, whatever can't be run of it; and what
# is left out is said by its reason.
python3 - <<'PY'
with open("long.jsonl", "w") as f:
    for i in range(8):
        f.write('{"id": "l%d", "prompt": "%s"}\n' % (i, "word " * (900 if i == 2 else 2)))
PY
"$DEEPCONF" run --backend fake --model "$FAKE" --data long.jsonl --ctx 512 \
    --out long.db >/dev/null 2>err
if grep 'going on' err; then die "a run that begins"; fi
has '1 prompt left out: could not be run' "$DEEPCONF" stats long.db \
    --resamples 20 --measure mean_prob
