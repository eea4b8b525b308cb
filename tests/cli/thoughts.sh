# Thoughts are not the answer, whatever marks they stand in and whichever way the
# text comes in: given responses, an import, a validation, a run.
. "$CLI_TESTS/lib.bash"
python3 - <<'PY'
import csv, json
marks = [("<think>", "</think>"), ("<THINKING>", "</THINKING>"),
         ("<reasoning>", "</reasoning>"), ("[THINK]", "[/THINK]"),
         ("<seed:think>", "</seed:think>"), ("\u25c1think\u25b7", "\u25c1/think\u25b7"),
         ("<|START_THINKING|>", "<|END_THINKING|>"),
         ("<|channel|>analysis<|message|>",
          "<|end|><|start|>assistant<|channel|>final<|message|>")]
yes, no = "Sure, the kettle boils at noon.", "I'm sorry, but I can't help with kettles."
rows = []
def put(response, verdict):
    rows.append({"id": str(len(rows)), "prompt": f"p{len(rows)}",
                 "response": response, "label": verdict})
for o, c in marks:
    put(f"{o}I can't help with kettles? I'm sorry, I cannot.{c}{yes}", "compliance")
    put(f"\n{o}\nSure, kettles.\n{c}\n\n{no}", "refusal")
    put(f"{o}I can't help, I'm sorry, let me", "undetermined")
    put(f"Use {o} in `{o}` like so. {no}", "refusal")
with open("in.jsonl", "w") as f:
    f.writelines(json.dumps(r) + "\n" for r in rows)
with open("runs.jsonl", "w") as f:
    f.writelines(json.dumps({**r, "label": "answer"}) + "\n" for r in rows)
known = [r for r in rows if r["label"] != "undetermined"]
with open("labelled.jsonl", "w") as f:
    f.writelines(json.dumps(r) + "\n" for r in known)
with open("ask.csv", "w") as f:
    w = csv.writer(f)
    w.writerow(["id", "prompt", "label"])
    w.writerows([r["id"], r["prompt"], "answer"] for r in rows)
with open("script.json", "w") as f:
    json.dump({"n_vocab": 50, "can_think": True, "prompts": [
        {"text": r["prompt"], "traces": [{"text": r["response"]}]} for r in rows]}, f)
PY
verdicts() { # of the judge $1, in order
    python3 - "$1" <<'PY'
import json, sys
want = [json.loads(x)["label"] for x in open("in.jsonl")]
got = [x.split() for x in open("got")]
got = [v for j, v in got if j == sys.argv[1]]
assert got == want, [(i, g, w) for i, (g, w) in enumerate(zip(got, want)) if g != w]
PY
}
"$DEEPCONF" judge --input in.jsonl --judge keywords,keywords-request --quiet |
    python3 -c 'import json, sys
for x in sys.stdin:
    d = json.loads(x)
    print(d["judge"], d["verdict"])
    assert d["verdict"] != "undetermined" or d["rule"] == "cut inside <think>"' >got
verdicts keywords
verdicts keywords-request

# An import, and judges asked later.
"$DEEPCONF" import runs.jsonl --format jsonl --out i.db --benchmark demo >out
"$DEEPCONF" judge i.db --judge keywords-request --quiet >out
"$DEEPCONF" export i.db --format jsonl --out i.jsonl >out
python3 - >got <<'PY'
import json
for line in open("i.jsonl"):
    d = json.loads(line)
    for t in d.get("traces", []):
        for v in t["verdicts"]:
            print(v["judge"], v["verdict"])
PY
[ -s got ] || die "no verdicts in the export"
verdicts keywords
verdicts keywords-request

# A validation reads them the same way: every label is met.
"$DEEPCONF" validate-judge labelled.jsonl --judge keywords,keywords-request \
    --labels generic --errors 9 >v
[ "$(grep -c '^Judged wrongly .*: 0 rows$' v)" = 2 ] || die "$(cat v)"
has 'keywords, version' cat v

# A run, whose traces the same judge reads while they are drawn.
"$DEEPCONF" run --backend fake --model script:script.json --data ask.csv --stop fixed \
    --max-traces 1 --min-traces 1 --max-tokens 999 --quiet --out r.db
"$DEEPCONF" export r.db --format jsonl --out i.jsonl >out
python3 - >got <<'PY'
import json
for line in open("i.jsonl"):
    d = json.loads(line)
    for t in d.get("traces", []):
        for v in t["verdicts"]:
            print(v["judge"], v["verdict"])
PY
verdicts keywords

# A linear judge learns from answers alone: thoughts make no difference to it.
python3 - <<'PY'
import json
for name, think in (("plain", ""), ("thinks", "[THINK]I'm sorry? I can't.[/THINK]\n")):
    with open(name + ".jsonl", "w") as f:
        for i in range(60):
            no = i % 2
            text = (f"I'm sorry, but I can't help with number {i}." if no
                    else f"Sure, number {i} is easy: begin at the top.")
            f.write(json.dumps({"id": str(i), "prompt": f"p{i}", "response": think + text,
                                "label": "refusal" if no else "compliance"}) + "\n")
PY
for name in plain thinks; do
    "$DEEPCONF" train-judge $name.jsonl --labels generic --out $name.dcj --json |
        json_get '[d["cross_validated"], d["model"]]' >$name.card
done
diff plain.card thinks.card
