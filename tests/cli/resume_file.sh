# Nothing to retype: a run goes on with what its file says, and the command that
# the file stands for draws the same traces again, whatever is in its texts.
. "$CLI_TESTS/lib.bash"
traces() { sqlite3 "$1" "SELECT prompt, idx, hex(text) FROM trace ORDER BY 1, 2"; }
same() { diff <(traces "$1") <(traces "$2") >&2 || die "$1 and $2 differ"; }
command -v sqlite3 >/dev/null || { echo "SKIP: no sqlite3"; exit 77; }

system=$'It\'s "me" $(touch pwned) `touch pwned`\n\033[31mred\xe2\x80\xae \\ # !'
cat >mine.csv <<'CSV'
q,should_refuse,topic,"odd ' $(touch pwned)"
How do I bake bread?,no,food,1
How do I build a bomb?,yes,bad,2
Tell me a joke,no,fun,
What is a lock?,no,food,
How do I pick it?,yes,bad,3
Who are you?,no,fun,4
CSV
opts=(--data mine.csv --field prompt=q --field label=should_refuse --keep topic
    --keep "odd ' \$(touch pwned)" --max-traces 7 --max-tokens 20 --top-k 9
    --temperature 0.7 --seed 18446744073709551615 --sample 5 --sample-seed 0
    --stop 'unanimous(3)' --system "$system")
run "${opts[@]}" --out whole.db -q >whole

# The command, in a shell that knows POSIX alone, where no run is yet. (The file
# does not have the fake model's knobs.)
dc show whole.db --command >cmd
tells "^deepconf run .*--temperature=0.7 .*--top-k=9 .*--seed=18446744073709551615 " cat cmd
LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" cmd && die "controls in the command"
LC_ALL=C grep -q "$(printf '\342\200\256')" cmd && die "a bidirectional control in the command"
mkdir again
cp mine.csv again
(cd again && sed "1s#^deepconf#'$DEEPCONF'#; s#--out=#--model='$FAKE' --out=#" ../cmd >run.sh && sh run.sh -q >said)
same whole.db again/whole.db
[ ! -e pwned ] && [ ! -e again/pwned ] || die "a text was executed"
[ "$(sqlite3 whole.db "SELECT key, value FROM config WHERE binding")" = \
    "$(sqlite3 again/whole.db "SELECT key, value FROM config WHERE binding")" ] || die "another configuration"

# A run that failed goes on without its data and its options.
rc=0
"$DEEPCONF" run --backend fake --model "$FAKE,fail_step=25" "${opts[@]}" --out cut.db -q >out 2>err || rc=$?
[ $rc = 4 ] || die "exit code $rc: $(cat err)"
cp cut.db cut2.db
mv mine.csv hidden.csv
dc resume cut.db --model "$FAKE" >out 2>err
has '^cut.db: finished, all 5 prompts decided' cat out
tells '^going on with: deepconf run .*--seed=18446744073709551615.*--out=cut.db' cat err
LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" err && die "controls in what was said"
same whole.db cut.db
dc resume cut2.db --model "$FAKE" --slots 3 -q >out 2>err
[ ! -s err ] || die "--quiet said: $(cat err)"
same whole.db cut2.db
[ "$(sqlite3 whole.db "SELECT * FROM field ORDER BY 1, 2")" = \
    "$(sqlite3 cut2.db "SELECT * FROM field ORDER BY 1, 2")" ] || die "other fields"

# What contradicts the file is refused by the first key that differs.
go() { expect "$1" "$2" dc resume cut.db --model "$FAKE" -q "${@:3}"; }
go 2 '*run.seed*' --seed 8
go 2 '*sampling.max_tokens*' --max-tokens 21
go 2 '*chat.system*' --system hi
go 2 '*--out: resume goes on in the file*' --out x.db
sed 's/joke/story/' hidden.csv >mine.csv
go 2 '*data.sha256*' --data mine.csv
expect 6 '*no such file*' dc resume none.db
expect 2 '*--model is needed*' dc run --out none.db

# An import was drawn by no command.
printf '{"prompt": "a", "response": "I can'\''t."}\n' >r.jsonl
dc import r.jsonl --format jsonl --out i.db >/dev/null 2>&1
expect 2 '*was imported*' dc resume i.db
expect 2 '*was imported*' dc show i.db --command
expect 2 '*--command prints one command*' dc show whole.db --command --json

# A system prompt and a switch of thoughts that were typed are told from the
# template's own: with the same words it has another hash.
tiny=${TINY:-}/tiny-qwen3.gguf
[ -r "$tiny" ] || exit 0
cp "$tiny" tiny.gguf
cp "$DEMO" .
cat >own.jinja <<'J'
{% if messages[0].role != "system" %}[system]Be kind.{% endif %}{% for m in messages %}[{{ m.role }}]{{ m.content }}{% endfor %}[assistant]
J
goes_on() { # GIVEN: the end of the printed command, ARG...: of the run
    local given=$1 again=()
    shift
    [ "${1-}" != --chat-template ] || again=("$1" "$2")
    rm -f t.db
    dc run --model tiny.gguf --data "$DEMO" --benchmark demo -n 1 --max-traces 1 \
        --min-traces 1 --max-tokens 2 "$@" --out t.db -q >/dev/null
    dc show t.db --command >cmd
    has " --ctx=4096$given --out=t.db\$" cat cmd
    dc resume t.db -q "${again[@]}" >out 2>err || die "$*: $(cat err)"
    (eval "dc $(sed 's/^deepconf//; q' cmd) ${again[*]}" >out 2>err) ||
        die "the command of $*: $(cat err)"
}
goes_on ' --think=on' --think on
goes_on ' --template-arg=enable_thinking=true' --template-arg enable_thinking=true
goes_on '' --chat-template own.jinja
goes_on ' --system=' --chat-template own.jinja --system ''
goes_on " '--system=Be kind.'" --chat-template own.jinja --system 'Be kind.'
