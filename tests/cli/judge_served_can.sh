# Judges at servers: what each needs of its server, with the reason where it
# can't be had; and a key that goes where it was sent, and nowhere else.
. "$CLI_TESTS/lib.bash"

run --data "$DEMO" -n 2 --stop fixed --quiet --out r.db >/dev/null
judges() { # judges RUN [ARG...]
    local file=$1
    shift
    "$DEEPCONF" judge "$file" --judge "wildguard=$URL#mock" --quiet "$@"
}
mock_plays '{"judge": "yes"}'

# wildguard-soft: by prompt_logprobs, by lists, and not where they say nothing.
printf 'prompt,response\nWhy?,"Sorry, I cannot."\nWhy?,Because.\n' >two.csv
soft() {
    "$DEEPCONF" judge --input two.csv --judge "wildguard-soft=$URL#mock" --quiet
}
scores() { python3 -c '
import json, sys
for line in sys.stdin:
    d = json.loads(line)
    print(d["verdict"], d["rule"], d["score"] and round(d["score"], 4))'; }
soft | scores >forced
mock_plays '{"judge": "yes", "refuses": "prompt_logprobs"}'
soft | scores | cmp - forced
[ "$(cat forced)" = "refusal refusal yes 0.8247
compliance refusal no 0.0515" ] || die "soft: $(cat forced)"
mock_plays '{"judge": "unlisted", "refuses": "prompt_logprobs"}'
[ "$(soft | scores | sort -u)" = "undetermined answer not among the k None" ] ||
    die "unlisted: $(soft | scores)"
mock_plays '{"judge": "yes", "refuses": "prompt_logprobs", "lp": "missing"}'
expect 4 '*neither prompt_logprobs nor a list of likely tokens*' soft

# What a server can't do, and what is no server.
mock_plays '{"judge": "yes", "completions": "no"}'
expect 4 '*takes chats only*judge llm with a form that is a chat*' judges r.db
mock_plays '{"judge": "yes"}'
expect 4 '*The model `nope` does not exist*' \
    "$DEEPCONF" judge r.db --judge "wildguard=$URL#nope"
expect 2 '*needs the name of the model behind it*' \
    "$DEEPCONF" judge r.db --judge "wildguard=$URL"
expect 2 "*the judge keywords reads a file of rules, and can't be a URL" \
    "$DEEPCONF" judge r.db --judge "keywords=$URL#mock"
expect 2 '*the judge llm reads*the model in it may be*' \
    "$DEEPCONF" judge r.db --judge "llm=$URL#mock"
expect 4 '*no connection*' "$DEEPCONF" judge r.db \
    --judge "wildguard=http://127.0.0.1:1/v1#mock"

# llm: the file names the server; with a grammar where it takes one, else what
# is none of the answers is undetermined.
llm() { # llm FIELD ANSWER
    cat >j.json <<JSON
{"model": "$URL#mock", "template": "Q: {prompt} A: {response} Refused?",
 "answers": {"$1": "refusal", "$2": "compliance"}}
JSON
    "$DEEPCONF" judge --input two.csv --judge llm=j.json "${@:3}"
}
[ "$(llm refused answered 2>/dev/null | scores)" = "refusal refused None
compliance answered None" ] || die "llm: $(llm refused answered 2>&1)"
llm R C >out 2>said
[ "$(scores <out | sort -u)" = "undetermined unparsed None" ] || die "$(cat out)"
grep -q 'note: --judge llm(j): the server takes no grammar' said ||
    die "no note: $(cat said)"
grep -q 'served, no grammar"' out || die "version: $(cat out)"
mock_plays '{"judge": "yes", "grammar": "structured_outputs"}'
[ "$(llm R C --quiet | scores)" = "refusal R None
compliance C None" ] || die "grammar: $(llm R C)"

# A key goes to the server that it was named for, and nowhere else.
export JUDGE_KEY=sk-secret OPENAI_API_KEY=sk-other
sent() { mock_told last "d['headers'].get('Authorization')"; }
one() {
    "$DEEPCONF" judge --input two.csv --judge "wildguard=$URL#mock" "$@" \
        >out 2>&1 || die "$*: $(cat out)"
}
one
[ "$(sent)" = None ] || die "a key that nobody named was sent: $(sent)"
one --judge-api-key-env JUDGE_KEY
[ "$(sent)" = "Bearer sk-secret" ] || die "the key was not sent: $(sent)"
one --judge-api-key-env "http://other.example/v1=JUDGE_KEY"
[ "$(sent)" = None ] || die "another server's key was sent: $(sent)"
one --judge-api-key-env OPENAI_API_KEY \
    --judge-api-key-env "$URL/=JUDGE_KEY"
[ "$(sent)" = "Bearer sk-secret" ] || die "the key for the URL: $(sent)"
llm R C --judge-api-key-env JUDGE_KEY >/dev/null
[ "$(sent)" = None ] || die "a file's URL got the key: $(sent)"
llm R C --judge-api-key-env "$URL=JUDGE_KEY" >/dev/null
[ "$(sent)" = "Bearer sk-secret" ] || die "the key for the file's URL: $(sent)"
cat >c.json <<JSON
{"cascade": 1, "stages": [
 {"judge": "keywords", "abstain": {"verdicts": ["compliance"]}},
 {"judge": "wildguard=$URL#mock"}]}
JSON
stages() { "$DEEPCONF" judge --input two.csv --judge cascade=c.json "$@"; }
has 'served: keywords 4, wildguard 1 mock@fp_mock served' stages --quiet \
    --judge-api-key-env JUDGE_KEY
[ "$(sent)" = None ] || die "a stage's URL got the key: $(sent)"
stages --quiet --judge-api-key-env "$URL=JUDGE_KEY" >out
[ "$(sent)" = "Bearer sk-secret" ] || die "the key for a stage: $(sent)"
cp r.db f.db
judges f.db --judge-api-key-env JUDGE_KEY >out 2>&1
if grep -rl sk-secret . ; then die "the key is in a file"; fi
expect 2 '*variable JUDGE_KAY is not set*' judges r.db \
    --judge-api-key-env JUDGE_KAY
expect 2 '--judge-api-key-env: *not shown*' judges r.db \
    --judge-api-key-env sk-secret
expect 2 '--judge-api-key-env has no effect*' "$DEEPCONF" judge f.db \
    --judge-api-key-env JUDGE_KEY
mock_plays '{"judge": "yes", "status": 401, "error": "key"}'
rc=0
judges r.db --judge-api-key-env JUDGE_KEY >out 2>&1 || rc=$?
[ $rc = 4 ] && grep -q 401 out && ! grep -q sk-secret out ||
    die "a refused key: $rc $(cat out)"
unset JUDGE_KEY OPENAI_API_KEY

# Nobody asks a server before the traces are there, nor because a run file says
# so.
mock_plays '{"judge": "yes"}'
expect 2 '*--judge wildguard(mock) asks a language model*' run --data "$DEMO" \
    -n 2 --judge "wildguard=$URL#mock" --out x.db
echo '{"prompt": "p", "responses": ["r"]}' >x.jsonl
expect 2 '*--judge wildguard(mock) asks a language model*' \
    "$DEEPCONF" import x.jsonl --format jsonl \
    --judge "wildguard=$URL#mock" --out x.db
python3 - "wildguard=$URL#mock" <<'PY'
import sqlite3, sys
c = sqlite3.connect("r.db")
for k, v in ("judge", "wildguard(mock)"), ("judge.spec", sys.argv[1]):
    c.execute("UPDATE config SET value = ? WHERE key = ?", (v, k))
c.execute("UPDATE verdict SET judge = 'wildguard(mock)'")
c.commit()
PY
expect 3 "*asks a server, which a run file can't name*" \
    "$DEEPCONF" sweep r.db --answer-window 4
"$DEEPCONF" report r.db --no-plots --out rep >out 2>&1 || die "$(cat out)"
[ "$(mock_told state "d['requests']")" = 0 ] || die "a server was asked"
# The state itself is one connection.
[ "$(mock_told state "d['connections']")" = 2 ] || die "a server was called"
