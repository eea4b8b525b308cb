# What is written by mistake to the wrong place: nothing of the user's is lost,
# devices and links stay what they are, and a failed report leaves the old one.
. "$CLI_TESTS/lib.bash"
run --benchmark demo --data "$DEMO" -n 3 --out r.db --quiet >/dev/null
cp r.db before
labelled >l.csv
cp l.csv labels
mkdir folder
export_to() { "$DEEPCONF" export r.db -f jsonl --out "$1"; }
expect 2 'r.db is an SQLite database, which is not written over*' export_to r.db
cmp before r.db
ln -s r.db link
expect 2 '*r.db is an SQLite database, which is not written over*' export_to link
cmp before r.db
expect 2 '--out folder is a folder; name the file to write' export_to folder
expect 2 'r.db is an SQLite database*' \
    "$DEEPCONF" judge --judge keywords --input l.csv --quiet --out r.db
for c in "judge --quiet --judge keywords --input" "train-judge --data" \
    "validate-judge --judge keywords --data"; do
    # shellcheck disable=SC2086 # words on purpose
    expect 2 '--out l.csv is *that is read; name another one' \
        "$DEEPCONF" $c l.csv --out l.csv
    rc=0 # what was found may be printed all the same
    # shellcheck disable=SC2086
    "$DEEPCONF" $c l.csv --out folder >/dev/null 2>err || rc=$?
    [ "$rc" = 2 ] && grep -q ' folder is a folder; name the file' err ||
        die "$c: $rc: $(cat err)"
    rc=0
    # shellcheck disable=SC2086
    "$DEEPCONF" $c l.csv --out no/x >/dev/null 2>err || rc=$?
    [ "$rc" = 6 ] && grep -q ' no/x: can.t be written: No such file' err ||
        die "$c: $rc: $(cat err)"
done
cmp labels l.csv
[ -z "$(ls folder)" ] || die "something is in the folder"

# A pipe and a link are written to, not replaced.
mkfifo pipe
cat pipe >got &
export_to pipe >/dev/null
wait
[ -p pipe ] || die "the pipe was replaced"
export_to file >/dev/null
cmp got file
ln -s file l
echo old >file
export_to l >/dev/null
[ -L l ] || die "the link was replaced"
cmp got file

# Reports: no name, no folder, and a disk that gets full over an old report.
report() { "$DEEPCONF" report r.db --no-plots "$@"; }
expect 2 "the name of the report's folder is empty" report --out ''
expect 6 '/proc/none: a folder for the report can*t be made here*' \
    report --out /proc/none
report --out rep >/dev/null
cp -r rep old
for limit in 1 40 200; do
    expect 6 'rep/*: can*t be written: File too large' \
        bash -c "ulimit -f $limit; exec $DEEPCONF report r.db --no-plots --out rep"
done
diff -r rep old || die "the old report was changed"
if compgen -G 'rep.*' >/dev/null; then die "something temporary is left"; fi
