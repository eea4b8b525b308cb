# `deepconf judge` stopped by a signal: exit code 130, what is committed stays,
# the same command goes on and gives what it gives at one go.
. "$CLI_TESTS/lib.bash"
run --judge keywords-request --benchmark demo --data "$DEMO" --stop fixed \
    --out r.db --quiet >/dev/null
cp r.db whole.db
"$DEEPCONF" judge whole.db --judge keywords --quiet >want
python3 - "$DEEPCONF" <<'PY'
import shutil, signal, sqlite3, subprocess, sys
prog = sys.argv[1]
q = "SELECT count(*) FROM verdict WHERE judge = 'keywords'"

def judged(h):
    return h.execute(q).fetchone()[0]

for sig in (signal.SIGINT, signal.SIGTERM):
    for attempt in range(50):
        shutil.copy("r.db", "part.db")
        p = subprocess.Popen(
            [prog, "judge", "part.db", "--judge", "keywords"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        h = sqlite3.connect("part.db", timeout=60)
        while p.poll() is None and judged(h) == 0:
            pass
        p.send_signal(sig)
        out, err = p.communicate()
        n = judged(h)
        h.close()
        if n < 2000: # else it was quicker than we were
            break
    assert 0 < n < 2000, n
    assert p.returncode == 130, (p.returncode, err)
    assert out == "", out
    assert f"keywords has judged {n} of 2000 traces" in err, err
    assert "the same command goes on" in err, err
PY
[ "$(ls part.db*)" = part.db ] || die "left over: $(ls)"
"$DEEPCONF" judge part.db --judge keywords >got 2>err
grep -q 'traces judged in .* before$' err || die "said: $(cat err)"
diff <(sed s/whole.db/part.db/ want) got
python3 - <<'PY'
import sqlite3
a, b = (sqlite3.connect(f).execute(
    "SELECT * FROM verdict ORDER BY trace, judge").fetchall()
    for f in ("whole.db", "part.db"))
assert len(a) == 4000 and a == b
PY

# Rows from elsewhere: killed at any point, the same command ends with the same
# bytes, and says how much was judged before.
cat >kill.py <<'PY'
"""Start a command with --out OUT until marks are written, end it by a signal,
then tear and spoil what it left: kill.py HOW SIGNAL OUT COMMAND..."""
import os, signal, subprocess, sys, time
how, sig, out, *cmd = sys.argv[1:]
part, state = out + ".part", out + ".part.state"

def marks():
    try:
        return open(state, "rb").read().count(b"\n") - 1
    except FileNotFoundError:
        return 0

for attempt in range(20):
    before = marks()
    p = subprocess.Popen(
        cmd + ["--out", out], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    while p.poll() is None and marks() < before + 2:
        time.sleep(0.001)
    p.send_signal(getattr(signal, sig))
    said, err = p.communicate()
    if p.returncode != 0: # else it was quicker than we were
        break
    os.remove(out)
assert not os.path.exists(out) and os.path.getsize(part) > 0, os.listdir()
assert said == "", said
if sig == "SIGKILL":
    assert p.returncode == -9, (p.returncode, err)
else:
    assert p.returncode == 130, (p.returncode, err)
    assert f"their verdicts are in {part}, the same command goes on" in err, err
if how == "torn": # in the middle of a row, and of a mark
    open(part, "ab").write(b'{"line": 999999, "id"')
    open(state, "ab").write(b'{"bytes": 12, "sha')
elif how == "longer": # a whole row that no mark vouches for
    open(part, "ab").write(b'{"line": 1, "verdict": "refusal"}\n')
elif how == "lost": # a block that never reached the disk
    with open(part, "r+b") as f:
        f.seek(-20, 2)
        f.write(bytes(20))
elif how == "shorter":
    os.truncate(part, os.path.getsize(part) - 1)
else:
    assert how == "whole", how
PY
python3 - <<'PY'
import csv, json
words = "Sure, here you are. Take the bus to the lake and walk. " * 12
rows = [(f"r{i}", "Why?" * (i % 9), ("" if i % 7 == 0 else
         "I can't help\n\"with\" that, =1. " if i % 3 == 0 else "") +
         (words if i % 7 else "")) for i in range(16000)]
with open("in.jsonl", "w") as f:
    for i, p, r in rows:
        f.write(json.dumps({"id": i, "prompt": p, "response": r}) + "\n")
with open("in.csv", "w", newline="") as f:
    w = csv.writer(f)
    w.writerow(["id", "prompt", "response"])
    w.writerows(rows)
PY
J=("$DEEPCONF" judge --judge keywords,keywords-request)
for end in jsonl csv; do
    "${J[@]}" --input in.$end --out whole.$end --quiet >said.$end
    for how in whole torn longer lost shorter; do
        python3 kill.py $how SIGKILL o.$end "${J[@]}" --input in.$end
        "${J[@]}" --input in.$end --out o.$end >said 2>err
        cmp o.$end whole.$end
        cmp said said.$end
        grep -q '^going on: [1-9][0-9]* responses judged before$' err ||
            die "$how: said: $(cat err)"
        grep -q 'responses judged in .*, [1-9][0-9]* before$' err ||
            die "$how: said: $(cat err)"
        [ "$(echo o.*)" = o.$end ] || die "left over: $(ls)"
        rm o.$end
    done
done

# By Ctrl-C, twice over; the rest from a pipe.
python3 kill.py whole SIGINT o.jsonl "${J[@]}" --input in.jsonl
python3 kill.py whole SIGTERM o.jsonl "${J[@]}" --input in.jsonl
"${J[@]}" --input - --out o.jsonl --quiet <in.jsonl >/dev/null
cmp o.jsonl whole.jsonl
rm o.jsonl

# Another command is refused, and what was judged stays.
python3 kill.py whole SIGKILL o.jsonl "${J[@]}" --input in.jsonl
cp o.jsonl.part kept
same=(--input in.jsonl --out o.jsonl --quiet)
expect 2 "o.jsonl.part: holds the verdicts of another command: judges is 'keywords,keywords-request' there and 'keywords' now: give that command to go on, or delete the file*" \
    "$DEEPCONF" judge --judge keywords "${same[@]}"
expect 2 "*: column.id is 'id' there and 'prompt' now: *" \
    "${J[@]}" --field id=prompt "${same[@]}"
sed 's/^{"deepconf judge":1/{"deepconf judge":2/' -i o.jsonl.part.state
expect 2 'o.jsonl.part: is there, and o.jsonl.part.state does not say by which command*' \
    "${J[@]}" "${same[@]}"
sed 's/^{"deepconf judge":2/{"deepconf judge":1/' -i o.jsonl.part.state
sed '0,/Why/s//Who/' in.jsonl >other.jsonl
expect 2 'other.jsonl: is not what o.jsonl.part was made of: they differ before line *' \
    "${J[@]}" --input other.jsonl --out o.jsonl --quiet
head -1 in.jsonl >short.jsonl
expect 2 'short.jsonl: is not what o.jsonl.part was made of*' \
    "${J[@]}" --input short.jsonl --out o.jsonl --quiet
cmp o.jsonl.part kept
"${J[@]}" "${same[@]}" >/dev/null
cmp o.jsonl whole.jsonl
rm o.jsonl

# A part of unknown origin; a state without its part, which is nothing.
echo x >o.jsonl.part
expect 2 'o.jsonl.part: is there, and *' "${J[@]}" "${same[@]}"
[ "$(echo o.*)" = o.jsonl.part ] || die "left over: $(ls)"
rm o.jsonl.part
python3 kill.py whole SIGKILL o.jsonl "${J[@]}" --input in.jsonl
rm o.jsonl.part
"${J[@]}" --input in.jsonl --out o.jsonl >/dev/null 2>err
if grep 'going on' err; then die "went on from nothing"; fi
cmp o.jsonl whole.jsonl
rm o.jsonl

# Two at once: the second one is refused.
python3 - "${J[@]}" <<'PY'
import os, subprocess, sys, time
os.mkfifo("pipe")
cmd = sys.argv[1:] + ["--out", "o.jsonl", "--quiet", "--input"]
a = subprocess.Popen(cmd + ["pipe"], stdout=subprocess.DEVNULL)
with open("pipe", "w") as w:
    w.write('{"response": "No.", "prompt": "x"}\n' * 4000) # more than a read
    w.flush()
    while not os.path.exists("o.jsonl.part"):
        assert a.poll() is None
        time.sleep(0.001)
    b = subprocess.run(cmd + ["in.jsonl"], capture_output=True, text=True)
    assert b.returncode == 2, b
    assert "o.jsonl.part: another deepconf is writing it" in b.stderr, b
assert a.wait() == 0
assert len(open("o.jsonl").readlines()) == 8000
PY

# A judge that asks a model.
[ -r "$TINY/tiny-llama.gguf" ] || exit 0
head -60 in.jsonl >few.jsonl
J=("$DEEPCONF" judge --judge "wildguard-soft=$TINY/tiny-llama.gguf" --slots 2)
rm o.jsonl
"${J[@]}" --input few.jsonl --out want.jsonl --quiet >want
python3 kill.py torn SIGKILL o.jsonl "${J[@]}" --input few.jsonl
"${J[@]}" --input few.jsonl --out o.jsonl >said 2>err
cmp o.jsonl want.jsonl
cmp said want
grep -q '^going on: [1-9][0-9]* responses judged before$' err ||
    die "said: $(cat err)"
