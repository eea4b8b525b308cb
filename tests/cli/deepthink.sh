# deepthink: records by the package's names, resume, refusals, bad input.
. "$CLI_TESTS/lib.bash"
cat >script.json <<'JSON'
{"default": {"traces": [
  {"text": "a b c \\boxed{4}"},
  {"text": "a b c \\boxed{\\dfrac12}", "conf": 9},
  {"tokens": ["a", " b", {"piece": " c", "conf": 7}, " d", " \\boxed{5}"]},
  {"text": "\u001b[31mno answer"}]}}
JSON
cat >qa.jsonl <<'JSON'
{"qid": "one", "question": "2 + 2?", "answer": 4}
{"qid": "two", "question": "a half?", "answer": "$\\frac12$"}
{"qid": "three", "question": "?", "answer": "5.0"}
JSON
think() {
    "$DEEPCONF" deepthink --backend fake --model script:script.json \
        --data qa.jsonl --max-tokens 20 --window 2 --tail 2 -q "$@"
}
# Everything but the times.
strip() {
    python3 -c 'import json, sys
for line in sys.stdin:
    d = json.loads(line)
    d.pop("timing_stats")
    print(json.dumps(d))' <"$1"
}

think --budget 4 --out off.jsonl --json >off
think --budget 8 --warmup-traces 2 --batch 2 --mode online --full \
    --consensus 1 --confidence-percentile 100 --out on.jsonl --json >on
python3 - <<'PY'
import json
names = """question ground_truth qid run_id mode config warmup_traces
final_traces all_traces final_answer voted_answer voting_results
voting_answers voting_weights conf_bar warmup_min_confs final_min_confs
total_traces_count token_stats timing_stats evaluation
confidence_evaluation""".split()
votes = """majority mean_confidence_weighted tail_confidence_weighted
bottom_window_weighted min_window_weighted top10_tail_filtered
top10_bottom_window_filtered""".split()

def strict(x):
    raise ValueError(x)  # NaN, Infinity

def load(name):
    return [json.loads(l, parse_constant=strict) for l in open(name)]

off, on = load("off.jsonl"), load("on.jsonl")
for r in off + on:
    assert not [k for k in names if k not in r]
    assert list(r["voting_results"]) == votes == list(r["evaluation"])
assert [r["qid"] for r in off] == ["one", "two", "three"]
a = off[0]
assert a["voting_answers"] == ["4", "\\dfrac12", "5"]
assert a["conf_bar"] is None and a["total_traces_count"] == 4
assert a["voting_results"]["majority"] == {
    "answer": "4", "num_votes": 3, "confidence": None}
t = a["voting_results"]["top10_tail_filtered"]
assert t == {"answer": "\\dfrac12", "num_votes": 1, "confidence": 9.0}
assert [r["evaluation"]["majority"]["correct"] for r in off] == [
    True, False, False]
assert [r["evaluation"]["mean_confidence_weighted"]["correct"]
        for r in off] == [False, True, False]
assert a["confidence_evaluation"]["num_correct"] == 1
assert a["token_stats"]["total_tokens"] == 4 + 4 + 5 + 2
t = a["all_traces"][2]
assert t["confs"] == [8, 8, 7, 8, 8] and t["min_conf"] == 7.5
assert t["stop_reason"] == "stop" and t["num_tokens"] == 5
b = on[0]
assert b["warmup_min_confs"] == [8, 9] and b["conf_bar"] == 8
assert [x["stop_reason"] for x in b["final_traces"]] == [
    "gconf_threshold", "stop", "stop", "stop", "gconf_threshold", "stop"]
assert [x["num_tokens"] for x in b["final_traces"]][:2] == [3, 2]
assert b["all_traces"] == b["warmup_traces"] + b["final_traces"]
assert b["all_traces"][1]["group_confs"] == [9, 9, 9]
assert len(b["all_traces"][1]["token_ids"]) == 4
s, o = json.load(open("off")), json.load(open("on"))
# Traces without an answer, and those of them that had no room for one.
none = [t for r in off for t in r["all_traces"] if t["extracted_answer"] is None]
assert s["traces_without_answer"] == len(none)
assert s["traces_without_answer_at_max_tokens"] == \
    sum(t["stop_reason"] == "length" for t in none)
assert s["accuracy"]["majority"]["k"] == 1 and s["accuracy"]["majority"]["n"] == 3
assert abs(s["pass_at_1"]["value"] - 0.25) < 1e-12
assert o["traces_cut"] > 0 and s["traces_cut"] == 0
PY

# The same seed gives the same bytes, times apart; slots do not show.
think --budget 4 --out again.jsonl --slots 3 >text
cmp <(strip off.jsonl) <(strip again.jsonl)
grep -q '^  majority .* 1 of 3$' text || die "$(cat text)"
if grep -q $'\033' text; then die "an escape sequence"; fi

