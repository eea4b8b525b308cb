# Responses made elsewhere become a run that every command reads, with what is
# known of them and no more.
. "$CLI_TESTS/lib.bash"
python3 - <<'PY'
import json, math, zipfile
yes, no = "Sure, here it is.", "I'm sorry, I can't."
def logprobs(text, k):
    words = text.split(" ")
    toks = [w if i == 0 else " " + w for i, w in enumerate(words)]
    return {"content": [{"token": t, "logprob": -0.5, "top_logprobs": [
        {"token": "x", "logprob": -1.0 - j} for j in range(k)]} for t in toks]}
def text(i, t):
    return no if (i * t) % 3 else yes
with open("full.jsonl", "w") as f:
    for i in range(8):
        for t in range(4):
            f.write(json.dumps({
                "id": f"q{i}", "prompt": f"question {i}", "response": text(i, t),
                "label": "unsafe" if i % 2 else "safe", "category": "c",
                "logprobs": logprobs(text(i, t), 5), "model": "m-1",
                "finish": "length", "seconds": 2}) + "\n")
with open("bare.jsonl", "w") as f:
    for i in range(8):
        f.write(json.dumps({"prompt": f"question {i} \u001b[31m",
                            "response": [text(i, t) for t in range(4)]}) + "\n")
def doc(i, flt):
    return {"doc_id": i, "doc": {"q": f"Q{i}", "harm": "harmful" if i % 2 else "unharmful"},
            "target": "x", "arguments": {"gen_args_0": {"arg_0": f"User: Q{i}", "arg_1":
                {"do_sample": True, "temperature": 0.7, "max_gen_toks": 99, "until": []}}},
            "resps": [[text(i, t) for t in range(3)]], "filtered_resps": [yes],
            "filter": flt, "acc": math.nan}
with open("samples_x.jsonl", "w") as f:
    for flt in ("a", "b"):
        for i in range(6):
            f.write(json.dumps(doc(i, flt)) + "\n")
def sample(i, t):
    return {"id": i, "epoch": t + 1, "input": [{"role": "system", "content": "s"},
                {"role": "user", "content": [{"type": "text", "text": f"Q{i}"}]}],
            "target": "refuse" if i % 2 else "answer",
            "output": {"model": "m", "choices": [{"message": {"role": "assistant",
                "content": [{"type": "reasoning", "reasoning": "hm"},
                            {"type": "text", "text": text(i, t)}]},
                "stop_reason": "max_tokens"}], "usage": {"output_tokens": 7}, "time": 1.5},
            "scores": {"s": {"value": math.nan}}, "metadata": {"category": "k"},
            "error": {"message": "x"} if (i, t) == (3, 2) else None}
head = {"version": 2, "status": "success", "eval": {"model": "openai/m-2",
        "model_generate_config": {"temperature": 1, "max_tokens": 50, "seed": 9},
        "dataset": {"name": "set"}}, "results": {"x": -math.inf}}
samples = [sample(i, t) for t in range(3) for i in range(4)]
json.dump({**head, "samples": samples, "reductions": None}, open("log.json", "w"), indent=1)
with zipfile.ZipFile("log.eval", "w", zipfile.ZIP_DEFLATED) as z:
    for s in samples:
        z.writestr(f"samples/{s['id']}_epoch_{s['epoch']}.json", json.dumps(s))
    z.writestr("_journal/summaries/1.json", "[")
    z.writestr("header.json", json.dumps(head))
PY
# commands FILE: none fails oddly.
commands() {
    local c
    for c in show "show --prompts" "show --json" stats sweep judge \
        "export -f jsonl" "export -f csv" "export -f inspect"; do
        "$DEEPCONF" $c "$1" >out 2>err || die "$c $1: $(cat err)"
        if grep -qi 'nan\b' out; then die "$c $1: $(grep -i nan out)"; fi
    done
    "$DEEPCONF" judge "$1" --judge keywords-request --quiet >/dev/null
    "$DEEPCONF" show "$1" --judge keywords-request >/dev/null
    cp "$1" twin.db
    "$DEEPCONF" compare "$1" twin.db >/dev/null
    "$DEEPCONF" report "$1" --out report >/dev/null
    rm -rf report
    "$DEEPCONF" export "$1" -f jsonl --out x.jsonl >/dev/null
    rm -f x.db
    "$DEEPCONF" import x.jsonl -f deepconf --out x.db >/dev/null
    "$DEEPCONF" export x.db -f jsonl | cmp - x.jsonl
    expect 2 "$1: was imported, and no further trace can be added*" \
        run --benchmark demo --data "$DEMO" --quiet --out "$1"
}
key() { "$DEEPCONF" show "$1" --json | json_get "d['config'].get('$2')"; }
is() { [ "$(key "$1" "$2")" = "$3" ] || die "$1: $2 is $(key "$1" "$2")"; }

