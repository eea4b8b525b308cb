# A model that is not there, can't be loaded or is not what its name says: exit
# code 4, and no empty run file stays.
. "$CLI_TESTS/lib.bash"
bad() { # CODE PATTERN MODEL
    expect "$1" "$2" "$DEEPCONF" run --model "$3" --data "$DEMO" --out o.db
    [ ! -e o.db ] || die "$3: an empty run file was left"
}
bad 4 '*nosuch.gguf*' ./nosuch.gguf
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
expect 4 '*nosuch.gguf*' "$DEEPCONF" run --model ./nosuch.gguf --data "$DEMO" \
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
# A name of the registry stands for one file: another of its size in the cache is
# refused by whatever would open it; named by its path it is the user's own.
if [ -r "$TINY/tiny-llama.gguf" ]; then
    export DEEPCONF_CACHE=$PWD/cache
    rm -f o.db*
    mkdir -p cache/models
    bad 4 '*model smollm2: *deepconf model fetch smollm2*' smollm2
    file=cache/models/SmolLM2-135M-Instruct.Q4_1.gguf
    cp "$TINY/tiny-llama.gguf" $file
    bad 4 '*has * bytes, expected 98362432; *deepconf model fetch smollm2*' smollm2
    truncate -s 98362432 $file
    bad 4 '*SHA-256 *, expected b179c9*deepconf model fetch smollm2*' smollm2
    printf '{"prompt":"p","response":"r"}\n' >in.jsonl
    printf '{"question":"p","answer":"2"}\n' >qa.jsonl
    cat >llm.json <<'J'
{"model": "smollm2", "template": "{prompt} {response}",
 "answers": {"r": "refusal", "c": "compliance"}}
J
    refused() { expect 4 '*SHA-256 *, expected b179c9*' "$DEEPCONF" "$@"; }
    refused judge --input in.jsonl --judge wildguard=smollm2 -q
    refused judge --input in.jsonl --judge llm=llm.json -q
    refused deepthink --model smollm2 --data qa.jsonl --out d.jsonl -q
    refused tune smollm2 --quiet
    refused model optimize smollm2 --out q.gguf --quiet
    [ ! -e d.jsonl ] && [ ! -e q.gguf ] || die "a file was left"
    "$DEEPCONF" run --model $file --data "$DEMO" -n 1 --max-traces 3 --max-tokens 2 \
        -q --out own.db >/dev/null
fi
