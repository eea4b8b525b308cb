# RESULTS.md: several runs on one page, that can be checked alone, wherever it
# lies: one digit altered is found and named with its line.
. "$CLI_TESTS/lib.bash"
export COLUMNS=100 # sentences of `verify` on one line
run --benchmark demo --data "$DEMO" -n 40 --stop fixed --out a.db --quiet >/dev/null
run --benchmark demo --data "$DEMO" -n 40 --stop fixed --seed 2 --out b.db \
    --quiet >/dev/null
for f in a b; do
    "$DEEPCONF" judge $f.db --judge keywords-request --quiet >/dev/null
done
"$DEEPCONF" report a.db b.db --out r --no-plots >/dev/null
[ ! -e r/a/RESULTS.md ] || die "a page of one run"
"$DEEPCONF" verify r --run a.db --run b.db >said
has '^  equal  *RESULTS.md, [1-9][0-9]* numbers' cat said

# With too few runs those that it is of are named, as there may be no report.json.
expect 2 '*the report is of 2 runs, and 1 is given; name the file of each with --run, in this order: a, b' \
    "$DEEPCONF" verify r/RESULTS.md --run a.db

# Alone, under another name, elsewhere.
mkdir docs
cp r/RESULTS.md docs/page.md
"$DEEPCONF" verify docs/page.md --run a.db --run b.db >said
has '^docs/page.md: is what the runs give, [1-9][0-9]* numbers$' cat said

# Figures are what the commands print.
for judge in keywords keywords-request; do
    "$DEEPCONF" show a.db --judge $judge --json >show.$judge
    "$DEEPCONF" stats a.db --judge $judge --json >stats.$judge
done
"$DEEPCONF" sweep a.db --json >sweep
python3 - <<'PY'
import json, re
page = open("docs/page.md").read()
rows = [[c.strip() for c in l.strip("|").split(" | ")]
        for l in page.splitlines() if l.startswith("|")]
def prop(p):
    return "%.1f %% (%.1f to %.1f), %d of %d" % (
        100 * p["value"], 100 * p["lo"], 100 * p["hi"], p["k"], p["n"])
def boot(a):
    b = a["auroc"]
    if b["interval"] == "few":
        return "%.3f (few) %d/%d" % (
            b["value"], a["positive"], a["negative"])
    return "%.3f (%.3f to %.3f) %d/%d" % (
        b["value"], b["lo"], b["hi"], a["positive"], a["negative"])
for judge in "keywords", "keywords-request":
    r = json.load(open("show." + judge))["rates"]
    want = ["a", f"`{judge}`", prop(r["sensitivity"]), prop(r["specificity"]),
            prop(r["accuracy"])]
    assert any(x[:5] == want for x in rows), want
    d = json.load(open("stats." + judge))["measures"][0]["discrimination"]
    for name, t, of in (("a trace is right", d["correct"], None),
                        ("a decision is right", d["correct"], "decisions"),
                        ("a trace is a refusal", d["refusal"], None),
                        ("a decision is a refusal", d["refusal"], "decisions")):
        t = t[of] if of else t
        want = ["a", f"`{judge}`", name] + [
            boot(t[s]) for s in ("all", "to_refuse", "to_answer")]
        assert any(x[:6] == want for x in rows), (want, rows)
shown = right = 0
for x in json.load(open("sweep"))["rows"]:
    name = x["setting"]
    for y in rows:
        if y[0] == f"`{name}`" and len(y) == 7:
            shown += 1
            right += (y[3] == "%.1f %%" % (100 * x["tokens_saved"]) and
                      y[4] == prop(x["changed"]))
assert right >= 10 and 2 * right >= shown, (right, shown)
# Facts of the other judge have the command that gives them.
facts = {f["name"]: f for f in json.load(open("r/a/facts.json"))["facts"]}
f = facts["show[keywords-request].rates.sensitivity"]
assert "--judge 'keywords-request'" in f["command"], f
assert f["value"] == json.load(
    open("show.keywords-request"))["rates"]["sensitivity"]["value"]
PY

# One digit altered, in each line that has a number: found, with its line.
python3 - <<'PY' >lines
import re
text = open("docs/page.md").read().splitlines(True)
n = 0
for i, l in enumerate(text):
    m = re.search(r"(?<![\w.,])\d+\.\d+(?!\w)", l)
    if not m or l.startswith("<!--"):
        continue
    j = m.end() - 1
    bad = l[:j] + str((int(l[j]) + 1) % 10) + l[j + 1:]
    text[i] = bad
    print(i + 1)
open("docs/bad.md", "w").write("".join(text))
PY
[ "$(wc -l <lines)" -gt 20 ] || die "few lines have figures"
rc=0
"$DEEPCONF" verify docs/bad.md --run a.db --run b.db >said 2>err || rc=$?
[ $rc = 1 ] || die "digits altered: exit code $rc"
has "docs/bad.md:$(head -1 lines): says .*, the run gives" cat said
first=$(sed 's/.*: says \([0-9.]*\), the run gives \([0-9.]*\).*/\1 \2/;q' \
    <(grep ': says' said))
