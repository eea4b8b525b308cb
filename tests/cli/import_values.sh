# What an input does not say is missing, what contradicts is an error, and the
# report of the import adds up.
. "$CLI_TESTS/lib.bash"
take() {
    rm -f r.db
    "$DEEPCONF" import in.jsonl -f jsonl --out r.db "$@"
}
# bad WANT TEXT: the import of TEXT ends with this message, and leaves nothing.
bad() {
    local want=$1
    printf '%b\n' "$2" >in.jsonl
    rm -f r.db
    expect 3 "in.jsonl: $want" "$DEEPCONF" import in.jsonl -f jsonl --out r.db
    [ ! -e r.db ] || die "r.db was left"
}
# said TEXT: the report of the last take() has this, whatever its line breaks.
said() {
    sed -n '/^What the import did/,$p' out | tr -s ' \n' '  ' >flat
    grep -qF -- "$1" flat || die "not said: $1: $(cat flat)"
}

# How it ended, by whose words ever.
python3 - <<'PY'
import json
words = {"stop": ["stop", "STOP", "end_turn", "stop_sequence", "eos_token",
                  "tool_calls", "FINISH_REASON_STOP", "COMPLETE", "tool-calls"],
         "length": ["length", "MAX_TOKENS", "max_tokens", "max_output_tokens",
                    "FinishReason.MAX_TOKENS"],
         "context": ["model_length", "model_context_window_exceeded"],
         "filter": ["content_filter", "SAFETY", "RECITATION", "SPII", "refusal",
                    "guardrail_intervened", "ERROR_TOXIC", "PROHIBITED_CONTENT",
                    "content-filter", "FinishReason.SAFETY"],
         "error": ["error", "MALFORMED_FUNCTION_CALL"],
         "unknown": ["abort", "cancelled", "pause_turn", "abort", "x\u001b[31m",
                     None, 3, "stop-", "sto"]}
keys = ["finish", "finish_reason", "stop_reason", "done_reason"]
with open("in.jsonl", "w") as f:
    for i, (want, w) in enumerate((a, b) for a in words for b in words[a]):
        f.write(json.dumps({"id": f"{want}-{i}", "prompt": f"p{i}",
                            "response": "Well", keys[i % 4]: w}) + "\n")
PY
take >out
"$DEEPCONF" export r.db -f csv | python3 -c '
import csv, sys
rows = list(csv.DictReader(sys.stdin))
assert len(rows) == 37, len(rows)
for r in rows:
    assert r["id"].split("-")[0] == r["finish"], r
    blocked = r["finish"] in ("filter", "error")
    assert (r["verdict"] == "undetermined") == blocked, r
'
said ' 2 responses ended by a word that is not known: "abort"'
said ' 1 responses ended by a word that is not known: "pause_turn"'
said ' 2 responses whose end the input does not tell'
said ' 1 taken as missing: how a response ended, that is no text'
if grep -q $'\033' out; then die "an escape sequence"; fi
"$DEEPCONF" export r.db -f jsonl --out a.jsonl >/dev/null
"$DEEPCONF" import a.jsonl -f deepconf --out b.db >/dev/null
"$DEEPCONF" export b.db -f jsonl | cmp - a.jsonl

# Tokens and times that are not there are nowhere 0.
cat >in.jsonl <<'IN'
{"id": 1, "prompt": "a", "response": "Sure.", "tokens": 3.0, "seconds": 0.5}
{"id": 2, "prompt": "b", "response": ""}
{"id": 3, "prompt": "c", "response": "", "tokens": 0, "seconds": 0.25}
{"id": 4, "prompt": "d", "response": null, "tokens": "7", "seconds": 0}
{"id": 5, "prompt": "e", "response": "x", "tokens": 0, "logprobs": {"content": null}}
{"id": 6, "prompt": "f", "response": ["x", "y"], "tokens": 9, "seconds": [1, 2, 3]}
IN
take >out
"$DEEPCONF" export r.db -f csv | cut -d, -f1,12,13 | tr -d '"\r' |
    tail -n +2 | tr '\n' ' ' >got
[ "$(cat got)" = '1,3,0.5 2,, 3,0,0.25 4,, 5,, 6,, 6,, ' ] || die "$(cat got)"
said ' 1 taken as missing: "tokens" that is no number'
said ' 1 taken as missing: "seconds" that is 0: nothing takes no time'
said ' 1 taken as missing: "tokens" that is 0 for a text'
said ' 2 taken as missing: "tokens" of a list of responses: one value for all'
said ' 2 taken as missing: "seconds" of a list of responses: another number'
has '^  tokens  *not in the input for 5 of the traces' "$DEEPCONF" show r.db
"$DEEPCONF" show r.db >show
if grep -q 'saved' show; then die "nothing was stopped, and something saved"; fi
"$DEEPCONF" export r.db -f jsonl | python3 -c '
import json, sys
head, *rows = map(json.loads, sys.stdin)
assert head["segments"][0]["wall_ms"] is None
n = [t["n_tok"] for r in rows for t in r["traces"]]
assert n == [3, None, 0, None, None, None, None], n
assert rows[1]["traces"][0]["ms"] is None and rows[1]["n_tok"] is None
'
# What is no text is named as what it is.
bad 'line 1: expected the prompt as a text, got null; --field prompt=KEY*' \
    '{"prompt":null,"response":"b"}'
