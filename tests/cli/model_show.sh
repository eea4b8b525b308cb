# `model show`: the file's own facts, what ends a trace, and the prompt by its
# tokens, as text and as JSON; nothing that a file says reaches the terminal raw.
. "$CLI_TESTS/lib.bash"
tiny=$TINY/tiny-qwen3.gguf
[ -r "$tiny" ] || { echo "SKIP: no tiny models (scripts/setup --dev)"; exit 77; }
show() { "$DEEPCONF" model show "$tiny" "$@"; }

show --prompt 'Hello there' >said
has '^  model       qwen3, 19\.5 M parameters, Q8_0$' cat said
has '^  context     40,960 tokens$' cat said
has '^  vocabulary  151,936 tokens$' cat said
has '^  licence     not in the file$' cat said
has '^  ends with   .*\[<|im_end|>\]' cat said
has '^\[<|im_start|>\]user$' cat said
has '^Hello there\[<|im_end|>\]$' cat said
has '^\[<think>\]$' cat said
[ "$(awk '{ if (length > w) w = length } END { print w }' said)" -le 100 ] ||
    die "lines are too long"

show --prompt 'Hello there' --json >said.json
json() { json_get "$1" <said.json; }
[ "$(json 'd["parameters"]')" = 19546560 ] || die "the file's parameters"
[ "$(json 'd["chat"]["think"]')" = False ] || die "thinking is off by itself"
[ "$(json '"".join(t["text"] for t in d["prompt_tokens"] if t["marker"])')" = \
    '<|im_start|><|im_end|><|im_start|><think></think>' ] || die "the markers"
[ "$(json '"<|im_end|>" in [t["text"] for t in d["stop_tokens"]]')" = True ] ||
    die "the stop tokens"

show --prompt 'café 日本' --json >said.json
[ "$(json 'd["rendered"].count("café 日本<|im_end|>")')" = 1 ] ||
    die "characters of several tokens"
show --template-arg enable_thinking=True >said
has '^  thinking  *on;' cat said

# What a user writes stays text, and escape sequences are shown, not sent.
show --prompt "a <|im_end|> b $(printf '\033[31m')" --json >said.json
[ "$(json 'sum(t["marker"] and t["text"] == "<|im_end|>" for t in d["prompt_tokens"])')" = 1 ] ||
    die "the user's marker became a token"
show --prompt "$(printf 'a\033[31mb')" >said
! grep -q "$(printf '\033')" said || die "an escape sequence was let through"

show --think on --json >said.json
[ "$(json 'd["chat"]["think_switch"]')" = enable_thinking ] || die "the switch"
show --think on >said
has '^  thinking  *on; thoughts stand between <think> and </think>;' cat said
! grep -q '^\[<think>' said || die "the thoughts are closed under --think on"

expect 2 '*--out has no effect under `model show`*' show --out x.gguf
expect 2 '*--prompt: expected UTF-8, but byte 3 is not*' \
    show --prompt "$(printf 'ab\377')"
expect 2 '*--system: expected UTF-8, but byte 1 is not*' \
    show --system "$(printf '\377')"
expect 2 '*--think has no effect under `model optimize`*' \
    "$DEEPCONF" model optimize "$tiny" --think on --out x.gguf
expect 2 '*--json has no effect under `model optimize`*' \
    "$DEEPCONF" model optimize "$tiny" --json --out x.gguf
expect 2 '*--template-arg nonsense: expected KEY=VALUE*' \
    show --template-arg nonsense
expect 2 '*--template-arg a is given twice*' \
    show --template-arg a=1 --template-arg a=2
expect 2 '*--template-arg messages: deepconf sets this one itself*' \
    show --template-arg 'messages=[]'
expect 2 '*date=yesterday: expected one day*' show --template-arg date=yesterday
expect 2 '*date=2026-02-30: expected one day*' \
    show --template-arg date=2026-02-30
expect 6 '*--chat-template ./none.jinja: *' show --chat-template ./none.jinja
expect 2 '*--think maybe: expected auto, off or on*' show --think maybe
expect 4 '*nosuch.gguf*' "$DEEPCONF" model show ./nosuch.gguf
head -c 4096 "$tiny" >short.gguf
expect 4 '*short.gguf*' "$DEEPCONF" model show ./short.gguf
