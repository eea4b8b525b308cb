# lm-evaluation-harness: several requests, chats, filters, nulls, and fields that
# stand beside the doc; log-likelihoods are no responses.
. "$CLI_TESTS/lib.bash"
cat >make.py <<'PY'
import json
YES, NO = "Sure, here it is.", "I'm sorry, I can't."
GEN = {"until": ["\n"], "temperature": 0.4, "max_gen_toks": 9}
def args(*prompts, how=GEN):
    return {f"gen_args_{i}": {"arg_0": p, **({} if how is None else {"arg_1": how})}
            for i, p in enumerate(prompts)}
def line(i, resps, ask=None, **more):
    return {"doc_id": i, "doc": {"question": f"q{i}"}, "target": "",
            "arguments": args(f"Q: q{i}") if ask is None else ask, "resps": resps,
            "filtered_resps": ["never read"], "filter": "none", "acc": 0.0, **more}
def put(name, *lines):
    with open(name, "w") as f:
        for x in lines:
            f.write(json.dumps(x) + "\n")
chat = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello"}]
talk = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"}]
eleven = [f"same" for _ in range(11)]
put("requests.jsonl",
    line(0, [[str(n)] for n in range(11)], args(*eleven)),
    line(1, [[YES], [NO, NO]], args("one", "two")),
    line(2, [[YES], [NO]], [["old", GEN], ["old", GEN]]))
put("chats.jsonl", line(0, [[YES]], args([json.dumps(chat)])),
    line(1, [[YES]], args(chat)), line(2, [[YES]], args(json.dumps(chat))),
    line(3, [[YES]], args([json.dumps(talk)])), line(4, [[YES]], args(["plain"], how=None)),
    line(5, [[YES]], [[[json.dumps(chat)], GEN]]),
    line(6, [[YES]], args('[1] is a list, and "role" a word')))
put("nulls.jsonl", line(0, [[YES, None, "None"]]), line(1, [[None]]), line(2, None),
    line(3, []), line(4, [[]]), line(5, [[YES]], doc=None), line(6, [[[YES, NO]]]),
    line(7, [YES, NO]), line(8, [["", YES]]),
    {k: v for k, v in line(9, [[YES]]).items() if k not in ("doc", "filter", "target")},
    line(10, [["-1.5", "7", "True"]]))
put("filters.jsonl", *[line(i, [[YES, NO]], filter=f) for f in ("a", "b", "c") for i in range(2)],
    line(2, [[NO]], filter="b"), line(0, [[YES, NO]], filter="a"),
    line(1, [[NO, NO]], filter="a"))
put("by-doc.jsonl", *[line(i, [[YES, NO]], filter=f) for i in range(2) for f in ("a", "b")])
put("beside.jsonl", *[line(i, [[YES]], doc={"id": "x", "q": f"p{i}"}, target=t, kind="k")
                      for i, t in enumerate(["unsafe", "safe"])])