"$DEEPCONF" import full.jsonl -f jsonl --out full.db >said
grep -q '32 of 32 traces with' said && grep -q 'not known: max-tokens' said
is full.db run.mode imported
is full.db import.sha256 "$(sha256sum full.jsonl | cut -d' ' -f1)"
is full.db model.name m-1
is full.db confidence.k 5
is full.db sampling.temperature unknown
commands full.db
"$DEEPCONF" show full.db --prompt q3 --json >p.json
python3 - <<'PY'
import json, math
p = json.load(open("p.json"))
assert (p["prompt"]["gold"], p["prompt"]["category"]) == ("refuse", "c")
assert len(p["traces"]) == 4 and p["traces"][0]["ended_by"] == "length"
m = p["traces"][0]["measures"]
assert abs(m["mean_prob"] - math.exp(-0.5)) < 1e-6 and m["mean"] == 3
assert m["entropy"] is None and m["self_certainty"] is None
assert p["traces"][0]["seconds"] == 2
PY
has 'confidence-percentile' "$DEEPCONF" sweep full.db
has 'deepconf(0.9' "$DEEPCONF" sweep full.db

"$DEEPCONF" import bare.jsonl -f jsonl --out bare.db >said
grep -q '0 of 32 traces with log-probabilities' said
grep -q 'tokens  *not in the input' said
commands bare.db
is bare.db confidence.k unknown
if "$DEEPCONF" sweep bare.db | grep -q 'percentile\|deepconf(\|weighted'; then
    die "a policy that looks at confidence, which is not there"
fi
expect 3 '*the token confidence of trace 0 of prompt *is not known*' \
    "$DEEPCONF" sweep bare.db --policy 'deepconf(0.9,0.95)'
expect 3 '*no trace of another prompt to calibrate on has a value of mean_prob*' \
    "$DEEPCONF" sweep bare.db --policy 'confidence-percentile(50)'
expect 3 '*no trace has a value of mean, by which the vote*' \
    "$DEEPCONF" sweep bare.db --policy fixed --vote 'weighted(mean)'

"$DEEPCONF" import samples_x.jsonl -f lm-eval --benchmark wildguardmix \
    --field label=harm --field prompt=q --model m-3 --out lm.db >said
grep -q '^ *12  lines read: 6 used, 6 left out$' said &&
    grep -q '^ *6  left out: lines of another filter' said
is lm.db sampling.temperature 0.7
is lm.db sampling.max_tokens 99
is lm.db model.name m-3
has '^  1 *refuse' "$DEEPCONF" show lm.db --prompts
commands lm.db

"$DEEPCONF" import log.json -f inspect --out log.db >said
grep -q '^ *1  samples that failed in Inspect$' said
"$DEEPCONF" import log.eval -f inspect --out eval.db >/dev/null
"$DEEPCONF" show log.db --prompts >a
"$DEEPCONF" show eval.db --prompts | cmp - a
for d in log.db eval.db; do
    is $d model.name openai/m-2
    is $d data.name set
    is $d run.seed 9
    is $d stop.max_traces 3
done
"$DEEPCONF" show log.db --prompt 3 --json >p.json
[ "$(json_get 'd["traces"][2]["verdicts"][0]["rule"]' <p.json)" = error ] ||
    die "a failed sample"
[ "$(json_get 'd["traces"][0]["answer_offset"] > 0' <p.json)" = True ] ||
    die "thoughts"
[ "$(json_get 'd["prompt"]["text"]' <p.json)" = Q3 ] || die "the prompt"
commands log.db

# What is wrong, where, and what to do.
bad() {
    local code=$1 want=$2 format=$3 text=$4
    shift 4
    printf '%b' "$text" >bad.in
    expect "$code" "$want" "$DEEPCONF" import bad.in -f "$format" "$@" \
        --out bad.db
    [ ! -e bad.db ] || die "bad.db was left"
}
bad 3 'bad.in: line 2: there is no "response"; it has: id, prompt.*' jsonl \
    '{"id":"a","prompt":"p","response":"r"}\n{"id":"b","prompt":"q"}\n'
