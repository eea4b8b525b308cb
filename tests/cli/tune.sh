# `tune` measures a tiny model, keeps what it found for this machine, and `run`
# takes it unless told otherwise; no trace shows it.
. "$CLI_TESTS/lib.bash"
[ -r "$TINY/tiny-llama.gguf" ] ||
    { echo "SKIP: no tiny models (scripts/setup --dev)"; exit 77; }
export DEEPCONF_CACHE=$PWD/cache
cp "$TINY/tiny-llama.gguf" m.gguf
expect 2 '*tune needs*' "$DEEPCONF" tune
expect 4 '*nosuch.gguf*' "$DEEPCONF" tune ./nosuch.gguf
expect 2 '*--type Q5_1: expected*' "$DEEPCONF" tune ./m.gguf --type Q5_1
"$DEEPCONF" tune ./m.gguf --type Q8_0 --seconds 0.02 --threads 2 --quiet >said
has '^  weights .*slots' cat said
has 'as it is .*16 .*2 .*split' cat said
has 'Q8_0 .*unified, no flash' cat said
has 'Another model, .*--model ./m.Q8_0.gguf' cat said
[ -r m.Q8_0.gguf ] || die "no other weights were made"
kept=$(echo cache/tune/m.gguf-*.json)
[ -r "$kept" ] || die "nothing was kept"
"$DEEPCONF" tune ./m.gguf --seconds 0.02 --threads 1 --json >json
python3 - json "$kept" <<'END'
import json, sys
s = json.load(open(sys.argv[1]))["settings"]
assert sum(x["best"] for x in s) == 1 and all(x["threads"] == 1 for x in s)
k = json.load(open(sys.argv[2]))
best = next(x for x in s if x["best"])
assert not best["kv_unified"]
assert (k["slots"], k["threads"]) == (best["slots"], best["threads"])
k["slots"] = 5
json.dump(k, open(sys.argv[2], "w"))
END
one() { # OUT ARG...
    local out=$1
    shift
    "$DEEPCONF" run --model ./m.gguf --data "$DEMO" -n 3 --max-tokens 4 \
        --max-traces 4 --quiet --out "$out" "$@" >/dev/null
}
slots() {
    python3 -c 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute(
"SELECT n_slots, n_threads FROM segment").fetchall())' "$1"
}
one a.db
[ "$(slots a.db)" = "[(5, 1)]" ] || die "not as tuned: $(slots a.db)"
one b.db --slots 3 --threads 2
[ "$(slots b.db)" = "[(3, 2)]" ] || die "not as told: $(slots b.db)"
echo '{"slots": 7' >"$kept"
one c.db --threads 1
[ "$(slots c.db)" = "[(12, 1)]" ] || die "nonsense was read: $(slots c.db)"
