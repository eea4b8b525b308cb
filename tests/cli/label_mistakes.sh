# label: what is refused, and that no label is lost: a kill, half a line, two at
# a time, a full list; and hostile text on a terminal.
. "$CLI_TESTS/lib.bash"
{
    echo 'id,prompt,label'
    for i in 1 2 3 4 5 6; do echo "q$i,\"ask \$(printf) $i\",refuse"; done
} >d.csv
run --data d.csv --stop fixed --max-traces 4 --out r.db -q >/dev/null
run --data d.csv --stop fixed --max-traces 4 --seed 2 --out other.db -q >/dev/null
l() { "$DEEPCONF" label "$@" </dev/null; }
printf 'rrccq' | "$DEEPCONF" label r.db -n 8 --out a.jsonl >/dev/null

# Other runs and other files.
expect 3 'a.jsonl: holds labels of another run: expected the id *, got *; name another file*' l other.db --out a.jsonl
expect 3 '--correct-with: labels of another run: *' "$DEEPCONF" show other.db --correct-with a.jsonl
expect 3 'd.csv: is there and holds no labels of `deepconf label`*' l r.db --out d.csv
expect 3 'r.db: *' l r.db --out r.db
[ "$(head -c 6 r.db)" = SQLite ] || die "the run was written over"
expect 6 'none/x.jsonl: can'\''t be made: *' l r.db --out none/x.jsonl
expect 2 '--judge keywords-request: the labels in a.jsonl were drawn by what the judge keywords says*' l r.db --judge keywords-request --out a.jsonl
expect 3 'the run has no verdict of the judge nobody*' l r.db --judge nobody --out b.jsonl
expect 2 '*--correct-group*' "$DEEPCONF" show r.db --correct-with a.jsonl --correct-group all
expect 2 '*leave out --labels and --field*' "$DEEPCONF" validate-judge a.jsonl --labels generic

# Lines that were changed.
alter() { python3 - "$1" <<'PY'
import json, sys
l = [json.loads(x) for x in open("a.jsonl")]
r = l[2]
exec(sys.argv[1])
open("altered.jsonl", "w").write("".join(json.dumps(x) + "\n" for x in l))
PY
}
changed() {
    alter "$1"
    expect 3 "--correct-with: *$2" "$DEEPCONF" show r.db --correct-with altered.jsonl
}
alter 'pass'
"$DEEPCONF" show r.db --correct-with altered.jsonl >/dev/null
changed 'r["response"] += "!"' 'line 3: its sha256 is not that of its response*'
changed 'r["label"] = "maybe"' 'line 3: "label" is something else; expected refusal*'
changed 'r["id"] = "zz"' 'line 3: the run has no trace * of a prompt zz*'
changed 'r["index"] = 99' 'line 3: the run has no trace 100 of a prompt q*'
changed 'import hashlib; r["response"] = "x"; r["sha256"] = hashlib.sha256(b"x").hexdigest()' 'line 3: the label is of another text than trace*'
changed 'l[0]["strata"][0]["n"] += 1' 'line 1: labels were drawn from *label into a new file*'
changed 'l[0]["run"] = "0" * 64' 'labels of another run*'
changed 'for x in l[1:]: x["stratum"] = None' 'no trace that was drawn by chance has a label that tells (4 were chosen by a person)*'
changed 'for x in l[1:]: x["label"] = "undetermined"' 'no trace that was drawn*'
changed 'del l[0]["format"]' '*'
# A chosen trace is counted and weighs nothing.
alter 'r["stratum"] = None'
"$DEEPCONF" show r.db --correct-with altered.jsonl --json |
    json_get 'd["corrected"]["by_hand"]["chosen"], d["corrected"]["labelled"]' >n
