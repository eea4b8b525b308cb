# A model that can't be loaded: exit code 4 (6 if it can't be read), and no
# empty run file stays.
. "$CLI_TESTS/lib.bash"
bad() { # CODE PATTERN MODEL
    expect "$1" "$2" "$DEEPCONF" run --model "$3" --data "$DEMO" --out o.db
    [ ! -e o.db ] || die "$3: an empty run file was left"
}
bad 6 '*nosuch.gguf*' ./nosuch.gguf
echo "no model" >text.gguf
bad 4 '*text.gguf*' text.gguf
: >empty.gguf
bad 4 '*empty.gguf*' empty.gguf
expect 4 '*' "$DEEPCONF" run --backend fake --model "$FAKE,fail_open=1" \
    --data "$DEMO" --out o.db
[ ! -e o.db ] || die "an empty run file was left"
# A run file that was there stays.
run --data "$DEMO" -n 2 --out o.db -q >/dev/null
cp o.db before
expect 6 '*nosuch.gguf*' "$DEEPCONF" run --model ./nosuch.gguf --data "$DEMO" \
    --out o.db
[ -e o.db ] || die "the run file is gone"
# Layers on a GPU: where libllama finds none, that is said before the work.
if [ -r "$TINY/tiny-llama.gguf" ]; then
    set -- run --model "$TINY/tiny-llama.gguf" --data "$DEMO" -n 1 --max-traces 3 \
        --max-tokens 2 -q --out gpu.db
    if "$DEEPCONF" "$@" --gpu-layers 1 >/dev/null 2>said; then
        has 'gpu (1 layers): ' sqlite3 gpu.db .dump
    else
        has '1 layers on a GPU: libllama finds none' cat said
        expect 2 '*DEEPCONF_GPU=cuda*' "$DEEPCONF" "$@" --gpu-layers 1
        [ ! -e gpu.db ] || die "an empty run file was left"
        "$DEEPCONF" "$@"
    fi
fi
