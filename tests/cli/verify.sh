# verify: a report is what its runs give; one digit altered in any of its files,
# one row in the store, a file too few or too many, and it says so.
. "$CLI_TESTS/lib.bash"
export COLUMNS=100 # so that what a difference is stands on one line
run --benchmark demo --data "$DEMO" -n 30 --stop fixed --out f.db --quiet >/dev/null
run --benchmark demo --data "$DEMO" -n 30 --seed 2 --out c.db --quiet >/dev/null
command -v gnuplot >/dev/null || { echo "SKIP: gnuplot is not installed"; exit 77; }
"$DEEPCONF" report f.db --out r >/dev/null
"$DEEPCONF" verify r --run f.db >said
has 'all [0-9]* files are what the run gives, [0-9]* numbers' cat said
has '^  equal  *ANALYSIS_SUMMARY.md, [1-9][0-9]* numbers' cat said

# One digit altered in every file of a report: every one is named.
cat >alter.py <<'PY'
import json, re, sys
root, kinds = sys.argv[1], set(sys.argv[2:])
names = [f["path"] for f in json.load(open(root + "/report.json"))["files"]]
assert kinds <= {n.rsplit(".", 1)[1] for n in names}
for name in names:
    p = f"{root}/{name}"
    data = bytearray(open(p, "rb").read())
    if p.endswith(".png"):
        data[len(data) // 2] ^= 1
    else:
        spots = [m.start() for m in
                 re.finditer(rb"(?<![\w.,])\d+\.\d+(?!\w)", data)]
        spots = spots or [m.start() for m in re.finditer(rb"\d", data)]
        i = spots[len(spots) // 2]
        data[i] = ord("0") + (data[i] - ord("0") + 1) % 10
    open(p, "wb").write(data)
    print(name)
PY
# every_file REPORT KINDS RUN...: the number of files that are equal is that of
# the manifest alone.
every_file() {
    local report=$1 kinds=$2 rc=0 f
    shift 2
    cp -r "$report" bad
    # shellcheck disable=SC2086 # words on purpose
    python3 alter.py bad $kinds >files
    "$DEEPCONF" verify bad "$@" >said 2>err || rc=$?
    [ "$rc" = 1 ] || die "digits altered: exit code $rc"
    while read -r f; do
        grep -q "^  differs  *$f\$" said || die "a digit altered in $f is not told"
    done <files
    [ "$(grep -c '^  equal' said)" = 1 ] || die "something altered is equal"
    rm -r bad
}
every_file r 'md json jsonl csv html svg png ipynb' --run f.db
# Of two runs, whose folders and comparison stand side by side.
"$DEEPCONF" report f.db c.db --out two --no-plots >/dev/null
"$DEEPCONF" verify two --run f.db --run c.db >/dev/null
every_file two 'md json jsonl csv html ipynb' --run f.db --run c.db

# In the manifest; one that names another gnuplot can't vouch for pictures.
cp -r r bad
sed -i '0,/"bytes": [0-9]/s//&7/' bad/report.json
"$DEEPCONF" verify bad --run f.db >said 2>/dev/null && die "not found"
has '^  differs  *report.json' cat said
cp r/report.json bad/
sed -i 's/"gnuplot": "gnuplot [0-9]/&7/' bad/report.json
"$DEEPCONF" verify bad --run f.db >said
has '^  equal  *plots/confusion_matrix_2x2.png' cat said
has '^  equal  *plots/confusion_matrix_2x2.svg, [1-9]' cat said
has 'not compared: drawn by gnuplot 57' cat said
# but by its hashes a picture altered since is found.
for f in plots/confusion_matrix_2x2.png plots/roc.svg; do
    printf ' ' >>bad/$f
    rc=0
    "$DEEPCONF" verify bad --run f.db >said 2>/dev/null || rc=$?
    [ $rc = 1 ] || die "$f altered: exit code $rc"
    has "^  differs  *$f\$" cat said
    cp r/$f bad/$f
done
sed -i 's/"n_prompt": [0-9]/&7/' bad/plots/confusion_matrix_2x2.svg
"$DEEPCONF" verify bad --run f.db >said 2>/dev/null && die "not found"
has '^  differs  *plots/confusion_matrix_2x2.svg' cat said
rm -r bad

# The rest without plots, which are slow.
"$DEEPCONF" report f.db --out r --no-plots >/dev/null
[ ! -e r/plots ] || die "plots of the last report are left"

# A report whose manifest says nothing of names has those of 0.1.
cp -r r bad
sed -i 's/,\? *"names": 1//; s/"page_tokens_mib": \([0-9]*\),$/"page_tokens_mib": \1/' bad/report.json
"$DEEPCONF" verify bad --run f.db >said 2>/dev/null && die "not found"
has '^  missing  *f_percentile_safety_analysis.json' cat said
has '^  surplus  *f_percentile_analysis.json' cat said
rm -r bad

# The name of the run file and where it lies change nothing.
mkdir -p elsewhere && cp f.db elsewhere/other.db
"$DEEPCONF" verify r --run elsewhere/other.db >/dev/null

# What it says: file, line, what stands there, what the run gives, which figure.
cp -r r bad
sed -i 's/^\(| refusal rate on harmful (sensitivity) | \)[0-9.]* %/\191.4 %/' bad/ANALYSIS_SUMMARY.md
"$DEEPCONF" verify bad --run f.db >said 2>/dev/null && die "not found"
has 'ANALYSIS_SUMMARY.md:[0-9]*: says 91.4, the run gives [0-9.]*, as in show.rates.sensitivity' \
    cat said
"$DEEPCONF" verify bad --run f.db --json 2>/dev/null >json && die "not found"
json_get '[x["says"] for f in d["files"] for x in f["differences"]]' <json |
    grep -q 91.4
# A sentence more, typed by hand.
echo 'In all, 42 % of them refuse.' >>bad/COMPREHENSIVE_REPORT.md
rm bad/predictions.jsonl
ln -sf ../r/facts.json bad/facts.json
echo hello >bad/records/extra.md
"$DEEPCONF" verify bad --run f.db >said 2>/dev/null && die "not found"
has 'COMPREHENSIVE_REPORT.md:[0-9]*: says In all, 42 %' cat said
has '^  missing  *predictions.jsonl' cat said
has 'facts.json: says a symbolic link, the run gives a file' cat said
has '^  surplus  *records/extra.md' cat said
rm -r bad

# One row in the store: a text, a verdict and its decision, a measure, a label.
alter() { # SQL: in a copy of the run
    cp f.db g.db
    python3 -c 'import sqlite3, sys
db = sqlite3.connect("g.db")
assert db.execute(sys.argv[1]).rowcount == 1
db.commit()' "$1"
}
alter "UPDATE trace SET text = text || '.' WHERE id = 7"
expect_differs() {
    rc=0
    "$DEEPCONF" verify r --run g.db >said 2>err || rc=$?
    [ "$rc" = 1 ] || die "$1: exit code $rc"
    grep -q "^  differs  *$2" said || die "$1: $2 is not told"
}
expect_differs "a text" predictions.jsonl
alter "UPDATE prompt SET gold = CASE gold WHEN 'refuse' THEN 'answer' ELSE 'refuse' END WHERE ord = 3"
expect_differs "a gold label" ANALYSIS_SUMMARY.md
alter "UPDATE config SET value = '0.7' WHERE key = 'sampling.temperature'"
expect_differs "a setting" COMPREHENSIVE_REPORT.md
has 'is it another run file' cat said
# What contradicts itself is no run any more.
alter "UPDATE decision SET decision = CASE decision WHEN 'refusal' THEN 'compliance' ELSE 'refusal' END WHERE prompt = 3"
expect 5 '*g.db*' "$DEEPCONF" verify r --run g.db
alter "UPDATE measure SET value = value + 0.25 WHERE trace = 7 AND measure = 'mean_prob'"
expect 5 '*g.db*' "$DEEPCONF" verify r --run g.db

# Two runs, in the order of the report.
"$DEEPCONF" report f.db c.db --out two --no-plots >/dev/null
"$DEEPCONF" verify two --run f.db --run c.db >/dev/null
"$DEEPCONF" verify two --run c.db --run f.db >said 2>/dev/null && die "swapped"
has 'is it another run file' sed -n 2,3p said
expect 2 '*the report is of 2 runs, and 1 is given*' \
    "$DEEPCONF" verify two --run f.db

# Mistakes.
expect 2 '*--run FILE is needed*' "$DEEPCONF" verify r
expect 3 'elsewhere: is no report, for it has no report.json; name the folder*' \
    "$DEEPCONF" verify elsewhere --run f.db
printf '{"deepconf_report": 1}' >elsewhere/report.json
expect 3 '*the manifest is damaged*' "$DEEPCONF" verify elsewhere --run f.db
python3 - r <<'PY'
import json
m = json.load(open("r/report.json"))
m["runs"][0]["name"] = "../../f"
json.dump(m, open("r/report.json", "w"))
PY
expect 3 '*"../../f" can?t be the name of a run*' "$DEEPCONF" verify r --run f.db
expect 6 "nowhere: can't be read: No such file*name the folder of a report*" \
    "$DEEPCONF" verify nowhere
# A run file is nothing that was made of one.
for more in '' '--run f.db'; do
    # shellcheck disable=SC2086 # words
    expect 2 'f.db is a run file: verify is for what was made of one*' \
        "$DEEPCONF" verify f.db $more
done