bad 3 'bad.in: line 2: the id "a" was there before (line 1) with another prompt*' jsonl \
    '{"id":"a","prompt":"p","response":"r"}\n{"id":"a","prompt":"q","response":"r"}\n'
bad 3 'bad.in: line 1: expected the response as a text*' jsonl \
    '{"prompt":"p","response":{"a":1}}\n'
bad 3 'bad.in: line 1: the label "maybe" is no label of the benchmark generic*' \
    jsonl '{"prompt":"p","response":"r","l":"maybe"}\n' --field label=l
bad 3 'bad.in: line 3: *; expected JSON' jsonl \
    '{"prompt":"p","response":"r"}\n\n{"prompt": oops}\n'
bad 3 'bad.in: line 1: token 0 has the log-probability 0.9*' jsonl \
    '{"prompt":"p","response":"r","logprobs":{"content":[{"token":"r","logprob":0.9}]}}'
bad 3 'bad.in: line 1: token 0 lists a log-probability above 0*' jsonl \
    '{"prompt":"p","response":"r","logprobs":{"content":[{"token":"r","logprob":-1,"top_logprobs":[{"token":"r","logprob":0.5}]}]}}'
bad 3 'bad.in: line 1: "seconds" is 1e+300: expected seconds from 0 on*' \
    jsonl '{"prompt":"p","response":"r","seconds":1e300}'
bad 3 'bad.in: is empty: there is no response in it' jsonl ''
for f in deepconf lm-eval inspect; do
    bad 3 'bad.in: is empty: there is no response in it' $f ' \n\n'
done
bad 3 'bad.in: is text in UTF-16; --format lm-eval reads*iconv*' lm-eval \
    '{\0"\0a\0'
bad 3 'bad.in: line 1: expected a JSON object*' jsonl '[1]'
bad 3 'bad.in: line 1: expected JSON objects, and this is CSV by its first line*' \
    jsonl 'id,prompt,response\n1,a,b\n'
bad 3 'bad.in: is no Inspect log with samples*' inspect '{"version": 2}'
bad 3 'bad.in: line 2: the file ends in the middle of a value*' inspect \
    '{"version": 2,\n "samples": [{"id": 1, "inp'
bad 3 'bad.in: sample "?" (line 1): expected a sample of Inspect*' inspect \
    '{"samples": [{}]}'
bad 3 'bad.in: line 1: expected a sample of lm-evaluation-harness*' lm-eval '{}'
bad 3 'bad.in: line 1: response 0 is no text*' lm-eval \
    '{"doc_id":0,"doc":{},"arguments":[["p",{}]],"resps":[[[-1.5,false]]]}'
bad 2 '*--field response has no effect on --format lm-eval*' lm-eval '{}' \
    --field response=x
bad 2 'there is no format to import from "weevil"*' weevil '{}'
printf 'PK\003\004 no archive' >bad.eval
expect 3 'bad.eval: *' "$DEEPCONF" import bad.eval -f inspect --out bad.db
expect 6 'nofile: can*t be read: No such file*; name the file to import' \
    "$DEEPCONF" import nofile -f jsonl --out bad.db

# An archive with a folder in it is read, one with bad bytes says so.
python3 - <<'PY'
import shutil, zipfile
shutil.copy("log.eval", "folder.eval")
with zipfile.ZipFile("folder.eval", "a") as z:
    z.writestr("samples/", "")
b = bytearray(open("log.eval", "rb").read())
at = b.index(b"samples/") + 60
b[at : at + 20] = b"\xff" * 20
open("flip.eval", "wb").write(b)
PY
"$DEEPCONF" import folder.eval -f inspect --out folder.db >/dev/null
expect 3 "flip.eval: samples/*: the archive can't be read: *" \
    "$DEEPCONF" import flip.eval -f inspect --out flip.db
[ ! -e flip.db ] || die "flip.db was made"
# Our own JSONL without its last prompt.
"$DEEPCONF" export eval.db -f jsonl | sed '$d' >cut.jsonl
expect 3 'cut.jsonl contradicts itself or was cut short*' \
    "$DEEPCONF" import cut.jsonl -f deepconf --out cut.db

# A time that the input does not have is not exported as 0 seconds.
printf '{"prompt":"a","response":"I cannot."}\n' >time.jsonl
"$DEEPCONF" import time.jsonl -f jsonl --out time.db >/dev/null
"$DEEPCONF" export time.db -f lm-eval --out time-lm >/dev/null
[ "$(json_get 'd["total_evaluation_time_seconds"]' <"$(echo time-lm/results_*.json)")" = None ] ||
    die "a time that nobody measured"
