# Names beside an output: what lies there is neither followed nor taken, what a
# killed deepconf left is cleared away, and a file that is replaced hands on its
# mode.
. "$CLI_TESTS/lib.bash"
run --data "$DEMO" -n 3 --out r.db --quiet >/dev/null
labelled >l.csv
export_to() { "$DEEPCONF" export r.db -f jsonl --out "$1" >/dev/null; }
judge_to() {
    "$DEEPCONF" judge --judge keywords --input l.csv --quiet --out "$1" >/dev/null
}
echo precious >victim
untouched() { [ "$(cat victim)" = precious ] || die "$1 wrote through a link"; }

# Links in the places of helper files.
export_to want
ln -s victim o.jsonl.part
export_to o.jsonl
untouched export
cmp want o.jsonl
[ ! -L o.jsonl ] && [ -L o.jsonl.part ] || die "the link was taken: $(ls -l)"
ln -s victim n.db-lock
expect 5 'n.db: *n.db-lock is there, and is a link or a file that deepconf did not make*' \
    run --data "$DEMO" -n 1 --quiet --out n.db
untouched run
[ ! -e n.db ] || die "a run without its lock"
for helper in v.csv.part v.csv.part.state; do
    ln -s victim $helper
    expect 2 "$helper: is there, and is a link or a file*" judge_to v.csv
    untouched judge
    rm $helper
done
[ "$(echo v.*)" = 'v.*' ] || die "left over: $(echo v.*)"

# The user's own files by those names; and what is no file.
echo mine >o.jsonl.part.x
rm o.jsonl.part
echo mine >o.jsonl.part
export_to o.jsonl
[ "$(cat o.jsonl.part)" = mine ] || die "the user's file is gone"
echo "my own notes" >n2.db-lock
expect 5 'n2.db: *n2.db-lock is there, and is a link or a file*' \
    run --data "$DEMO" -n 1 --quiet --out n2.db
[ "$(cat n2.db-lock)" = "my own notes" ] || die "the user's file is gone"
: >v.csv.part
expect 2 'v.csv.part: is there, and v.csv.part.state does not say*' judge_to v.csv
[ "$(echo v.*)" = v.csv.part ] || die "left over: $(echo v.*)"
rm v.csv.part
echo "my own state" >v.csv.part.state
expect 2 'v.csv.part.state: is there, and is*' judge_to v.csv
[ "$(cat v.csv.part.state)" = "my own state" ] || die "the user's file is gone"
rm v.csv.part.state
mkfifo v.csv.part n3.db-lock
expect 2 'v.csv.part: is there, and is*' judge_to v.csv
expect 5 'n3.db: *' run --data "$DEMO" -n 1 --quiet --out n3.db
[ -p n3.db-lock ] && [ -p v.csv.part ] || die "a pipe is gone"
rm v.csv.part
# A lock that a killed run left, whole or torn, is taken over.
for left in '' 12 "4711
"; do
    printf %s "$left" >n4.db-lock
    run --data "$DEMO" -n 1 --quiet --out n4.db >/dev/null
done

# A link inside a folder that deepconf names its files in.
mkdir logs docs
echo precious >docs/thesis
"$DEEPCONF" export r.db -f lm-eval --out logs >/dev/null
for f in logs/*; do ln -sf ../docs/thesis "$f"; done
expect 2 'logs/*is there, and is not as an export by deepconf left it*' \
    "$DEEPCONF" export r.db -f lm-eval --out logs
[ "$(cat docs/thesis)" = precious ] || die "a link in the folder was followed"
for f in logs/*; do [ -L "$f" ] || die "$f was written, though it was refused"; done

# Modes. A new file has that of the umask.
mode() { [ "$(stat -c %a "$1")" = "$2" ] || die "$1: $(stat -c %a "$1"), not $2"; }
(umask 027; export_to m.jsonl; judge_to m.csv)
mode m.jsonl 640
mode m.csv 640
"$DEEPCONF" train-judge --data l.csv --out m.dcj >/dev/null
"$DEEPCONF" validate-judge --judge keywords --data l.csv --out m.json >/dev/null
chmod 600 m.*
export_to m.jsonl
judge_to m.csv
"$DEEPCONF" train-judge --data l.csv --out m.dcj >/dev/null
"$DEEPCONF" validate-judge --judge keywords --data l.csv --out m.json >/dev/null
for f in m.*; do mode "$f" 600; done
# So it is in the folder of a report, where a new file has that of the umask.
"$DEEPCONF" report r.db --no-plots --out modes >/dev/null
chmod 700 modes/records
chmod 600 modes/*.* modes/records/*
rm modes/facts.json
"$DEEPCONF" report r.db --no-plots --out modes >/dev/null
mode modes/facts.json 644
mode modes/records 700
for f in modes/*.* modes/records/*; do
    [ "$f" = modes/facts.json ] || mode "$f" 600
done

# What a SIGKILL left is cleared by the next command of that name; what is held
# by a living process is not, nor what only looks like it.
python3 - "$DEEPCONF" <<'PY'
import fcntl, glob, os, subprocess, sys
left = "k.jsonl.deepconf-part-"
held = [open(left + "1", "w"), open(left + "2-7", "w")]
for f in held:
    fcntl.flock(f, fcntl.LOCK_EX)
for name in ("99999999", "99999999-3", "3-x", "", "x"):
    open(left + name, "w").close()
os.mkdir(left + "5")
os.symlink("../docs", left + "5/sub")
os.symlink("docs", left + "6")
subprocess.run([sys.argv[1], "export", "r.db", "-f", "jsonl", "--out", "k.jsonl"],
               check=True, stdout=subprocess.DEVNULL)
now = sorted(n[len(left):] for n in glob.glob(left + "*"))
assert now == ["", "1", "2-7", "3-x", "6", "x"], now
assert os.listdir("docs") == ["thesis"]
for name in now:
    os.unlink(left + name)
PY
[ -z "$(find . -name '*.deepconf-part-*')" ] ||
    die "left over: $(find . -name '*deepconf-part*')"

# A signal ends a command that waits for a pipe, to be written or to be read.
mkfifo to from
python3 - "$DEEPCONF" <<'PY'
import signal, subprocess, sys, time
waits = {"write": ["--input", "l.csv", "--out", "to"],
         "read": ["--input", "from", "--out", "w.jsonl"]}
for what, args in waits.items():
    p = subprocess.Popen([sys.argv[1], "judge", "--judge", "keywords", "--quiet",
                          *args], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    if what == "read":  # it has the pipe open, and more rows than one read
        w = open("from", "w")
        w.write('{"response": "No."}\n' * 4000)
        w.flush()
    while True:  # until it sleeps with the handler in place
        status = open(f"/proc/{p.pid}/status").read()
        caught = int(status.split("SigCgt:")[1].split()[0], 16)
        if "State:\tS" in status and caught & 1 << (signal.SIGTERM - 1):
            break
        assert p.poll() is None, p.communicate()
        time.sleep(0.001)
    p.terminate()
    said = p.communicate()[1]
    assert p.returncode == 130 and b"interrupted" in said, (what, p.returncode, said)
PY
