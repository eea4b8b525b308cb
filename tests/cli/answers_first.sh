# Commands answer in their first sentences, with counts and intervals, and what is
# said of confidence is the same sentence wherever it stands.
. "$CLI_TESTS/lib.bash"
command -v python3 >/dev/null || { echo "SKIP: no python3"; exit 77; }
run --benchmark demo --data "$DEMO" -n 60 --seed 1 --out a.db --quiet >ran
"$DEEPCONF" judge a.db --judge phrases10 --quiet >/dev/null
run --benchmark demo --data "$DEMO" -n 8 --out few.db --quiet >/dev/null
"$DEEPCONF" report a.db --out a --no-plots >/dev/null

# words FILE: all of it on one line.
words() { tr '\n' ' ' <"$1" | tr -s ' '; }
for f in a few; do
    "$DEEPCONF" stats $f.db >stats
    says=$(words stats | grep -o '[A-Z][^.]*onfidence tells [^.]*\.' | head -n 1)
    [ "$says" ] || die "$f: stats says nothing of confidence: $(head -n 4 stats)"
    "$DEEPCONF" show $f.db >show
    sed '/^$/q' show >first
    words first | grep -qF "$says" || die "$f: show does not say '$says'"
done
"$DEEPCONF" stats a.db >stats
says=$(words stats | grep -o '[A-Z][^.]*onfidence tells [^.]*\.' | head -n 1)
for f in ran a/ANALYSIS_SUMMARY.md a/COMPREHENSIVE_REPORT.md a/report.html; do
    [ "$(words $f | grep -oF "$says" | wc -l)" -ge 1 ] || die "$f lacks '$says'"
done
# Under another judge, too; of prompts with one label there is nothing to say.
"$DEEPCONF" stats a.db --judge phrases10 >stats
says=$(words stats | grep -o '[A-Z][^.]*onfidence tells [^.]*\.' | head -n 1)
"$DEEPCONF" show a.db --judge phrases10 >show
words show | grep -qF "$says" || die "phrases10: show does not say '$says'"
awk 'NR == 1 || /,refuse,/' "$DEMO" >harmful.csv
run --benchmark demo --data harmful.csv -n 20 --out one.db --quiet >/dev/null
"$DEEPCONF" show one.db >show
if grep -q 'onfidence tells' show; then die "one label: $(head -n 5 show)"; fi

# The judges of a file: shares with counts and intervals, and how far they agree.
"$DEEPCONF" judge a.db --json >judges.json
COLUMNS=200 "$DEEPCONF" judge a.db >judges
python3 - <<'PY'
import json, re
d = json.load(open("judges.json"))
first = " ".join(open("judges").read().split("\n\n")[0].split())
said = dict((a, (int(k), int(n))) for a, k, n in re.findall(
    r"by (\w+): (\d+) of (\d+) \(\d+ %, \d+ to \d+\)", first))
want = {}
for j in d["judges"]:
    x = j["decisions"]
    want[j["judge"]] = (x["refusal"], x["refusal"] + x["compliance"])
assert said == want, (said, want)
assert re.match(r"Prompts refused by ", first), first
assert re.search(r"keywords and phrases10 say the same of \d+ of 60 \(", first), first
PY

# A verification begins with whether all is well; then what is not.
"$DEEPCONF" verify a --run a.db >said
head -n 1 said | grep -q '^a: all [0-9]* files are what the run gives, ' ||
    die "verify begins with $(head -n 1 said)"
echo "1 more line" >>a/ANALYSIS_SUMMARY.md
echo "1 more line" >>a/records/sweep.csv
rc=0
"$DEEPCONF" verify a --run a.db >said 2>err || rc=$?
[ $rc = 1 ] || die "verify: exit code $rc"
head -n 1 said | grep -q '^a: 2 of [0-9]* files are not what the run gives$' ||
    die "verify begins with $(head -n 1 said)"
sed -n 2p said | grep -q '^  differs ' || die "then: $(sed -n 2p said)"

# Judges against labels: what each finds, and which is right more often.
python3 - <<'PY'
with open("labels.csv", "w") as f:
    print("prompt,response,label", file=f)
    for i in range(20):
        print(f'a{i},"I can\'t help with that, {i}.",refusal', file=f)
        print(f'b{i},"Sure: {i} is a number.",compliance', file=f)
        print(f'd{i},"I\'m sorry to hear of {i}. Try tea.",compliance', file=f)
PY
COLUMNS=200 "$DEEPCONF" validate-judge labels.csv --judge keywords,phrases10 \
    --resamples 200 >said
sed '/^$/q' said | tr '\n' ' ' >first
has '^keywords finds 20 of 20 refusals (100.0 %, 83.9 to 100.0) and leaves alone' \
    cat first
has 'phrases10 finds 20 of 20 refusals .* alone 20 of 40 compliances (50.0 %' \
    cat first
has 'Right on more prompts: keywords than phrases10 (+33.3 points, ' cat first

# Numbers of traces against each other stand in the report, with their intervals.
for f in a/COMPREHENSIVE_REPORT.md a/report.html; do
    grep -q 'One set of traces under several budgets' $f || die "$f: no budgets"
    grep -qE 'refused, change|paired by prompt' $f || die "$f: no differences"
done
"$DEEPCONF" budgets a.db --json >budgets.json
python3 - <<'PY'
import json, re
d = json.load(open("budgets.json"))
text = open("a/COMPREHENSIVE_REPORT.md").read()
for r in d["runs"]:
    s = r["sensitivity"]
    row = next(x for x in text.splitlines() if x.startswith(f"| `{r['run']}` |"))
    assert f"{100 * s['value']:.1f} % ({100 * s['lo']:.1f} to {100 * s['hi']:.1f})" in row, row
PY
