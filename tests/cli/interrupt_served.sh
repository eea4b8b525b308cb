# Over servers the first Ctrl-C lets the traces in flight end, and says so; the
# second gives them up. Exit code 130, and the run file goes on.
. "$CLI_TESTS/lib.bash"
cat >go.py <<'PY'
import json, signal, subprocess, sys
prog, data, signals = sys.argv[1], sys.argv[2], int(sys.argv[3])
out = f"{signals}.db"
model = "random:refuse=0.4,len=400,vocab=64,server=1,step_us=3000"
p = subprocess.Popen([prog, "run", "--backend", "fake", "--model", model,
                      "--benchmark", "demo", "--data", data, "--slots", "8",
                      "--max-tokens", "1000", "--out", out],
                     stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                     preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                      signal.SIG_DFL))
def traces():
    show = subprocess.run([prog, "show", out, "--json"], capture_output=True)
    return json.loads(show.stdout)["traces"] if show.returncode == 0 else 0
while p.poll() is None and traces() == 0:
    pass
assert p.poll() is None, p.communicate()
p.send_signal(signal.SIGINT)
said = p.stderr.readline()
while said and "waiting for" not in said:
    said = p.stderr.readline()
n = int(said.split("waiting for ")[1].split()[0])
before = traces()
if signals > 1:
    p.send_signal(signal.SIGINT)
rest = p.communicate()[1]
assert p.returncode == 130, (p.returncode, rest)
assert "The same command goes on" in rest, rest
after = traces()
if signals == 1: # all that was in flight, and nothing that was begun after it
    assert 0 < n <= 8 and after <= before + n and after > before, (n, before, after)
else:
    assert after < before + n, (n, before, after)
PY
python3 go.py "$DEEPCONF" "$DEMO" 1
python3 go.py "$DEEPCONF" "$DEMO" 2
