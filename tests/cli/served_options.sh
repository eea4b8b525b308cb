# run, plan and deepthink over a server, from the command line to the file: what
# is said, what is recorded, and that no key is in it.
. "$CLI_TESTS/lib.bash"
mock
url=http://127.0.0.1:$PORT/v1
o=(--data "$DEMO" --benchmark demo -n 6 --max-tokens 24)
served() { rm -f o.db; dc run --base-url "$url" "${o[@]}" --out o.db "$@" >said 2>said.err; }
config() { sqlite3 o.db "SELECT value FROM config WHERE key = '$1'"; }

# The same command as with a local model; the key is in no file and no message.
OPENAI_API_KEY=sk-secret served --model mock --system 'Be brief.' --top-logprobs 3
has '^o.db: finished, all 6 prompts decided' cat said
has '^servers: [0-9]* requests, 0 made again, 0 answered 429 (too many requests)$' cat said.err
[ "$(config backend)" = openai ] || die "backend"
[ "$(config confidence.k)" = 20 ] || die "k"
[ "$(config chat.system)" = 'Be brief.' ] || die "the system prompt"
[ "$(sqlite3 o.db 'SELECT url FROM endpoint')" = "$url" ] || die "the URL"
grep -q secret said said.err o.db && die "a key was kept"
dc run --base-url "$url" "${o[@]}" --out o.db --model mock --system 'Be brief.' \
    --top-logprobs 3 -q >again # finished: nothing is asked
cmp -s said again || die "a finished run is another"
expect 2 '*chat.system*' dc run --base-url "$url" "${o[@]}" --out o.db \
    --model mock --top-logprobs 3 -q

# The environment names the server of a model that is none of this machine.
rm -f o.db
OPENAI_BASE_URL=$url dc run --model mock "${o[@]}" --out o.db >said 2>said.err
has "^note: the server is $url, of the variable OPENAI_BASE_URL$" cat said.err
rm -f o.db
OPENAI_BASE_URL=$url dc run --model mock "${o[@]}" --out o.db -q >said 2>said.err
[ ! -s said.err ] || die "--quiet said: $(cat said.err)"

# K is what the server gives exactly, unless it was asked for.
served --model mock:displaced
has '^note: confidence is made of the 19 most likely tokens, ' cat said.err
[ "$(config confidence.k)" = 19 ] || die "k of a server that displaces"
served --model mock:displaced --logprobs 19
grep -q '^note' said.err && die "a note on what was asked for"
rm -f o.db
bad() { expect "$1" "$2" dc run --base-url "$url" "${o[@]}" --out o.db -q "${@:3}"; }
bad 2 '*19*' --model mock:displaced --logprobs 20
bad 2 '*20 *19*' --model mock:displaced --top-logprobs 20
bad 2 '*5*' --model mock:short-list --logprobs 6
bad 4 '*no log-probabilities*' --model mock:no-logprobs
bad 4 '*nope*' --model nope
[ ! -e o.db ] || die "an empty run file was left"

# What had to be asked again is said.
served --model mock:500-then-fine
has '^servers: [0-9]* requests, [1-9][0-9]* made again' cat said.err

# Two servers share the work; --in-flight is at each.
served --model mock --base-url "${url%/v1}/vllm/v1" --in-flight 2 \
    --request-arg user='"x"' || cat said.err
[ "$(sqlite3 o.db 'SELECT count(DISTINCT endpoint) FROM trace')" = 2 ] ||
    die "one of two servers did all the work"
[ "$(sqlite3 o.db 'SELECT n_slots FROM segment')" = 4 ] || die "slots"

# A server that does not say how many requests it takes is not held to the slots
# of a model in this process: 6 prompts of 10 traces are 60.
rm -f o.db
dc run --base-url "${url%/v1}/vllm/v1" "${o[@]}" --out o.db --model mock -q >said
[ "$(sqlite3 o.db 'SELECT n_slots FROM segment')" = 60 ] || die "slots of auto"

# Prompts as they are.
served --model mock --api completions
[ "$(config server.api)" = completions ] || die "api"

# A plan: prompts are sent with each trace.
dc plan --model mock --base-url "$url" "${o[@]}" --price-in 1 --price-out 2 -q \
    >said
has '^  servers  *60 requests, 0 made again, 0 answered 429 ' cat said
has '^  tokens in   curtail ' cat said
has '^  cost        curtail ' cat said
tells 'once a trace, as it is sent' cat said

# deepthink, its online mode cutting traces by closing their connections.
printf '{"question":"1+1?","answer":"2"}\n{"question":"2+2?","answer":"4"}\n' >qa.jsonl
dc deepthink --model mock --base-url "$url" --data qa.jsonl --mode online \
    --warmup-traces 4 --budget 12 --max-tokens 64 --window 8 --tail 8 --full \
    --out think.jsonl >said 2>said.err
tells '[1-9][0-9]* filled a window, [1-9][0-9]* of them cut' cat said
has 'requests' cat said.err
[ "$(json_get 'd["config"]["server.model"]' < <(head -1 think.jsonl))" = mock ] ||
    die "the server is not in the record"
grep -q '"token_ids": null' think.jsonl || die "ids of a server"
cp think.jsonl before
dc deepthink --model mock --base-url "$url" --data qa.jsonl --mode online \
    --warmup-traces 4 --budget 12 --max-tokens 64 --window 8 --tail 8 --full \
    --out think.jsonl -q >said
cmp -s before think.jsonl || die "a finished file was changed"
