# Over servers the first Ctrl-C lets the traces in flight end, and says so; the
# second gives them up. Exit code 130, and the run file goes on.
. "$CLI_TESTS/lib.bash"
cat >go.py <<'PY'
import os, signal, sqlite3, subprocess, sys
prog, data, signals = sys.argv[1], sys.argv[2], int(sys.argv[3])
out = f"{signals}.db"
# for the second signal a trace takes minutes, so that none ends by itself
step = 3000 if signals == 1 else 300000
model = f"random:refuse=0.4,len=400,vocab=64,server=1,step_us={step}"
p = subprocess.Popen([prog, "run", "--backend", "fake", "--model", model,
                      "--benchmark", "demo", "--data", data, "--slots", "8",
                      "--max-tokens", "1000", "--out", out],
                     stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                     preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                      signal.SIG_DFL))
def count(table):
    if not os.path.exists(out):
        return 0
    try:
        db = sqlite3.connect(f"file:{out}?mode=ro", uri=True)
        n = db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        db.close()
        return n
    except sqlite3.Error: # not yet, or just being closed
        return 0
while p.poll() is None and count("trace" if signals == 1 else "segment") == 0:
    pass
assert p.poll() is None, p.communicate()
p.send_signal(signal.SIGINT)
said = p.stderr.readline()
while said and "waiting for" not in said:
    said = p.stderr.readline()
n = int(said.split("waiting for ")[1].split()[0])
assert 0 < n <= 8, said
before = count("trace")
if signals > 1:
    p.send_signal(signal.SIGINT)
rest = p.communicate()[1]
assert p.returncode == 130, (p.returncode, rest)
assert "The same command goes on" in rest, rest
after = count("trace")
if signals == 1: # all that was in flight has ended, and nothing else was begun
    assert before <= after <= before + n, (n, before, after)
    assert count("flight") == 0, count("flight")
else:
    assert after == 0 and count("flight") == n, (after, count("flight"), n)
PY
python3 go.py "$DEEPCONF" "$DEMO" 1
python3 go.py "$DEEPCONF" "$DEMO" 2

# Traces that a server is not taking are counted too: they are waited for.
mock
cat >full.py <<'PY'
import os, signal, sqlite3, subprocess, sys
p = subprocess.Popen([sys.argv[1], "run", "--quiet", "--model", "mock:429,from=30",
                      "--base-url", sys.argv[3], "--in-flight", "4", "--data",
                      sys.argv[2], "--benchmark", "demo", "--out", "full.db"],
                     stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                     preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                      signal.SIG_DFL))
def begun():
    try:
        db = sqlite3.connect("file:full.db?mode=ro", uri=True)
        n = db.execute("SELECT count(*) FROM flight").fetchone()[0]
        db.close()
        return n
    except sqlite3.Error: # not yet
        return 0
while p.poll() is None and begun() == 0:
    pass
assert p.poll() is None, p.communicate()
p.send_signal(signal.SIGINT)
said = p.stderr.readline()
while said and "waiting for" not in said:
    said = p.stderr.readline()
assert said.startswith("interrupted: waiting for 4 traces begun"), said
p.send_signal(signal.SIGINT)
rest = p.communicate()[1]
assert p.returncode == 130, (p.returncode, rest)
PY
python3 full.py "$DEEPCONF" "$DEMO" "http://127.0.0.1:$PORT/v1"
mock_end