[ "$(cat n)" = "(1, 3)" ] || die "$(cat n)"
# A validation on such labels corrects no run: the labels themselves do.
"$DEEPCONF" validate-judge a.jsonl --out v.json >/dev/null
expect 3 '*drawn by strata from a run; give that run'\''s labels themselves*' "$DEEPCONF" show r.db --correct-with v.json
# Half a line, as a power cut leaves it, is cut off; the others stay.
head -c -20 a.jsonl >half.jsonl
expect 3 '*' "$DEEPCONF" show r.db --correct-with half.jsonl
printf 'q' | "$DEEPCONF" label r.db -n 8 --out half.jsonl >out
grep -q '^3 of 8 drawn' out || die "$(cat out)"
[ "$(wc -l <half.jsonl)" = 4 ] || die "half a line is still there"
# A last line without its end is whole.
printf %s "$(cat a.jsonl)" >whole.jsonl
printf 'rq' | "$DEEPCONF" label r.db -n 8 --out whole.jsonl >out
grep -q '^5 of 8 drawn' out || die "$(cat out)"
[ "$(wc -l <whole.jsonl)" = 6 ] || die "lines ran together"

# A kill loses no label that was given; meanwhile a second process is refused.
mkfifo keys
"$DEEPCONF" label r.db -n 8 --out k.jsonl <keys >/dev/null &
pid=$!
exec 9>keys
printf 'rcr' >&9
until [ -e k.jsonl ] && [ "$(wc -l <k.jsonl)" = 4 ]; do :; done
expect 2 'k.jsonl: another process is labelling into it*' l r.db --out k.jsonl
kill -9 "$pid"
wait "$pid" 2>/dev/null || true
exec 9>&-
printf 'q' | "$DEEPCONF" label r.db -n 8 --out k.jsonl >out
grep -q '^3 of 8 drawn' out || die "$(cat out)"

# A terminal: hostile text does nothing, no line is too wide, and the screen is
# given back.
cat >evil.py <<'PY'
import csv
with open("evil.csv", "w", newline="") as f:
    w = csv.writer(f)
    w.writerow(["id", "prompt", "label"])
    for i in range(3):
        w.writerow([f"e{i}\x1b]0;t\x07", "\x1b[2Jpwn \u202egnorw " + "x" * 300, "refuse"])
PY
python3 evil.py
run --data evil.csv --stop fixed --max-traces 3 --out evil.db -q >/dev/null
cat >terminal.py <<'PY'
import fcntl, os, pty, re, select, struct, sys, termios
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.execv(sys.argv[1], [sys.argv[1], "label", "evil.db", "-n", "4"])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 20, 40, 0, 0))
seen = b""
def until(what, after=0):
    global seen
    while not re.search(what, seen[after:], re.S):
        assert select.select([fd], [], [], 60)[0], (what, seen[-500:])
        more = os.read(fd, 65536)
        assert more, seen
        seen += more
until(rb"of 4 .*quit")
os.write(fd, b"v \x1b[A")
until(rb"judges say")
os.write(fd, b"nhi\x7fey")
until(rb"Note: hey_.*quit.*\x1b\[J")  # and the rest of that screen
at = len(seen)
os.write(fd, b"\x1b")            # a note begun and given up
until(rb"quit", at)
for k in (b"r", b"u", b"c"):
    os.write(fd, k)
until(rb"3 labelled")
os.write(fd, b"\x03")            # Ctrl-C ends and keeps
try:
    while True:
        more = os.read(fd, 65536)
        if not more:
            break
        seen += more
except OSError:
    pass
_, status = os.waitpid(pid, 0)
assert os.waitstatus_to_exitcode(status) == 0, seen[-500:]
assert b"\x1b[?1049h" in seen and b"\x1b[?1049l" in seen
body, after = seen.split(b"\x1b[?1049l")
for bad in (b"\x1b[2J", b"\x1b]0", b"\x07", "\u202e".encode()):
    assert bad not in seen, bad
plain = re.sub(rb"\x1b\[[?0-9;]*[A-Za-z]", b"", body).decode()
for line in plain.replace("\r", "").split("\n")[20:]:
    assert len(line) <= 80, line
assert "3 of 4 drawn traces" in after.decode(), after
PY
python3 terminal.py "$DEEPCONF" || die "terminal"
[ "$(wc -l <evil-labels.jsonl)" = 4 ] || die "$(wc -l evil-labels.jsonl)"
