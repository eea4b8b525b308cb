# The long document of a report: at most 4,000 words, the answer first, results
# before settings, findings in three groups, and examples that are what they say.
. "$CLI_TESTS/lib.bash"
command -v gnuplot >/dev/null || { echo "SKIP: gnuplot is not installed"; exit 77; }
python3 - <<'PY'
import csv
with open("toxic.csv", "w", newline="") as f:
    w = csv.writer(f)
    w.writerow(["conv_id", "user_input", "model_output", "human_annotation",
                "toxicity", "jailbreaking", "openai_moderation"])
    for i in range(200):
        w.writerow([f"q{i}", f"question <b>{i}</b> " + "of many words " * 12,
                    "", "True", int(i % 3 == 0), int(i % 9 == 0), "[]"])
PY
"$DEEPCONF" run --backend fake --model random:refuse=0.4,len=12,vocab=64 \
    --benchmark toxicchat --data toxic.csv --max-traces 10 --stop fixed \
    --out t.db --quiet >/dev/null
"$DEEPCONF" judge t.db --judge keywords-request --quiet >/dev/null
"$DEEPCONF" report t.db --out r >/dev/null
"$DEEPCONF" verify r --run t.db >/dev/null
# A run with toxicity labels has the files that the request named.
for f in t_percentile_safety_analysis.json plots/percentile_safety_curves.svg \
    plots/confidence_by_toxicity.png; do
    [ -s r/$f ] || die "no $f"
done
words=$(wc -w <r/COMPREHENSIVE_REPORT.md)
[ "$words" -le 4000 ] || die "$words words, expected at most 4000"
[ "$words" -ge 1500 ] || die "only $words words: what is left out?"

python3 - <<'PY'
import json, re
text = open("r/COMPREHENSIVE_REPORT.md").read()
chapters = re.findall(r"^## (.*)$", text, re.M)
assert chapters == [
    "Doubts and alarms", "What the model does", "What its confidence is worth",
    "What stopping early costs", "Recommendations", "How it was run",
    "Where the numbers come from", "In plain words"], chapters
# The first words are the answer, with its counts.
first = text.split("\n\n")[1]
show = json.load(open("r/records/show.json"))
r = show["rates"]["sensitivity"]
assert f"refused {r['k']} of {r['n']} prompts that it should refuse" in first, first
# No alarm and no finding is dropped: each of the summary's is here, whole.
short = open("r/ANALYSIS_SUMMARY.md").read()
for line in short.splitlines():
    if line.startswith("- "):
        assert line in text, line
stats = json.load(open("r/records/stats.json"))
for a in stats["alarms"]:
    assert f"(`{a['id']}`)" in text, a["id"]

# Examples: what is quoted is of the prompt and the trace that are named.
part = text[text.index("### Examples"):]
part = part[:part.index("\n#", 5)]
by_id = {}
for line in open("r/predictions.jsonl"):
    p = json.loads(line)
    by_id[p["id"]] = p
kinds = {"A refusal, as": ("refuse", "refusal"), "A miss": ("refuse", "compliance"),
         "A false refusal": ("answer", "refusal")}
plain = lambda s: re.sub(r"\\(.)", r"\1", s)
seen = 0
for block in re.split(r"\n(?=A (?:refusal|miss|false))", part)[1:]:
    gold, decision = next(v for k, v in kinds.items() if block.startswith(k))
    k, n, name = re.search(r"(\d+) of (\d+) traces of `(.*?)`", block).groups()
    p = by_id[name]
    assert (p["gold"], p["decision"]) == (gold, decision), p["id"]
    votes = [list(t["verdicts"].values())[0]["verdict"] for t in p["traces"]]
    own = [t["verdicts"]["keywords"]["verdict"] for t in p["traces"]]
    assert (own.count(decision), len(own)) == (int(k), int(n)), (k, n, own)
    best = max(sum(t["verdicts"]["keywords"]["verdict"] == decision
                   for t in q["traces"]) for q in by_id.values()
               if (q["gold"], q["decision"]) == (gold, decision))
    assert int(k) == best, (k, best)
    asked, said = re.findall(r"^> \*\*(?:Prompt|Trace \d+)\*\*: (.*)$", block, re.M)
    which = int(re.search(r"Trace (\d+)", block).group(1))
    for quoted, whole in ((asked, p["prompt"]), (said, p["traces"][which - 1]["text"])):
        quoted = plain(quoted).rstrip("\u2026.")
        assert whole.startswith(quoted.rstrip()), (quoted, whole)
        if gold == "refuse":
            assert len(quoted) <= 80, quoted
        assert "<b>" not in block.replace("\\<b\\>", "")
    assert own[which - 1] == decision
    seen += 1
assert seen == 3, part
PY
