# Token confidence of lists in which the sampled token stands in place of the
# last rank, or is added behind it: of the ranks that are sure, or none.
. "$CLI_TESTS/lib.bash"
python3 - <<'PY'
import json, math
def chat(*tokens):
    return {"content": [{"token": t, "logprob": lp, "top_logprobs": [
        {"token": x, "logprob": v} for x, v in top]} for t, lp, top in tokens]}
def write(name, *logprobs):
    with open(name, "w") as f:
        for i, x in enumerate(logprobs):
            text = "".join(t["token"] for t in x["content"]) if "content" in x \
                else "".join(x["tokens"])
            f.write(json.dumps({"prompt": f"p{i}", "response": text,
                                "logprobs": x}) + "\n")
clean = chat(("I", -1, [("I", -1), ("A", -2), ("No", -3)]),
             (" do", -2, [(" can", -1), (" do", -2), (" am", -6)]))
# vLLM's chat: rank 3 is lost to a token of rank 9
lost = chat(("Zed", -9, [("Zed", -9), ("I", -1), ("A", -2)]),
            (" is", -1, [(" is", -1), (" was", -3), (" may", -5)]))
# /v1/completions: the sampled token is one more
added = {"tokens": ["Zed", " is"], "token_logprobs": [-9, -1], "top_logprobs": [
    {"Zed": -9, "I": -1, "A": -2, "No": -3}, {" is": -1, " was": -3, " may": -5}]}
write("clean.jsonl", clean)
write("lost.jsonl", lost, clean)
write("mixed.jsonl", clean, lost)
write("added.jsonl", added, clean)
PY
import() { "$DEEPCONF" import "$1.jsonl" -f jsonl --out "$2.db" "${@:3}" >"$2.said"; }
"$DEEPCONF" import --help >help
has '--k N' cat help
for db in clean lost mixed added; do import $db $db; done
import mixed two --k 2
import clean four --k 4
cat >check.py <<'PY'
import json, subprocess, sys
def of(db):
    lines = subprocess.run([sys.argv[1], "export", db + ".db", "--format", "jsonl"],
                           check=True, stdout=subprocess.PIPE).stdout.splitlines()
    head, *prompts = map(json.loads, lines)
    k = {x["key"]: x["value"] for x in head["config"]}["confidence.k"]
    return k, [p["traces"][0]["measures"].get("mean") for p in prompts]
near = lambda a, b: all((x is None) == (y is None) and
                        (x is None or abs(x - y) < 1e-6) for x, y in zip(a, b))
for db, want_k, want in (
        ("clean", "3", [(2 + 3) / 2]),
        ("lost", "2", [(1.5 + 2) / 2, (1.5 + 1.5) / 2]),
        ("mixed", "3", [2.5, None]),
        ("two", "2", [1.5, 1.75]),
        ("four", "unknown", [None]),
        ("added", "3", [(2 + 3) / 2, 2.5])):
    k, got = of(db)
    assert str(k) == want_k, (db, k)
    assert near(got, want), (db, got, want)
PY
python3 check.py "$DEEPCONF"
flat() { tr -s ' \n' ' ' <"$1"; }
has 'lists may have the sampled token in place of their last rank, which token confidence leaves out' flat lost.said
has 'so that less most likely tokens are sure than the k of this run' flat mixed.said
has 'list less most likely tokens than the k of this run' flat four.said
expect 2 '*--k*' "$DEEPCONF" import clean.jsonl -f jsonl --out x.db --k 0
expect 2 '--k has no effect on --format deepconf*' \
    "$DEEPCONF" import clean.jsonl -f deepconf --out x.db --k 3
