# A report's folder that somebody else made: links, pipes and paths in it lead
# nowhere, and nothing in it is waited for or read without end.
. "$CLI_TESTS/lib.bash"
run --data "$DEMO" -n 2 --out r.db --quiet >/dev/null
report() { "$DEEPCONF" report r.db --no-plots --out "$@"; }
verify() { timeout -s KILL 60 "$DEEPCONF" verify "$1" --run r.db; }
report good >/dev/null
mkdir docs out
echo precious >docs/thesis.md
received() { rm -rf rep && cp -r good rep; }
untouched() {
    [ "$(cat docs/thesis.md)" = precious ] || die "$1: the thesis"
    [ -z "$(ls -A out)" ] || die "$1: $(ls -A out)"
    [ "$(ls docs)" = thesis.md ] || die "$1: $(ls docs)"
}
# names PATH...: the manifest names these files, too.
names() {
    python3 - "$@" <<'PY'
import json, sys
m = json.load(open("rep/report.json"))
m["files"] += [{"path": p, "bytes": 9, "sha256": "0" * 64} for p in sys.argv[1:]]
json.dump(m, open("rep/report.json", "w"))
PY
}

# Paths of a manifest: through links, upward, absolute, odd.
received
ln -s ../docs rep/sub
ln -s ../../docs rep/records/deep
ln -s "$PWD/docs" rep/abs
names sub/thesis.md records/deep/thesis.md abs/thesis.md ../docs/thesis.md \
    records/../../docs/thesis.md "$PWD/docs/thesis.md" sub/../sub/thesis.md \
    ./sub/thesis.md sub//thesis.md sub/ records report.json . .. '' /
report rep >/dev/null
untouched paths
[ -L rep/sub ] || die "a link that the user has is gone"
rm rep/sub rep/records/deep rep/abs
diff -r good rep

# A link in the place of a folder, and of a file.
received
rm -r rep/records && ln -s ../out rep/records
expect 3 'rep/records: is a symbolic link, and the report has a folder there: nothing was written*' \
    report rep
untouched folder
rc=0
verify rep >said 2>err || rc=$?
[ $rc = 1 ] || die "verify: $rc"
has '^  missing  *records/show.json' cat said
has 'records: says a symbolic link' cat said
received
rm rep/facts.json && ln -s ../docs/thesis.md rep/facts.json
mkdir rep/records/sweep.csv.d
rc=0
verify rep >said 2>err || rc=$?
[ $rc = 1 ] || die "verify: $rc"
has 'facts.json: says a symbolic link, the run gives a file' cat said
report rep >/dev/null
untouched file
[ ! -L rep/facts.json ] && [ -d rep/records/sweep.csv.d ]
rmdir rep/records/sweep.csv.d
diff -r good rep
# A folder in the place of a file.
received
rm rep/facts.json && mkdir rep/facts.json && cp -r rep before
expect 3 'rep/facts.json: is a folder, and the report has a file there*' report rep
diff -r before rep && rm -r before
# A file that is linked elsewhere keeps its other name.
received
ln docs/thesis.md rep/twin && mv rep/twin rep/facts.json
report rep >/dev/null
untouched twin
diff -r good rep

# What is no file.
thing() { # KIND PATH
    rm -rf "$2"
    case $1 in
    pipe) mkfifo "$2" ;;
    socket) python3 -c 'import socket, sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$2" ;;
    link) ln -s ../docs/thesis.md "$2" ;;
    device) ln -s /dev/zero "$2" ;;
    esac
}
for kind in pipe socket link device; do
    received
    thing $kind rep/report.json
    expect 6 'rep/report.json: is a *; name the folder*' verify rep
    expect 2 'rep/report.json: is a *: so rep is not taken for a report, and nothing was written*' \
        report rep
    for f in facts.json report.html records/sweep.csv; do
        received
        thing $kind rep/$f
        rc=0
        verify rep >said 2>err || rc=$?
        [ $rc = 1 ] && grep -q "^  differs  *$f\$" said || die "$kind $f: $rc: $(cat said err)"
        thing $kind rep/records/more
        verify rep >said 2>err && die "not found"
        has '^  surplus  *records/more' cat said
        rm rep/records/more
        report rep >/dev/null
        untouched $kind
        diff -r good rep
    done
done
received
rm rep/facts.json && cp good/facts.json facts && ln -s ../facts rep/facts.json
verify rep >said 2>err && die "a link to the right bytes passed"

# Without end: a manifest, a file, a line, a folder.
limit=$(may_have -v 2000000)
received
python3 - <<'PY'
import os
open("rep/report.json", "w").write("[" + "{}," * 1500000 + "{}]")
os.truncate("rep/facts.json", 1 << 34)
for i in range(3000):
    open(f"rep/records/more{i}", "w").close()
PY
(ulimit -v $limit; expect 3 'rep/report.json: is larger than *' verify rep)
(ulimit -v $limit; expect 2 'rep/report.json: is larger than *: so rep is not*' report rep)
cp good/report.json rep/
rc=0
(ulimit -v $limit; verify rep >said 2>err) || rc=$?
[ $rc = 1 ] || die "verify: $rc"
has 'facts.json: says 17179869184 bytes, the run gives [0-9]*' cat said
tells 'and 2,\?000 more files that the set does not have' cat said
has '^rep: 3001 of ' cat said
# A page of results alone.
head -c 100000000 /dev/zero | tr '\0' x >page.md
(ulimit -v $limit; expect 3 'page.md: has no line*' verify page.md)
mkfifo page.pipe
expect 6 'page.pipe: is no folder*' verify page.pipe

# The folder itself may be a link: the user named it.
rm -rf rep && mkdir elsewhere && ln -s elsewhere rep
report rep >/dev/null
[ -L rep ] && diff -r good elsewhere
verify rep >/dev/null
report rep >/dev/null
[ -L rep ] && diff -r good elsewhere
rm -r elsewhere
report rep >/dev/null # a link that leads nowhere yet
[ -L rep ] && diff -r good elsewhere
[ -z "$(find . -name '*deepconf-part*')" ] || die "left over"

# Folders within folders, as deep as no path reaches.
received
rm rep/report.json
python3 - <<'PY'
import os
at = os.open("rep", os.O_RDONLY)
name = 250 * "d"
for i in range(20):
    os.mkdir(name, dir_fd=at)
    below = os.open(name, os.O_RDONLY, dir_fd=at)
    os.close(at)
    at = below
PY
expect 6 'rep/ddd*: can?t be written: File name too long' report rep
cp good/report.json rep/
expect 6 'rep/ddd*: can?t be read: File name too long*' verify rep
report rep >/dev/null # it is nobody's of the set
rm -r rep/ddd*
diff -r good rep