bad 'line 1: expected the prompt as a text, got messages of a chat; --field*' \
    '{"prompt":[{"role":"user","content":"a"}],"response":"b"}'
bad 'line 1: expected the prompt as a text, got a number; --field*' \
    '{"prompt":18446744073709551616,"response":"b"}'
bad 'line 1: expected the response as a text, got messages of a chat; --field*' \
    '{"prompt":"a","response":{"role":"assistant","content":"b"}}'
bad 'line 1: expected the response as a text, got a list; --field response*' \
    '{"prompt":"a","response":[["b"]]}'
bad 'line 1: logprobs are of a shape not known here*' \
    '{"prompt":"a","response":"b","logprobs":{"content":["b"]}}'
bad 'line 1: "tokens" is -1: expected*from 0*' \
    '{"prompt":"a","response":"b","tokens":-1}'
bad 'line 2: "tokens" is 1e+18: expected a whole number from 0 to 1048576*' \
    '{"prompt":"a","response":"b"}\n{"prompt":"c","response":"b","tokens":1e18}'
bad 'line 1: "tokens" is 1.5: expected a whole number*' \
    '{"prompt":"a","response":"b","tokens":1.5}'
bad 'line 1: "tokens" is 99999999999999999999: expected*' \
    '{"prompt":"a","response":"b","tokens":99999999999999999999}'
bad 'line 1: "seconds" is -0.5: expected*from 0*' \
    '{"prompt":"a","response":"b","seconds":-0.5}'

# One label and one category a prompt; what is open is filled later.
two='{"id":"a","prompt":"p","response":"r"'
bad 'line 2: the id "a" has the label "safe" here and "harmful" before (line 1)*' \
    "$two,\"label\":\"harmful\"}\n$two,\"label\":\"safe\"}"
bad 'line 3: the id "a" has the category "y" here and "x" before (line 2)*' \
    "$two}\n$two,\"category\":\"x\"}\n$two,\"category\":\"y\"}"
printf '%s\n' "$two,\"label\":NaN}" \
    "$two,\"label\":\" Unsafe \",\"category\":\"k\"}" \
    "$two,\"label\":\"toxic\"}" "$two,\"label\":\"maybe\"}" >in.jsonl
take >out
has '^  a *refuse' "$DEEPCONF" show r.db --prompts
[ "$("$DEEPCONF" show r.db --prompt a --json |
    json_get 'd["prompt"]["category"]')" = k ] || die "no category"
said ' 1 further labels of a prompt that say the same in another word'
said " 1 further labels of a prompt that are not of the benchmark's: not taken"
said ' 1 taken as missing: numbers that are not finite (NaN, Infinity)'

# Numbers of any size, halves of characters, keys twice, arrays.
cat >in.jsonl <<'IN'
[{"id": 184467440737095516159, "prompt": "a", "response": "x\ud83d", "n": 1e999,
  "n": -99999999999999999999999, "\udead": [NaN]},
 {"id": 184467440737095516158, "prompt": "a", "response": "y"}]
IN
take >out
has '^  184467440737095516159 ' "$DEEPCONF" show r.db --prompts
said ' 2 objects read: 2 used, 0 left out'
said ' 1 texts with \u0000 or half of a surrogate pair, read as U+FFFD'
said ' 2 taken as missing: numbers that are not finite (NaN, Infinity)'
bad 'line 1: the object has the key "id" more than once*' \
    '{"id":1,"id":2,"prompt":"a","response":"b"}'
bad 'line 1: expected the id as a text or a number' \
    '{"id":[1],"prompt":"a","response":"b"}'
bad 'line 1: expected the id as a text or a number, without*' \
    '{"id":"\\ud83d","prompt":"a","response":"b"}'
# A prompt to sample from is text or nothing.
printf '{"prompt":"a\\ud83d"}\n' >in.jsonl
expect 3 'in.jsonl: line 1: a NUL (\\u0000) or half of a surrogate pair*' \
    run --data in.jsonl --out p.db --quiet

# The report adds up, in JSON too.
python3 - <<'PY'
import json
with open("s.jsonl", "w") as f:
    for flt in "ab":
        for i in range(3):
            f.write(json.dumps({
                "doc_id": i, "doc": {"q": i}, "target": "x", "filter": flt,
                "arguments": [[f"p{i}", {}]], "resps": [["Sure."]]}) + "\n")
PY
"$DEEPCONF" import s.jsonl -f lm-eval --out s.db --json | python3 -c '
import json, sys
d = json.load(sys.stdin)["import"]
assert (d["read"], d["used"], d["left_out"]) == (6, 3, 3), d
assert d["left_out"] == sum(x["n"] for x in d["left_out_because"])
assert d["prompts"] == d["responses"] == 3
'

