# promptfoo's results: its JSON of three versions, and its JSONL.
. "$CLI_TESTS/lib.bash"
r() { # PROVIDER PROMPT RESPONSE [MORE]
    printf '{"provider":%s,"prompt":{"raw":%s,"label":"l"},"response":%s%s}' \
        "$1" "$2" "$3" "${4-}"
}
P='{"id":"openai:m","label":"M"}'
{
    printf '{"evalId":"e","results":{"version":3,"prompts":[{"raw":"x"}],"results":['
    r "$P" '"a"' '{"output":"I can'"'"'t help with that.","tokenUsage":{"completion":6},"finishReason":"stop"}' \
        ',"latencyMs":250,"vars":{"label":"unsafe","topic":"t1"},"success":true'
    printf ','
    r "$P" '"a"' '{"output":"Sure."}' ',"vars":{"label":"unsafe","topic":"t1"}'
    printf ','
    r "$P" '"[{\"role\":\"user\",\"content\":\"b\"}]"' '{"output":{"k":1},"cached":true}' \
        ',"latencyMs":1,"testCase":{"metadata":{"label":"safe"}},"vars":{"topic":"t2"}'
    printf ','
    r "$P" '"c"' 'null' ',"error":"429"'
    printf ']},"config":{"results":5},"shareableUrl":null}'
} >v3.json
dc import v3.json --format promptfoo --keep topic --field category=topic \
    --out v3.db >said
tells '4 results read: 4 used, 0 left out' cat said
tells '1 taken as missing: responses that are errors' cat said
tells "1 responses from promptfoo's cache" cat said
tells '1 responses that are no text: read as their JSON' cat said
dc export v3.db --format jsonl --out v3.out >/dev/null
python3 - <<'PY'
import json
head, *p = map(json.loads, open("v3.out"))
assert [(x["text"], x["gold"], x["category"]) for x in p] == [
    ("a", "refuse", "t1"), ("b", "answer", "t2"), ("c", "none", None)], p
t = p[0]["traces"]
assert len(t) == 2 and t[0]["n_tok"] == 6 and t[0]["ms"] == 250, t[0]
assert t[0]["finish"] == "stop"
assert p[1]["traces"][0]["text"] == '{"k":1}'
assert p[2]["traces"][0]["finish"] == "error"
PY
tells 'openai:m' dc show v3.db
# Versions 1 and 2, a bare list, JSONL; a provider may be a text.
one=$(r '"m"' '"a"' '{"output":"Sure."}')
echo "{\"version\":1,\"results\":[$one]}" >v1.json
echo "{\"results\":{\"version\":2,\"results\":[$one],\"table\":{}}}" >v2.json
echo "[$one,$one]" >list.json
printf '%s\n%s\n' "$one" "$one" >lines.jsonl
for f in v1.json v2.json list.json lines.jsonl; do
    dc import $f --format promptfoo --out "$f.db" >said
    tells 'left out' cat said
    [ "$(dc show "$f.db" --json | json_get \
        'd["config"]["model.name"]')" = m ] || die "$f"
done
# Several providers are several models.
echo "{\"results\":[$one,$(r '"n"' '"a"' '{"output":"No."}')]}" >two.json
expect 3 '*several providers, "m" and "n"*--model NAME*' \
    dc import two.json --format promptfoo --out two.db
dc import two.json --format promptfoo --model n --out two.db >said
tells '1 left out: of other providers than --model (the first: "m")' cat said

bad() { printf '%s' "$1" >bad.json; }
try() { rm -f bad.db; dc import bad.json --format promptfoo --out bad.db "$@"; }
bad '{"results":[{"prompt":3,"response":"x"}]}'
expect 3 '*result 1, line 1: expected the prompt as a text*' try
bad '{"results":[3]}'
expect 3 '*bad.json: *' try
bad '{"results":{"results":{"results":{"results":[]}}}}'
expect 3 '*no list "results" with results in it*' try
bad '{"a":1}'
expect 3 '*no list "results" with results in it*' try
bad '{"results":[{"prompt":"p","response":{"output":"x","tokenUsage":{"completion":1e300}}}]}'
expect 3 '*"completion" is 1e*' try
bad '{"results":[{"prompt":"p\u0000","response":"\ud800"}]'
expect 3 '*bad.json: *' try
bad '{"results":[{"prompt":"p\u0000","response":"\ud800"}]}'
try >said
tells '2 texts with \\u0000 or half of a surrogate pair' cat said
python3 -c 'print("{\"results\":" * 200000)' >bad.json
expect 3 '*bad.json: *' try
expect 2 '*--field verdict has no effect*' try --field verdict=x
expect 3 '*no result is of the provider that --model names, "z"; the first is of "m"*' \
    dc import two.json --format promptfoo --model z --out z.db
bad '[{"prompt":"p","response":"x","response":"y"}]'
expect 3 '*line 1: the key "response" is there twice*' try
bad '{"prompt":"p","response":"x"}
{"prompt":"p","response":"x","response":"y"}'
expect 3 '*line 2: *the key "response" more than once*' try
