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
