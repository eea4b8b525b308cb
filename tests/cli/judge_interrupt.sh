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
diff <(sed 1d want) <(sed 1d got)
python3 - <<'PY'
import sqlite3
a, b = (sqlite3.connect(f).execute(
    "SELECT * FROM verdict ORDER BY trace, judge").fetchall()
    for f in ("whole.db", "part.db"))
assert len(a) == 4000 and a == b
PY