[ "${first% *}" != "${first#* }" ] || die "no two numbers: $first"
tells ', as in [ab]/[a-z]*[.[]' cat said # the name of a figure may be on the next line
# One digit alone.
sed '0,/[0-9]\.[0-9] %/s//9.9 %/' docs/page.md >docs/one.md
if cmp -s docs/page.md docs/one.md; then die "nothing altered"; fi
rc=0
"$DEEPCONF" verify docs/one.md --run a.db --run b.db --json >said 2>err || rc=$?
[ $rc = 1 ] || die "one digit: exit code $rc"
[ "$(json_get 'd["files"][0]["state"]' <said)" = differs ] || die "one digit"

# A row altered in the store, runs in another order, too few, no page.
cp a.db c.db
python3 - <<'PY'
import sqlite3
h = sqlite3.connect("c.db")
h.execute("UPDATE measure SET value = value * 0.99 WHERE measure = 'mean_prob'"
          " AND trace % 7 = 0")
h.commit()
PY
rc=0
"$DEEPCONF" verify docs/page.md --run c.db --run b.db >said 2>err || rc=$?
[ $rc = 1 ] || [ $rc = 5 ] || die "a row altered: exit code $rc"
"$DEEPCONF" verify docs/page.md --run b.db --run a.db >said 2>/dev/null &&
    die "swapped"
tells 'is it another run file' cat said
expect 2 '*the report is of 2 runs, and 1 is given*' \
    "$DEEPCONF" verify docs/page.md --run a.db
echo '# mine' >docs/mine.md
expect 3 'docs/mine.md: has no line*' "$DEEPCONF" verify docs/mine.md --run a.db
printf '<!-- deepconf report: {"deepconf_report":7} -->\n' >docs/mine.md
expect 3 'docs/mine.md: the line*is damaged*' "$DEEPCONF" verify docs/mine.md \
    --run a.db

# Nothing of a prompt or a response stands there.
python3 - <<'PY'
import json
page = open("docs/page.md").read()
n = 0
for l in open("r/a/predictions.jsonl"):
    d = json.loads(l)
    for text in [d["prompt"]] + [t["text"] for t in d["traces"]]:
        n += 1
        assert len(text) < 12 or text not in page, text
assert n == 40 * 11, n
PY

# Runs that stopped early: what is said is of the runs it is known of, and each
# section says what its replay is over.
run --benchmark demo --data "$DEMO" -n 40 --answer-window 4 --out w.db --quiet \
    >/dev/null
run --benchmark demo --data "$DEMO" -n 40 --stop 'unanimous(3)' --out u.db \
    --quiet >/dev/null
"$DEEPCONF" report a.db w.db u.db --out early --no-plots >/dev/null
has 'over 1 of 3 runs (what it saves in the others is not known)' \
    cat early/RESULTS.md
has '^40 prompts replayed. The run.s traces end after 4 tokens' \
    cat early/RESULTS.md
has '| not known, [0-9]* of 40' cat early/RESULTS.md
has '^  equal  *RESULTS.md' "$DEEPCONF" verify early --run a.db --run w.db --run u.db

# What is said of a judge's errors stands in docs/JUDGES.md.
grep -o 'On 1,350 .*(docs/JUDGES' docs/page.md | grep -o '[0-9][0-9]\.[0-9]' |
    sort -u >figures
[ "$(wc -l <figures)" -ge 10 ] || die "no errors of judges: $(cat figures)"
while read -r x; do
    grep -qF " $x " "$REPO/docs/JUDGES.md" || die "$x is not in docs/JUDGES.md"
done <figures

# make results says what it lacks before it does anything.
rc=0
env -u DEEPCONF_DATA_DIR "$REPO/scripts/results" >said 2>&1 || rc=$?
[ $rc = 1 ] || die "scripts/results: exit code $rc: $(cat said)"
has '^results: --data DIR or DEEPCONF_DATA_DIR is needed' cat said
rc=0
"$REPO/scripts/results" --data nowhere >said 2>&1 || rc=$?
[ $rc = 1 ] || die "scripts/results: exit code $rc: $(cat said)"
has 'nowhere has no xstest_prompts.csv' cat said
# Data sets are looked for where DEEPCONF_DATA_DIR says, by all who need them.
export DEEPCONF_DATA_DIR=nowhere
rc=0
"$REPO/scripts/results" >said 2>&1 || rc=$?
[ $rc = 1 ] || die "scripts/results: exit code $rc: $(cat said)"
has 'nowhere has no xstest_prompts.csv' cat said
rc=0
python3 "$REPO/scripts/judges_figures.py" --check --only all >said || rc=$?
[ $rc = 77 ] || die "judges_figures: exit code $rc: $(cat said)"
has 'there is no nowhere/xstest/.*set DEEPCONF_DATA_DIR' cat said