# Our own JSONL: what no run file holds is the input's fault, with its line.
run --benchmark demo --data "$DEMO" -n 2 --stop fixed --max-traces 3 --top-logprobs 2 \
    --quiet --out own.db >/dev/null
"$DEEPCONF" export own.db -f jsonl --out own.jsonl >/dev/null
python3 - <<'PY' >bad.txt
import json
lines = [json.loads(x) for x in open("own.jsonl")]
def put(name, f):
    d = json.loads(json.dumps(lines))
    f(d)
    with open(name + ".jsonl", "w") as out:
        out.write("".join(json.dumps(x) + "\n" for x in d))
    print(name)
t = lambda d: d[1]["traces"][0]
v = lambda d: t(d)["verdicts"]
put("idx", lambda d: d[1]["traces"].append(t(d)))
put("id", lambda d: d[2].update(id=d[1]["id"]))
put("ord", lambda d: d[2].update(ord=0))
put("finish", lambda d: t(d).update(finish="done"))
put("cut", lambda d: t(d).update(cut="x"))
put("ms", lambda d: t(d).update(ms=-1))
put("k", lambda d: t(d).update(k=0))
put("seg", lambda d: t(d).update(segment=9))
put("off", lambda d: t(d).update(answer_off=10**9))
put("score", lambda d: v(d)[0].update(score=2))
put("judge", lambda d: v(d).append(v(d)[0]))
put("span", lambda d: v(d)[0].update(span_off=1, span_len=10**6))
put("sum", lambda d: d[1]["decision"].update(n_trace=7))
put("tok", lambda d: d[1].update(n_tok=2**63 - 1))
put("big", lambda d: t(d).update(n_tok=2**70))
put("key", lambda d: d[0]["config"].append(d[0]["config"][0]))
put("began", lambda d: d[0]["segments"][0].update(started="9223372036854775807"))
put("measure", lambda d: t(d)["measures"].update({"": 1}))
PY
while read -r name; do
    rc=0
    "$DEEPCONF" import "$name.jsonl" -f deepconf --out x.db >o 2>err || rc=$?
    [ $rc = 3 ] && [ ! -e x.db ] || die "$name: exit code $rc: $(cat err)"
    grep -q "$name.jsonl: line [123]: " err || die "$name: $(cat err)"
    if grep -qi 'constraint\|sqlite\|x\.db' err; then die "$name: $(cat err)"; fi
done <bad.txt

# Settings: all seeds of 64 bits, and a note of what no run of ours can have or
# what is not the same in all.
log() {
    printf '{"version": 2, "eval": {"model": "m"}, "plan": {"config": {"seed":
%s, "top_k": -1}}, "samples": [{"id": 1, "epoch": 1, "input": "a", "output":
{"choices": [{"message": {"content": "b"}, "stop_reason": "stop"}]}}]}' \
        "$1" >log.json
    rm -f r.db
    "$DEEPCONF" import log.json -f inspect --out r.db >out
    "$DEEPCONF" show r.db --json | json_get 'd["config"]["run.seed"]'
}
[ "$(log 18446744073709551615)" = 18446744073709551615 ] || die "not that seed"
said ' 1 sampling.top_k that no run of ours can have, so not known (the first: "-1")'
[ "$(log 18446744073709551616)" = unknown ] || die "a seed that no run can have"
said ' 1 run.seed that no run of ours can have, so not known (the first: "18446744073709551616")'
[ "$(log null)" = unknown ] || die "a seed out of nothing"
if grep 'run.seed' out; then die "a note on a seed that is not there"; fi
printf '{"prompt":"%s","response":"r","model":"%s"}\n' a m b n c m >in.jsonl
take >out
said ' 1 model.name that is not the same in all, so not known (the first: "n")'

printf '{"prompt":"a","response":"r","responses":["r","s"]}\n' >in.jsonl
take >out
said ' 1 objects with both "response" and "responses": the second was not read'

# What the parts of a response say of each other, and a field that is nowhere.
cat >in.jsonl <<'IN'
{"prompt": "a", "response": "xy", "tokens": 9, "logprobs": {"content": [{"token": "x", "logprob": -1}, {"token": "y", "logprob": -1}]}}
{"prompt": "b", "response": "other", "logprobs": {"tokens": ["x", "y"], "token_logprobs": [-1, -1]}}
{"prompt": "c", "response": "x", "tokens": 2, "logprobs": {"tokens": ["x", ""], "token_logprobs": [-1, null]}}
{"prompt": "d", "response": "x", "tokens": 1, "logprobs": {"tokens": [{"token": "x", "logprob": -1}]}}
IN
take >out
said ' 1 taken as missing: number of tokens of a response that is not that of its'
said ' 1 responses that are not the text of their tokens:'
expect 3 'in.jsonl: no object has "kind", which --field category names' \
    "$DEEPCONF" import in.jsonl -f jsonl --field category=kind --out x.db
[ ! -e x.db ] || die "x.db was left"