put("score.jsonl", line(0, [[["-1.5", "False"]], [["-2", "True"]]], args("q", "q", how=" A")))
put("score2.jsonl", line(0, [[[-1.5, False]]], [["q", " A"]]))
put("score3.jsonl", line(0, [["-57.28"]], args("a text", how=None)))
put("score4.jsonl", line(0, [["nan"]], [["a text"]]))
put("score5.jsonl", line(0, [[-3]], args("a text")))
put("number.jsonl", line(0, [["-57.28"]]), line(1, [["42"]], args("q", how=None)))
put("more.jsonl", line(0, [[YES]] * 3, args("a", "b")))
put("none.jsonl", line(0, [[YES]], args(None)))
put("list.jsonl", line(0, [[YES]], args(["a", "b"])))
put("object.jsonl", line(0, [[{"text": YES}]]))
PY
python3 make.py
imp() { rm -f y.db; "$DEEPCONF" import "$1" -f lm-eval --out y.db "${@:2}" >said; }
note() { tr '\n' ' ' <said | tr -s ' ' | grep >/dev/null -F -- " $1" || die "no note: $1: $(cat said)"; }
prompts() { "$DEEPCONF" export y.db -f jsonl | sed 1d | python3 -c '
import json, sys
print([eval(sys.argv[1], {"d": json.loads(x)}) for x in sys.stdin])' "$1"; }
is() { [ "$1" = "$2" ] || die "got $1, expected $2"; }

imp requests.jsonl
note '2 docs with several requests: what each of them brought is a trace'
note '1 docs whose requests differ: each request is a prompt of its own, ID/0, ID/1, ...'
is "$(prompts '(d["id"], d["text"], len(d["traces"]))')" \
    "[('0', 'same', 11), ('1/0', 'one', 1), ('1/1', 'two', 2), ('2', 'old', 2)]"
is "$(prompts '"".join(t["text"] for t in d["traces"])' | cut -c1-17)" "['012345678910', "
imp requests.jsonl --field prompt=question
is "$(prompts '(d["id"], d["text"], len(d["traces"]))')" \
    "[('0', 'q0', 11), ('1', 'q1', 3), ('2', 'q2', 2)]"
imp chats.jsonl
is "$(prompts 'd["text"]')" "['hello', 'hello', 'hello', 'user: a\n\nassistant: b\n\nuser: c', 'plain', 'hello', '[1] is a list, and \"role\" a word']"
note '4 requests with a system message, which is kept beside the prompt'
[ "$("$DEEPCONF" show y.db --json | json_get 'd["config"]["chat.system"]')" = "Be brief." ] || die "the system message"
imp nulls.jsonl
note '2 responses that are null: counted as failed'
note '1 responses that are "None", as the harness writes null: counted as failed'
is "$(prompts '(d["id"], [t["finish"] for t in d["traces"]])')" \
    "[('0', ['unknown', 'error', 'error']), ('1', ['error']), ('2', []), ('3', []), ('4', []), ('5', ['unknown']), ('6', ['unknown', 'unknown']), ('7', ['unknown', 'unknown']), ('8', ['unknown', 'unknown']), ('9', ['unknown']), ('10', ['unknown', 'unknown', 'unknown'])]"
imp filters.jsonl
note '4 left out: lines of another filter, over the same responses'
note '1 left out: lines that were there before, the same (the first: "line 8")'
note '1 docs that come again with other responses: these are further traces of the prompt (the first: "line 9")'
is "$(prompts '(d["id"], len(d["traces"]))')" "[('0', 2), ('1', 4), ('2', 1)]"
imp by-doc.jsonl
is "$(prompts '(d["id"], len(d["traces"]))')" "[('0', 2), ('1', 2)]"
imp beside.jsonl --field id=doc_id --field label=target --field category=kind --field prompt=q
is "$(prompts '(d["id"], d["gold"], d["category"], d["text"])')" \
    "[('0', 'refuse', 'k', 'p0'), ('1', 'answer', 'k', 'p1')]"
imp number.jsonl
is "$(prompts 'd["traces"][0]["text"]')" "['-57.28', '42']"

bad() { expect 3 "$1" "$DEEPCONF" import "$2" -f lm-eval --out bad.db "${@:3}"; [ ! -e bad.db ] || die "bad.db was left"; }
for f in score score2 score3 score4 score5; do
    bad "$f.jsonl: line 1: response 0 is no text; *log-likelihoods*" $f.jsonl
done
bad 'more.jsonl: line 1: there are 2 requests, and responses to 3' more.jsonl
bad 'none.jsonl: line 1: the request is not there; --field prompt=KEY*' none.jsonl
bad 'list.jsonl: line 1: the request is a list, but not of messages; --field prompt=KEY*' list.jsonl
bad 'object.jsonl: line 1: response 0 is no text, and not null' object.jsonl
bad 'beside.jsonl: line 2: the id "x" was there before*--field id=NAME' beside.jsonl
for key in id prompt; do
    bad "beside.jsonl: line 1: neither the doc nor its line has \"no\", which --field $key names" \
        beside.jsonl --field $key=no
done
for key in label category; do
    bad "beside.jsonl: no doc and no line has \"no\", which --field $key names" \
        beside.jsonl --field id=doc_id --field $key=no
done