# Taken up again: a torn line is drawn anew, whole ones stay as they are.
head -n 1 off.jsonl >cut.jsonl
tail -n +2 off.jsonl >rest
head -c 500 rest >>cut.jsonl
think --budget 4 --out cut.jsonl >/dev/null
cmp <(strip off.jsonl) <(strip cut.jsonl)
cmp <(head -n 1 off.jsonl) <(head -n 1 cut.jsonl)
cp cut.jsonl whole.jsonl
think --budget 4 --out cut.jsonl >/dev/null # nothing left to do
cmp whole.jsonl cut.jsonl
think --budget 4 -n 2 --out part.jsonl >/dev/null # more questions later
think --budget 4 --out part.jsonl >/dev/null
cmp <(strip off.jsonl) <(strip part.jsonl)

# Another configuration, and what is no file of ours, stay as they are.
expect 2 'cut.jsonl holds another run: seed is *' \
    think --budget 4 --seed 2 --out cut.jsonl
expect 2 'cut.jsonl holds another run: budget is 4 there and 5 now*' \
    think --budget 5 --out cut.jsonl
cmp whole.jsonl cut.jsonl
cp qa.jsonl other.jsonl
expect 3 'other.jsonl: line 1: not a record*' think --out other.jsonl
cmp qa.jsonl other.jsonl
printf 'my notes' >notes
expect 3 'notes: line 1: not a record*' think --out notes
[ "$(cat notes)" = "my notes" ] || die "notes were changed"
expect 6 '*can'\''t be written*' think --out no/such/file

# Bad options and bad data.
u() { expect 2 "$@"; }
u '--window 21: *--window 20 or less*' think --window 21 --out o.jsonl
u '--mode on: expected offline or online' think --mode on --out o.jsonl
u '--compat yes: expected off or on' think --compat yes --out o.jsonl
u '--warmup-traces is 8*' think --mode online --budget 4 --out o.jsonl
u '--data FILE is needed*' "$DEEPCONF" deepthink --model x --out o.jsonl
u '--out FILE is needed*' "$DEEPCONF" deepthink --model x --data qa.jsonl
u '--field label=x: expected KEY=COLUMN*' \
    think --field label=x --out o.jsonl
bad() { # PATTERN LINE...
    local pattern=$1
    shift
    printf '%s\n' "$@" >bad.jsonl
    expect 3 "bad.jsonl: $pattern" think --data bad.jsonl --out o.jsonl
}
bad 'line 2*' '{"question": "a", "answer": "b"}' '{"question": '
bad 'line 1: there is no column "answer"*--field*' '{"question": "a"}'
bad 'line 1: there is no column "question"*' '{"answer": "a"}'
bad 'line 1*array*' '{"question": "a", "answer": ["b"]}'
bad 'line 2*' '{"question": "a", "answer": "b"}' '{"question": " ", "answer": ""}'
bad 'lines 1 and 2*' '{"qid": 1, "question": "a", "answer": "b"}' \
    '{"qid": 1, "question": "c", "answer": "b"}'
[ ! -e o.jsonl ] || die "a file was left behind"

# Names of columns, ids that are there or not, no answer to compare with.
printf '%s\n' '{"id": "x", "q": "a", "answer": "4"}' \
    '{"id": "y", "q": "b", "answer": null}' >names.jsonl
think --data names.jsonl --field question=q --budget 2 --out n.jsonl \
    --json >n
[ "$(json_get '[d["questions"], d["with_ground_truth"]]' <n)" = "[2, 1]" ]
grep -q '"qid": "y"' n.jsonl || die "the ids"

# A real engine.
if [ -n "$TINY" ]; then
    "$DEEPCONF" deepthink --model "$TINY/tiny-llama.gguf" --data qa.jsonl \
        --mode online --budget 6 --warmup-traces 2 --batch 2 --max-tokens 24 \
        --window 4 --confidence-percentile 10 -q --out tiny.jsonl --json >tiny
    "$DEEPCONF" deepthink --model "$TINY/tiny-llama.gguf" --data qa.jsonl \
        --mode online --budget 6 --warmup-traces 2 --batch 2 --max-tokens 24 \
        --window 4 --confidence-percentile 10 -q --out tiny2.jsonl --slots 1 --json >tiny2
    cmp <(strip tiny.jsonl) <(strip tiny2.jsonl)
    [ "$(json_get 'd["traces"]' <tiny)" = 18 ] || die "$(cat tiny)"
    [ "$(json_get 'd["traces_cut"] > 0' <tiny)" = True ] || die "$(cat tiny)"
    [ "$(json_get 'd["traces_without_answer_at_max_tokens"] > 0' <tiny)" = True ] ||
        die "$(cat tiny)"
fi
