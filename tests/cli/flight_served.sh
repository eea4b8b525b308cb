# A trace that a server may have begun is never forgotten, and one that it did not
# begin is never counted: the run file knows before the server does, and a kill
# takes nothing of it back.
. "$CLI_TESTS/lib.bash"
cat >kill.py <<'PY'
import json, sqlite3, subprocess, sys, urllib.request
prog, data, url, stage = sys.argv[1:5]
net = urllib.request.build_opener(urllib.request.ProxyHandler({}))
def state():
    return json.load(net.open(url.replace("/v1", "/mock/state")))
def rows(sql):
    try:
        db = sqlite3.connect("file:run.db?mode=ro", uri=True)
        n = db.execute(sql).fetchall()
        db.close()
        return n
    except sqlite3.Error: # not yet
        return []
def begun():
    return sum(r[0] for r in rows("SELECT begun FROM flight"))
p = subprocess.Popen([prog, "run", "--model", "mock", "--base-url", url, "--quiet",
                      "--in-flight", "6", "-n", "8", "--data", data,
                      "--benchmark", "demo", "--out", "run.db"],
                     stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
def killed_when(now):
    while p.poll() is None and not now():
        pass
    assert p.poll() is None, p.communicate()
    p.kill()
    p.communicate()
def holds():
    """Whatever the server has, the file has: at each look."""
    if not rows("SELECT id FROM segment"):
        return False # the probe
    n = state()["running"]
    assert begun() >= n, (begun(), n)
    return n == 6
def refuses():
    """The server first: a refusal that was sent may not be read yet."""
    return sum(r["status"] == 429 for r in state()["record"]) >= 6 and \
        begun() == 6
if stage == "hold":
    killed_when(holds)
elif stage == "refuse":
    killed_when(refuses)
else:
    said = p.communicate()
    assert p.returncode == 0, said
    assert rows("SELECT count(*), max(attempts) FROM trace WHERE attempts > 1"
                ) == [(6, 2)], rows("SELECT * FROM trace WHERE attempts > 1")
assert begun() == (0 if stage == "end" else 6), begun()
PY
mock_plays '{"hold": 2, "from": 30}' # not the probe's requests
python3 kill.py "$DEEPCONF" "$DEMO" "$URL" hold
# in the next session nobody takes anything, so that nothing is added
mock_plays '{"status": 429, "retry_after": "600", "from": 30}'
python3 kill.py "$DEEPCONF" "$DEMO" "$URL" refuse
mock_plays '{}'
python3 kill.py "$DEEPCONF" "$DEMO" "$URL" end
mock_end
