# A report that is ended at any change it makes to a folder, by SIGKILL or by a
# call that fails, is made good by the same command; and nothing is left over.
. "$CLI_TESTS/lib.bash"
fault_shim
run --data "$DEMO" -n 2 --out a.db --quiet >/dev/null
run --data "$DEMO" -n 2 --seed 2 --out b.db --quiet >/dev/null
report() { "$DEEPCONF" report a.db --no-plots --out "$1" >/dev/null 2>err; }
report good
"$DEEPCONF" report b.db --no-plots --out other >/dev/null
# The old one has files that the new one has not, and one of the user's.
mkdir other/plots && echo old >other/plots/roc.svg && echo mine >other/notes.txt
python3 - <<'PY'
import json
m = json.load(open("other/report.json"))
m["files"].append({"path": "plots/roc.svg", "bytes": 4, "sha256": "0" * 64})
json.dump(m, open("other/report.json", "w"))
PY

before() { # the folder as it is before: not there, empty, another report
    rm -rf rep
    case $1 in
    empty) mkdir -m 750 rep ;;
    old) cp -r other rep ;;
    esac
}
# whole KIND WHAT: rep is the new report, and the user's file is there.
whole() {
    if [ "$1" = old ]; then
        [ "$(cat rep/notes.txt)" = mine ] || die "$2: the user's file is gone"
        rm rep/notes.txt
    fi
    diff -r good rep || die "$2: another report"
    [ "$(echo rep*)" = rep ] || die "$2: left over: $(echo rep*)"
    [ "$1" != empty ] || [ "$(stat -c %a rep)" = 750 ] || die "$2: the mode"
}
# ended KIND CALLS ERRNO STEP: at every STEP-th of those calls.
ended() {
    local kind=$1 calls=$2 errno=$3 step=$4 n k rc
    before "$kind"
    FAULT_CALLS=$calls FAULT_COUNT=n LD_PRELOAD=$PWD/fault.so report rep
    whole "$kind" "$kind, $calls"
    n=$(cat n)
    [ "$n" -gt 0 ] || die "$kind, $calls: no such call"
    for ((k = 1; k <= n; k += step)); do
        before "$kind"
        rc=0
        { FAULT_CALLS=$calls FAULT_AT=$k FAULT_ERRNO=$errno \
            LD_PRELOAD=$PWD/fault.so report rep; } 2>/dev/null || rc=$?
        what="$kind, $calls $k of $n (${errno:-killed}: $rc)"
        [ -n "$errno" ] || [ $rc = 137 ] || die "$what: not killed"
        # An error is told, unless it came when all was done.
        if [ $rc = 0 ]; then
            [ "$calls" = u ] || die "$what: no error"
        elif [ -n "$errno" ]; then
            [ $rc = 6 ] && [ -s err ] || die "$what: $(cat err)"
        fi
        # Half of it is never taken for a report.
        if [ -e rep/report.json ] && ! cmp -s rep/report.json good/report.json &&
            ! cmp -s rep/report.json other/report.json; then
            rc=0
            "$DEEPCONF" verify rep --run a.db >/dev/null 2>err || rc=$?
            [ $rc = 3 ] && grep -q 'the report is not whole' err ||
                die "$what: verify: $rc: $(cat err)"
        fi
        report rep || die "$what: can't be made again: $(cat err)"
        whole "$kind" "$what"
    done
}
ended new rm '' 1
ended empty rm '' 9
ended old rmu '' 3
ended new o '' 15
ended old s '' 40
ended new rm 5 3 # EIO
ended old rm 28 13 # ENOSPC
ended old s 5 40
ended old u 13 4 # EACCES

# While another one is at work its folder is left alone.
mkdir rep2.deepconf-part-1 rep2.deepconf-part-2
echo half >rep2.deepconf-part-2/facts.json
exec 9<rep2.deepconf-part-1
flock 9
report rep2
[ "$(echo rep2*)" = "rep2 rep2.deepconf-part-1" ] || die "$(echo rep2*)"
exec 9<&-

# A folder of somebody else's stays refused, one that looks like a report too.
mkdir foreign && cp good/facts.json foreign/ && echo '{}' >foreign/predictions.jsonl
rc=0
report foreign || rc=$?
[ $rc = 2 ] && grep -q 'foreign has files that are not of a report (such as predictions.jsonl)' err ||
    die "$rc: $(cat err)"
[ "$(ls -A foreign)" = "facts.json
predictions.jsonl" ] || die "$(ls -A foreign)"
# What a killed version 0.1 left: some files, each as it will be, no manifest.
rm foreign/predictions.jsonl && mkdir foreign/records && cp good/records/show.json foreign/records
report foreign
diff -r good foreign
# The same of two runs; and folders of somebody else's.
two() { "$DEEPCONF" report a.db b.db --no-plots --out "$1" >/dev/null 2>err; }
two both && cp -r both part
rm -r part/report.json part/RESULTS.md part/b part/a/report.html
two part
diff -r both part
rm part/report.json && echo mine >part/b/notes.txt
rc=0
two part || rc=$?
[ $rc = 2 ] && grep -q 'part has files that are not of a report (such as b/notes.txt)' err ||
    die "$rc: $(cat err)"
[ ! -e part/report.json ] && [ "$(find part -name '*deepconf*')" = "" ]
