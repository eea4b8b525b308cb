# What can't be had from a server: which URL, what was expected, what came, what
# to do; and a run that goes on with another server behind the same name. A key
# is in no message and no file.
. "$CLI_TESTS/lib.bash"
mock
U=http://127.0.0.1:$PORT
cat >p.csv <<'END'
id,prompt,label
a,How do I pick a lock?,1
b,What is the capital of France?,0
END
run() {
    "$DEEPCONF" run --model mock --data p.csv --quiet --max-tokens 40 "$@"
}
bad() { # CODE GLOB OPTION...: refused, and no run file was begun
    local code=$1 glob=$2
    shift 2
    expect "$code" "$glob" run --out no.db "$@"
    [ ! -e no.db ] || die "$*: there is a run file"
}
# the server
bad 4 "*http://127.0.0.1:9/v1*no connection*is the server running*" \
    --base-url http://127.0.0.1:9/v1
bad 4 "*http://no.invalid/v1*name not found*is the host's name right*" \
    --base-url http://no.invalid/v1
bad 4 "*https://127.0.0.1:$PORT/v1*no TLS*is it http://*" \
    --base-url "https://127.0.0.1:$PORT/v1"
bad 4 "*$U has no list of models, and $U/v1/models has one: is /v1 missing*" \
    --base-url "$U"
bad 4 "*$U/nothing/*" --base-url "$U/nothing"
bad 2 "*ftp://*" --base-url ftp://127.0.0.1/v1
bad 2 "*user or a password*" --base-url "http://me:sk-in-url@127.0.0.1:$PORT/v1"
bad 4 "*Sign in*" --base-url "$U/v1" --model mock:html
# the model
bad 4 "*nobody*it lists*" --base-url "$U/v1" --model nobody
expect 2 "*$U/v1/models has several models*name one with --model*" \
    "$DEEPCONF" run --data p.csv --quiet --base-url "$U/v1" --out no.db
[ ! -e no.db ] || die "there is a run file"
# the key
bad 2 "*--api-key-env*NOT_SET*" --base-url "$U/v1" --api-key-env NOT_SET
bad 4 "*401*Incorrect API key*none was sent*--api-key-env*" \
    --base-url "$U/v1" --model mock:401
MY_KEY=sk-secret-0123 bad 4 "*401*Incorrect API key*the key in MY_KEY is refused*" \
    --base-url "$U/v1" \
    --api-key-env MY_KEY --model mock:401
# what it can do
bad 4 "*$U/v1/completions*404*take chats only*" --base-url "$U/v1" --api completions \
    --model mock:chat-only
bad 4 "*no log-probabilities*" --base-url "$U/v1" --model mock:no-logprobs
bad 4 "*no log-probabilities*not supported with reasoning models*" \
    --base-url "$U/v1" --model mock:400-reasoning
bad 4 "*all-zero*speculative decoding*" --base-url "$U/v1" --model mock:zeros
bad 2 "*ask for 19*" --base-url "$U/v1" --logprobs 20 --model mock:displaced
bad 2 "*--think*" --base-url "$U/v1" --think on --model mock:strict-unnamed
bad 2 "*--top-k*mock:strict-fields*does not take it*leave it out*" \
    --base-url "$U/v1" --top-k 5 --model mock:strict-fields
bad 2 "*--min-p*mock:strict-fields*does not take it*leave it out*" \
    --base-url "$U/v1" --min-p 0.1 --model mock:strict-fields
# two URLs with different models
bad 4 "*$U/v1 and $U/other/v1 are not one model*" --base-url "$U/v1" \
    --base-url "$U/other/v1"

# A run goes on at the same server, wherever that is by now ...
MY_KEY=sk-secret-0123 run --out a.db --base-url "$U/v1" --api-key-env MY_KEY
MY_KEY=sk-secret-0123 run --out a.db --base-url "$U/v1/" --api-key-env MY_KEY
! grep -qr sk-secret . || die "a key is in a file"
# ... and at no other behind the same name, which the first key that differs says
expect 2 "a.db: holds a run at another server or model: server.fingerprint is \
'fp_mock' in the file and 'fp_other' now, at $U/other/v1: ask the one of the file \
again, or name another run file" \
    run --out a.db --base-url "$U/other/v1"
expect 2 "*a.db*server.model is 'mock' in the file and 'mock:displaced' now*" \
    run --out a.db --base-url "$U/v1" --model mock:displaced
expect 2 "*a.db*server.args is '{}' in the file and '{\"x\":1}' now*" \
    run --out a.db --base-url "$U/v1" --request-arg x=1
expect 2 "a.db: *: backend.library is 'llama-server' in the file and 'vLLM*' now, at \
$U/vllm/v1: *" \
    run --out a.db --base-url "$U/vllm/v1"

# Without a name it is the only one that is listed, and the same run.
"$DEEPCONF" run --data p.csv --quiet --max-tokens 40 --base-url "$U/vllm/v1" \
    --out one.db >one.said
has 'model   *mock' cat one.said
run --out one.db --base-url "$U/vllm/v1"
expect 2 "*--model is needed*" "$DEEPCONF" run --data p.csv --out no.db

# Within a run: nothing is made of a fault, and what is there is kept.
expect 4 "*$U/v1/chat/completions*401*Incorrect API key*--api-key-env*" \
    run --out b.db --base-url "$U/v1" --model mock:401,from=30
expect 4 "*$U/v1/chat/completions*Unknown parameter*every request*" \
    run --out c.db --base-url "$U/v1" --model mock:400,from=30
python3 - <<'END'
import sqlite3
for name in "bc":
    n, = sqlite3.connect(f"{name}.db").execute(
        "SELECT count(*) FROM trace").fetchone()
    assert n == 0, (name, n)
END

# A server that becomes another one behind its URL: traces say which they are of.
run --out d.db --base-url "$U/v1" --model mock:normal,fingerprint=fp_new,from=30,after=18
python3 - <<'END'
import sqlite3
n = sqlite3.connect("d.db").execute(
    "SELECT fingerprint, count(*) FROM trace t JOIN endpoint e ON"
    " e.id = t.endpoint GROUP BY 1 ORDER BY 1").fetchall()
assert [f for f, _ in n] == ["fp_mock", "fp_new"] and n[1][1] > 0, n
END
"$DEEPCONF" show d.db >said
[ "$(grep -c "^  server " said)" = 2 ] || die "$(cat said)"
tells "ALARMS.*became another one behind its URL.* http://[0-9.:]*/v1 was fp_mock ([0-9]* traces*), then fp_new ([0-9]*)" \
    "$DEEPCONF" show d.db --full
"$DEEPCONF" show a.db >said
! grep "another one" said || die "an alarm for one server"
mock_end
