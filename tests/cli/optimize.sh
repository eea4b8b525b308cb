# `model optimize` of a tiny model: what it makes runs, is another model, and
# nonsense is refused without a file left behind.
. "$CLI_TESTS/lib.bash"
tiny=$TINY/tiny-llama.gguf
[ -r "$tiny" ] || { echo "SKIP: no tiny models (scripts/setup --dev)"; exit 77; }
none() { [ -z "$(ls ./*.gguf* 2>/dev/null)" ] || die "a file was left"; }
opt() { "$DEEPCONF" model optimize "$@"; }
expect 2 '*--out FILE is needed*' "$DEEPCONF" model optimize "$tiny"
expect 2 '*--type Q5_1: expected Q8_0 or Q4_0*' \
    "$DEEPCONF" model optimize "$tiny" --out o.gguf --type Q5_1
expect 2 '*verb of model "shrink"; expected show, optimize*' "$DEEPCONF" model shrink "$tiny" --out o.gguf
expect 4 '*nosuch.gguf*' "$DEEPCONF" model optimize ./nosuch.gguf --out o.gguf
echo "no model" >text
expect 4 '*text*is no model*GGUF file*' "$DEEPCONF" model optimize ./text --out o.gguf
none
opt "$tiny" --out o.gguf --quiet >said
tells "in [0-9]* bytes, sha256 $(sha256sum "$tiny" | cut -c1-64)" cat said
tells "out [0-9]* bytes, sha256 $(sha256sum o.gguf | cut -c1-64)" cat said
[ "$(echo o.gguf*)" = o.gguf ] || die "left over: $(echo o.gguf*)"
cp o.gguf before
expect 2 '*o.gguf is there already*' \
    "$DEEPCONF" model optimize "$tiny" --out o.gguf --type Q4_0
cmp -s o.gguf before || die "a file that was there was written over"
expect 2 '*already*' "$DEEPCONF" model optimize ./o.gguf --out again.gguf
one() {
    "$DEEPCONF" run --model "$1" --data "$DEMO" -n 2 --max-tokens 4 \
        --max-traces 3 --threads 1 --quiet --out "$2" >/dev/null
}
one "$tiny" a.db
one ./o.gguf b.db
expect 2 '*model.sha256*' "$DEEPCONF" run --model ./o.gguf --data "$DEMO" -n 2 \
    --max-tokens 4 --max-traces 3 --threads 1 --quiet --out a.db
