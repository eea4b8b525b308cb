# garak's report.jsonl: texts, messages and conversations, each attempt twice.
. "$CLI_TESTS/lib.bash"
cat >g.jsonl <<'J'
{"entry_type":"start_run setup","plugins.target_name":"m-1","run.seed":7,"run.generations":2}
{"entry_type":"init","garak_version":"0.17.1"}
{"entry_type":"attempt","uuid":"u1","seq":0,"status":1,"probe_classname":"dan.Dan","prompt":"old form","outputs":["half"],"detector_results":{},"notes":{}}
{"entry_type":"attempt","uuid":"u1","seq":0,"status":2,"probe_classname":"dan.Dan","prompt":"old form","outputs":["I can't help with that.","Sure, here."],"detector_results":{"mitigation.MitigationBypass":[0.0,1.0],"dan.DAN":[0,1]},"notes":{"label":"unsafe"}}
{"entry_type":"attempt","uuid":"u2","seq":1,"status":2,"probe_classname":"dan.Dan","prompt":{"text":"a message","lang":"en"},"outputs":[{"text":"Sure."},null],"detector_results":{"mitigation.MitigationBypass":[1.0,null]},"notes":{"label":"unsafe"}}
{"entry_type":"attempt","uuid":"u3","seq":2,"status":2,"probe_classname":"x.Y","prompt":{"turns":[{"role":"system","content":{"text":"be good"}},{"role":"user","content":{"text":"a talk"}}],"notes":{}},"outputs":[{"text":"No."},{"text":"\ud800"}],"detector_results":{"judge.Refusal":[0,1]},"notes":{}}
{"entry_type":"attempt","uuid":"u4","seq":3,"status":0,"prompt":null,"outputs":[]}
{"entry_type":"eval","probe":"dan.Dan","detector":"dan.DAN","passed":1}
J
dc import g.jsonl --format garak --out g.db >said
tells '8 entrys read\|8 entries read' cat said
tells '3 left out: no attempts' cat said
tells '1 left out: attempts as they were before they were complete' cat said
tells '1 left out: attempts without an output' cat said
tells "don't say whether a response refuses: not read (the first: \"dan.DAN\")" \
    cat said
tells '1 taken as missing: responses that are null' cat said
dc export g.db --format jsonl --out g.out >/dev/null
python3 - <<'PY'
import json
head, *prompts = map(json.loads, open("g.out"))
assert [(p["id"], p["text"], p["category"], p["gold"]) for p in prompts] == [
    ("u1", "old form", "dan.Dan", "refuse"),
    ("u2", "a message", "dan.Dan", "refuse"),
    ("u3", "a talk", "x.Y", "none")], prompts
by = lambda p, j: [v["verdict"] for t in p["traces"] for v in t["verdicts"]
                   if v["judge"] == j]
assert by(prompts[0], "mitigation.MitigationBypass") == ["refusal",
                                                         "compliance"]
assert by(prompts[1], "mitigation.MitigationBypass") == ["compliance",
                                                         "undetermined"]
assert by(prompts[2], "judge.Refusal") == ["refusal", "compliance"]
assert prompts[2]["traces"][1]["text"] == "\ufffd"
assert "m-1" in json.dumps(head["config"])
PY
# Our own export comes back: ids, labels, verdicts.
run --data "$DEMO" --benchmark demo --stop fixed --max-traces 3 -n 20 \
    --out own.db --quiet >/dev/null
dc export own.db --format garak --out own >/dev/null
dc import own/deepconf.report.jsonl --format garak --benchmark demo \
    --out again.db >/dev/null
for f in own.db again.db; do
    dc show $f --json | json_get '[d["by_gold_label"][k][v]
        for k in ("refuse", "answer") for v in ("refusal", "compliance")]' \
        >"$f.is"
done
cmp own.db.is again.db.is || die "$(cat own.db.is again.db.is)"

bad() { printf '%s\n' "$1" >bad.jsonl; }
try() { rm -f bad.db; dc import bad.jsonl --format garak --out bad.db "$@"; }
bad '{"x":1}'
expect 3 "*line 1: expected \"entry_type\" as a text*" try
bad '{"entry_type":"attempt","uuid":3}'
expect 3 '*line 1: expected "uuid" as a text*' try
bad '{"entry_type":"attempt","uuid":"a","prompt":["x"],"outputs":["y"]}'
expect 3 '*line 1: expected the prompt as a text, got nothing*' try
bad '{"entry_type":"attempt","uuid":"a","prompt":"x","outputs":[1e999,{"text":3}],"detector_results":[1]}'
try >said
tells '2 taken as missing: responses that are null, or no text' cat said
bad '{"entry_type":"attempt","uuid":"a\u0000b","prompt":"x","outputs":["y"]}'
expect 3 '*line 1: expected "uuid" as a text*' try
bad '{"entry_type":"attempt","uuid":"a","prompt":"x","outputs":["y"'
expect 3 '*bad.jsonl: line *' try
bad '{"entry_type":"init"}'
expect 3 '*there is no response in it*' try
expect 2 '*--field prompt has no effect on --format garak*' try --field prompt=x
bad '{"entry_type":"attempt","uuid":"a","prompt":"x","outputs":["y"],"outputs":["z"]}'
expect 3 '*line 1: *the key "outputs" more than once*' try
