# What an input does not speak of is shown as lacking, never as 0: tokens, time,
# confidence, in every command and every file of a report.
. "$CLI_TESTS/lib.bash"
command -v gnuplot >/dev/null || { echo "SKIP: gnuplot is not installed"; exit 77; }
python3 - <<'PY'
import json
yes, no = "Sure, here it is.", "I'm sorry, I can't."
def rows(name, more):
    with open(f"{name}.jsonl", "w") as f:
        for i in range(12):
            for t in range(5):
                text = no if (i * t) % 3 else yes
                f.write(json.dumps({
                    "id": f"q{i}", "prompt": f"question {i}", "response": text,
                    "label": "unsafe" if i % 2 else "safe",
                    **more(i, t, text)}) + "\n")
def sampled(text):  # log-probabilities, and no others of most likely tokens
    return {"content": [{"token": w if k == 0 else " " + w, "logprob": -0.5}
                        for k, w in enumerate(text.split(" "))]}
rows("bare", lambda i, t, text: {})
rows("sampled", lambda i, t, text: {"logprobs": sampled(text)})
rows("mixed", lambda i, t, text: {} if (i, t) == (3, 2) else
     {"logprobs": sampled(text), "seconds": 2})
with open("uneven.jsonl", "w") as f:
    for n, line in enumerate(open("bare.jsonl")):
        if n != 4:  # of q0, whose traces agree
            f.write(line)
PY
for n in bare sampled mixed uneven; do
    "$DEEPCONF" import $n.jsonl -f jsonl --out $n.db >/dev/null
    "$DEEPCONF" judge $n.db --judge keywords-request --quiet >/dev/null
done

# Text.
has '^  tokens  *not in the input$' "$DEEPCONF" show bare.db
has '^  seconds  *not in the input$' "$DEEPCONF" show bare.db
has '^  tokens  *not in the input for 1 of the traces$' "$DEEPCONF" show mixed.db
has '^  tokens  *[1-9]' "$DEEPCONF" show sampled.db
has '^trace 1: tokens not in the input, how it ended is unknown$' \
    "$DEEPCONF" show bare.db --prompt q1
has '^trace 1: 4 tokens, how it ended is unknown$' "$DEEPCONF" show sampled.db --prompt q1
has '^trace 1: 4 tokens in 2.00 s, how it ended is unknown$' \
    "$DEEPCONF" show mixed.db --prompt q3
has '^  curtail .* 1[0-9.]* % ' "$DEEPCONF" sweep bare.db
tells 'saved: of all traces' "$DEEPCONF" sweep bare.db
has 'no trace has a confidence' "$DEEPCONF" stats bare.db
has 'no trace has a value of mean' "$DEEPCONF" stats sampled.db
for policy in cges 'own-percentile(20)'; do
    expect 3 '*no trace has a value of mean_prob, which*looks at*' \
        "$DEEPCONF" sweep bare.db --policy "$policy"
done
COLUMNS=200 "$DEEPCONF" calibrate bare.db >text 2>/dev/null || true # no offer
has '^  hypergeometric(0.0001) .* -  *0.00 %$' cat text

# No command tells the owner of an import to run what can't be run again.
for n in bare uneven; do
    for c in show stats sweep calibrate judge; do
        "$DEEPCONF" $c $n.db >text 2>&1 || true
        if grep -n -e '--stop fixed' text; then die "$c $n.db: run it again?"; fi
    done
done
expect 3 '1 of 12 prompts of the input has fewer than 5 traces*' \
    "$DEEPCONF" sweep uneven.db
expect 3 '1 of 12 prompts of the input has fewer than 5 traces*' \
    "$DEEPCONF" calibrate uneven.db
expect 2 '*where the input has no log-probabilities*' "$DEEPCONF" sweep bare.db \
    --percentile-analysis x.json

for n in bare sampled mixed uneven; do
    plots=--no-plots # they take seconds
    case $n in bare | uneven) plots= ;; esac
    # shellcheck disable=SC2086 # none, or an option
    "$DEEPCONF" report $n.db --out r-$n $plots >/dev/null
    if grep -rln -e '--stop fixed' r-$n --include='*.md' --include='*.svg' |
        xargs -r grep -n -e '--stop fixed' | grep -v 'drawn with --stop fixed has'; then
        die "r-$n tells to run it again"
    fi
done
"$DEEPCONF" verify r-mixed --run mixed.db >/dev/null
"$DEEPCONF" show bare.db --prompt q1 --json >prompt.json
"$DEEPCONF" compare bare.db sampled.db --json >compare.json
"$DEEPCONF" export bare.db -f csv >bare.csv
"$DEEPCONF" export bare.db -f inspect --out . >/dev/null

