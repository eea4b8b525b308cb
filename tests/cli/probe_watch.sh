# A probe may take minutes: a terminal shows what it asks, and the first Ctrl-C
# ends it, alone and before a run, which leaves nothing behind. A run asks several
# URLs at once.
. "$CLI_TESTS/lib.bash"
cat >watch.py <<'PY'
import os, pty, re, signal, subprocess, sys, urllib.request
prog, data, port, what = sys.argv[1:5]
url = f"http://127.0.0.1:{port}"
net = urllib.request.build_opener(urllib.request.ProxyHandler({}))
server = ["--model", "mock", "--base-url", url + "/v1"]
if what == "steps":
    ours, theirs = pty.openpty()
    p = subprocess.Popen([prog, "probe", *server], stdout=subprocess.DEVNULL,
                         stderr=theirs, env=dict(os.environ, TERM="xterm"))
    os.close(theirs)
    said = b""
    try:
        while more := os.read(ours, 4096):
            said += more
    except OSError: # its other end is closed
        pass
    assert p.wait() == 0, said
    seen = re.findall(rb"probe (\d+)/(\d+): [a-z]", said)
    n = int(seen[0][1])
    assert [(int(a), int(b)) for a, b in seen] == \
        [(i + 1, n) for i in range(n)] and n > 8, said
    assert b"a streamed answer, of " + url.encode() in said, said
    assert said.endswith(b"\r\033[K"), said # no line is left
    sys.exit()
more = ["--data", data, "--benchmark", "demo", "--out", "run.db"]
if two := what == "two":
    what, server = "run", [*server, "--base-url", url + "/bare/v1"]
p = subprocess.Popen([prog, what, *server, *(more if what != "probe" else [])],
                     stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                     preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                      signal.SIG_DFL))
# Of answers that never come; of two URLs the second's does not wait for the
# first's.
net.open(f"{url}/mock/wait?running={1 + two}").read()
p.send_signal(signal.SIGINT)
out, said = p.communicate()
assert p.returncode == 130 and "interrupted" in said and not out, (said, out)
assert not [f for f in os.listdir() if f.startswith("run.db")], os.listdir()
PY
mock_plays '{}'
python3 watch.py "$DEEPCONF" "$DEMO" "$PORT" steps
for what in probe run plan two; do
    mock_plays '{"hold": 0}'
    python3 watch.py "$DEEPCONF" "$DEMO" "$PORT" $what || die "$what"
done
mock_end
