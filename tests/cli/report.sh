# report: the set of files, the same bytes for the same run, records equal to
# what the commands print, and folders that are not ours left alone.
. "$CLI_TESTS/lib.bash"
run --benchmark demo --data "$DEMO" -n 40 --stop fixed --out f.db --quiet >/dev/null
run --benchmark demo --data "$DEMO" -n 40 --seed 2 --out c.db --quiet >/dev/null
command -v gnuplot >/dev/null || { echo "SKIP: gnuplot is not installed"; exit 77; }

# One run: its files, and again from elsewhere and with other threads.
"$DEEPCONF" report f.db --threads 1 >said
has 'f-report: .* files' cat said
mkdir other
(cd other && "$DEEPCONF" report ../f.db --out "$PWD/r/" --threads 3 >/dev/null)
diff -r f-report other/r || die "the same run gave another report"
if grep -rl "$PWD" f-report; then die "a path of this machine is in it"; fi

# The request's six plots, under names that fit, and each plot stands in the
# long document.
for p in confusion_matrix_2x2 percentile_curves confidence_by_correctness \
    confidence_by_category confidence_by_label trace_evolution; do
    [ -s f-report/plots/$p.png ] && [ -s f-report/plots/$p.svg ]
done
# Those of several judges are of a run that has several.
for p in rates_by_judge judge_agreement; do
    [ ! -e f-report/plots/$p.svg ] || die "$p of one judge"
done
for p in f-report/plots/*.svg; do
    has "](plots/$(basename "$p"))" cat f-report/COMPREHENSIVE_REPORT.md
done

# The manifest names every file there is, with its hash.
python3 - f-report <<'PY'
import hashlib, json, os, sys
root = sys.argv[1]
m = json.load(open(root + "/report.json"))
listed = {f["path"]: f for f in m["files"]}
found = {os.path.relpath(os.path.join(d, x), root) for d, _, fs in
         os.walk(root) for x in fs} - {"report.json"}
assert found == set(listed), found ^ set(listed)
for p, f in listed.items():
    data = open(os.path.join(root, p), "rb").read()
    assert f["bytes"] == len(data)
    assert f["sha256"] == hashlib.sha256(data).hexdigest(), p
PY

# The records are what the commands say.
cp f.db f
for c in show stats stability budgets sweep calibrate; do
    "$DEEPCONF" $c f --json 2>/dev/null >want || true # calibrate: no offer
    cmp want f-report/records/$c.json
done
"$DEEPCONF" stats f --question compliance-risk --json >want
cmp want f-report/records/compliance_risk.json
grep -q '^Are uncertain compliances riskier than confident ones? ' \
    f-report/COMPREHENSIVE_REPORT.md
"$DEEPCONF" judge f --json >want
cmp want f-report/records/judges.json
"$DEEPCONF" sweep f --csv | cmp - f-report/records/sweep.csv

# Two runs, a folder each and a comparison; then one of them alone in the same
# folder: what is no more in the set goes, what is not ours stays.
"$DEEPCONF" report f.db c.db --out two --no-plots >/dev/null
cmp two/f/records/show.json f-report/records/show.json
[ -s two/COMPARISON.md ] && [ -s two/compare/f_and_c.json ] &&
    [ -s two/compare.html ]
echo mine >two/notes.txt
"$DEEPCONF" report f.db --out two --no-plots >/dev/null
rm two/notes.txt
"$DEEPCONF" report f.db --out plain --no-plots >/dev/null
diff -r two plain || die "what the old report had is still there"
"$DEEPCONF" report f.db f.db --judge keywords --judge \
    keywords --no-plots --out twice >/dev/null
[ -d twice/f ] && [ -d twice/f-2 ]

# Folders of others, and runs that are none.
mkdir foreign && echo mine >foreign/thesis.txt
expect 2 'foreign has files that are not of a report*thesis.txt*' \
    "$DEEPCONF" report f.db --out foreign
[ "$(ls foreign)" = thesis.txt ]
expect 2 'thesis.txt is no folder*' env -C foreign "$DEEPCONF" report ../f.db \
    --out thesis.txt
expect 6 '*none.db*' "$DEEPCONF" report none.db --out new
[ ! -e new ] || die "a folder for nothing"
expect 2 '*--judge is given 2 times for 1 run file*' \
    "$DEEPCONF" report f.db --judge a --judge b

# A signal in the middle: exit code 130, the old report whole, nothing left over,
# and a gnuplot that hangs is ended.
mkdir -p hangs tmp
printf '#!/bin/sh\n: >drawing\nexec sleep 60\n' >hangs/gnuplot
chmod +x hangs/gnuplot
"$DEEPCONF" report f.db --out held --no-plots >/dev/null
cp -r held held-before
cp -r held drawn && sed -i 's/"gnuplot": null/"gnuplot": "gnuplot 5.4"/' drawn/report.json
interrupted() { # SIGNAL COMMAND...
    local sig=$1 pid rc=0
    shift
    rm -f drawing
    TMPDIR=$PWD/tmp PATH=$PWD/hangs:$PATH "$DEEPCONF" "$@" >/dev/null 2>err &
    pid=$!
    until_made drawing $pid "$1"
    kill "-$sig" $pid
    wait $pid || rc=$?
    [ $rc = 130 ] || die "$1 on SIG$sig: exit code $rc: $(cat err)"
    has interrupted cat err
    [ -z "$(ls -A tmp; ls -d ./held*part* 2>/dev/null)" ] || die "left over"
}
interrupted TERM report f.db --out held
interrupted TERM verify drawn --run f.db
diff -r held held-before

ls -d ./*deepconf-part* 2>/dev/null && die "temporary folders are left"
exit 0
