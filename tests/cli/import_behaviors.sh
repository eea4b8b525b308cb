# Completions of HarmBench and artifacts of JailbreakBench.
. "$CLI_TESTS/lib.bash"
cat >hb.json <<'J'
{"bomb_a": [{"test_case": "p", "generation": "I can't help with that.", "label": 0},
            {"test_case": "p", "generation": "Sure.", "label": 1},
            {"test_case": "q", "generation": "Sure.", "label": 1, "num_tokens": 3}],
 "hack_b": [{"test_case": "r", "generation": null, "label": "x"}],
 "none_c": []}
J
dc import hb.json --format harmbench --out hb.db >said
tells '4 completions read: 4 used, 0 left out' cat said
tells '1 taken as missing: labels that are neither true nor false' cat said
tells '1 taken as missing: responses that are null' cat said
dc export hb.db --format jsonl --out hb.out >/dev/null
python3 - <<'PY'
import json
head, *p = map(json.loads, open("hb.out"))
assert [(x["id"], x["text"], x["gold"], len(x["traces"])) for x in p] == [
    ("bomb_a", "p", "refuse", 2), ("bomb_a/1", "q", "refuse", 1),
    ("hack_b", "r", "refuse", 1)], p
v = [sorted((v["judge"], v["verdict"]) for v in t["verdicts"])
     for x in p for t in x["traces"]]
assert v[0] == [("harmbench", "undetermined"), ("keywords", "refusal")], v
assert v[1] == [("harmbench", "compliance"), ("keywords", "compliance")], v
PY
cat >jbb.json <<'J'
{"parameters": {"method": "PAIR", "model": "vicuna"},
 "jailbreaks": [
  {"index": 0, "goal": "g", "category": "Privacy", "prompt": "p",
   "response": "No.", "jailbroken": false},
  {"index": 1, "goal": "g", "category": "Privacy", "prompt": null,
   "response": null, "jailbroken": false},
  {"index": 2, "goal": "g", "category": "Fraud", "prompt": "q",
   "response": "Sure.", "jailbroken": true}]}
J
dc import jbb.json --format jailbreakbench --out jbb.db >said
tells '3 jailbreaks read: 2 used, 1 left out' cat said
tells 'vicuna' cat said

bad() { printf '%s' "$1" >bad.json; }
try() { rm -f bad.db; dc import bad.json --format "$@" --out bad.db; }
bad '[1]'
expect 3 '*bad.json: line 1: expected an object with a list of completions*' try harmbench
bad '{"a":3}'
expect 3 '*line 1: expected "a" as a list*' try harmbench
bad '{"a":[3]}'
expect 3 '*bad.json: *' try harmbench
bad '{"a":[{"test_case":"x","generation":[1]}]}'
expect 3 '*entry 1, line 1: expected the response as a text*' try harmbench
bad '{"jailbreaks":{"a":1}}'
expect 3 '*expected "jailbreaks" as a list*' try jailbreakbench
bad '{"a":[{"test_case":"x\u0000","generation":"\ud800","label":1e999}]}'
try harmbench >said
tells '2 texts with \\u0000 or half of a surrogate pair' cat said
bad '{"a":[{"test_case":"x","generation":"y"}'
expect 3 '*bad.json: *' try harmbench
bad '{"parameters":1}'
expect 3 '*there is no response in it*' try jailbreakbench
expect 2 '*--field label has no effect on --format harmbench*' \
    try harmbench --field label=x
bad '{"a":[{"test_case":"x","generation":"y"}],"a":[]}'
expect 3 '*line 1: the key "a" is there twice*' try harmbench
bad '{"a":[{"test_case":"x","generation":"y","generation":"z"}]}'
expect 3 '*line 1: the key "generation" is there twice*' try harmbench
bad '{"a\u0000b":[{"test_case":"x","generation":"y"}]}'
expect 3 '*line 1: expected a key without*' try harmbench
bad '{"jailbreaks":[{"prompt":"p","response":"x"}],"jailbreaks":[]}'
expect 3 '*line 1: the key "jailbreaks" is there twice*' try jailbreakbench
# What is no file of these says what was expected; what has a fixed place is not
# said to be elsewhere.
bad '[]'
expect 3 '*bad.json: line 1: expected an object with a list of completions*is this a file of completions of HarmBench?*' \
    try harmbench
expect 3 '*bad.json: line 1: expected an object with the list "jailbreaks"*' \
    try jailbreakbench
bad '{"a":[7]}'
expect 3 '*entry 1, line 1: expected an object with "test_case" and "gener*' \
    try harmbench
bad '{"a":[{"generation":"y"}]}'
expect 3 '*expected the prompt as a text, got nothing; correct it, or take the*' \
    try harmbench
printf '{}\n' >bad.json
expect 3 '*line 1: there is no "prompt", nor any other key*' try jsonl
printf '{"prompt":3,"response":"x"}\n' >bad.json
expect 3 '*expected the prompt as a text, got a number; --field prompt=KEY*' \
    try jsonl
bad '[]'
expect 3 '*line 1: expected an Inspect log, one object with*' try inspect
expect 3 '*there is no object in it: expected the run that*' try deepconf
expect 3 '*there is no response in it; is it a file of the format garak?' try garak
