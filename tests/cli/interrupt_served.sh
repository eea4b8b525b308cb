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

# What waits to be sent is given up at the first signal, however long the server
# asks to wait, and was never begun; what is in flight ends.
mock
cat >full.py <<'PY'
import json, os, signal, sqlite3, subprocess, sys, urllib.request
prog, data, port, knobs, want = sys.argv[1:6]
os.path.exists("full.db") and os.remove("full.db")
net = urllib.request.build_opener(urllib.request.ProxyHandler({}))
def state(path="state"):
    return json.load(net.open(f"http://127.0.0.1:{port}/mock/{path}"))
def begun():
    try:
        db = sqlite3.connect("file:full.db?mode=ro", uri=True)
        n = db.execute("SELECT count(*) FROM flight").fetchone()[0]
        db.close()
        return n
    except sqlite3.Error: # not yet
        return -1
state("reset")
# from=30: not the probe's
p = subprocess.Popen([prog, "run", "--quiet", "--model", f"mock:{knobs},from=30",
                      "--base-url", f"http://127.0.0.1:{port}/v1", "--in-flight",
                      "4", "--data", data, "--benchmark", "demo", "--out",
                      "full.db"],
                     stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                     preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                      signal.SIG_DFL))
n_out = int(want)
while p.poll() is None:
    r = [x for x in state()["record"] if x["scenario"] != "normal"]
    if sum(x["status"] == 429 for x in r) >= 4 - n_out and begun() == n_out:
        break
assert p.poll() is None, p.communicate()
p.send_signal(signal.SIGINT)
said = p.communicate()[1]
assert p.returncode == 130, (p.returncode, said)
if n_out:
    assert f"waiting for {n_out} traces in flight ({4 - n_out} more waited to " \
        "be sent, and are not)" in said, said
else:
    assert "waiting" not in said, said
assert begun() == 0, (begun(), said)
PY
python3 full.py "$DEEPCONF" "$DEMO" "$PORT" 429,retry_after=600 0
python3 full.py "$DEEPCONF" "$DEMO" "$PORT" \
    429-limit,limit=2,retry_after=600,delay_ms=100,tokens=30 2
mock_end