python3 - <<'PY'
import csv, glob, json, re
def load(p):
    return json.load(open(p))
def lines(p):
    return [json.loads(x) for x in open(p)]
def none(o, *keys):
    for k in keys:
        assert o[k] is None, (k, o[k])

for n in ("bare", "mixed"):
    show = load(f"r-{n}/records/show.json")
    for k in ("spent", "spent_on_decided", "saved"):
        none(show[k], "tokens", "seconds")
    none(show["sessions"], "wall_seconds", "decode_seconds", "prefill_seconds")
    for row in load(f"r-{n}/records/sweep.json")["rows"]:
        none(row, "tokens", "seconds", "tokens_saved", "seconds_saved")
        assert row["traces"] > 0 and 0 <= row["traces_saved"] < 1
    fronts = [r for r in load(f"r-{n}/records/sweep.json")["rows"]
              if r["pareto"]]
    assert {r["traces"] for r in fronts} != {5.0}, "the front is by traces"
    for row in csv.DictReader(open(f"r-{n}/records/sweep.csv")):
        assert row["tokens"] == row["seconds"] == row["tokens_saved"] == ""
        assert row["traces_saved"] != ""
    for t in load(f"r-{n}/records/calibrate.json")["tests"]:
        none(t, "tokens", "seconds")
        assert t["traces"] > 0
    names = {f["name"] for f in load(f"r-{n}/facts.json")["facts"]}
    assert "show.spent.traces" in names and "show.spent.tokens" not in names
    assert not [x for x in names if re.search(r"sweep.*tokens", x)]
# of the run with one silent trace, that one alone is not known
counts = [t["n_tokens"] for p in lines("r-mixed/predictions.jsonl")
          for t in p["traces"]]
assert counts.count(None) == 1 and set(counts) == {None, 4}
for p in lines("r-bare/predictions.jsonl"):
    for t in p["traces"]:
        none(t, "n_tokens", "milliseconds")
        assert set(t["measures"].values()) == {None}

stats = load("r-bare/records/stats.json")
assert [x["id"] for x in stats["notes"]][0] == "no-confidence"
for m in stats["measures"]:
    assert m["no_value"] == stats["traces"] and m["categories"] is None
    for target in m["discrimination"].values():
        assert target["all"]["auroc"]["value"] is None
        assert target.get("risk_coverage") is None

p = load("prompt.json")
none(p["prompt"], "tokens")
for t in p["traces"]:
    none(t, "tokens", "seconds", "k")
    assert set(t["measures"].values()) == {None}
for row in csv.DictReader(open("bare.csv", newline="")):
    assert row["tokens"] == row["seconds"] == row["mean_prob"] == ""
means = {m["name"]: m for m in load("compare.json")["means"]}
assert means["traces"]["n"] == 12 and means["tokens"]["n"] == 0
log = load(glob.glob("*_generic_*.json")[0])
assert log["stats"]["model_usage"] == {}
for s in log["samples"]:
    assert "usage" not in s["output"] and "time" not in s["output"]

# The page: blocks of the prompts, and the index.
def page(n):
    html = open(f"r-{n}/report.html").read()
    block = lambda i: json.loads(re.search(
        rf'<script type="application/json" id="{i}">(.*?)</script>', html,
        re.S).group(1))
    return html, block
html, block = page("bare")
assert all(row[13] is None and row[14] is None for row in block("dc-index"))
for t in block("p1")["t"]:
    none(t, "n", "ms", "k")
    assert "q" not in t and set(t["m"]) == {None}
assert html.count("not in the input") >= 2
assert re.search(r"(<td[^>]*>-</td>){2}", html)
html, block = page("sampled")
for t in block("p1")["t"]:
    assert t["n"] == 4 and t["l"] == 5 and len(t["q"]) == 24 and t["k"] is None
assert block("dc-index")[1][14] == 20

# The documents: a dash or words, and no cost of 0 tokens.
for n in ("bare", "mixed"):
    for f in ("ANALYSIS_SUMMARY.md", "COMPREHENSIVE_REPORT.md"):
        text = open(f"r-{n}/{f}").read()
        assert not re.search(r"\b0(\.0)? (%|of the|of) ?tokens", text), f
        assert "?." not in text
    assert re.search(r"\| tokens \| not in the input", text)
    assert re.search(r"\| `curtail` \| (\\\*)? *\| \d+\.\d % \| not known \|",
                     text), text
assert "import an input that has 5 traces" in open(
    "r-uneven/COMPREHENSIVE_REPORT.md").read()
PY
