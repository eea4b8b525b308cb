# Standard output is checked: a full disk behind it is exit code 6; a reader who
# has had enough makes no noise.
. "$CLI_TESTS/lib.bash"
[ -e /dev/full ] || { echo "SKIP: there is no /dev/full"; exit 77; }
run --data "$DEMO" -n 3 --out r.db -q >/dev/null
for cmd in --help --version list "show r.db" "show r.db --json"; do
    rc=0
    # shellcheck disable=SC2086 # words on purpose
    "$DEEPCONF" $cmd >/dev/full 2>err || rc=$?
    [ $rc = 6 ] || die "$cmd: exit code $rc"
    grep -q '^deepconf: standard output: ' err || die "$cmd: $(cat err)"
done
set +o pipefail
"$DEEPCONF" show r.db 2>err | true
"$DEEPCONF" list 2>>err | head -1 >/dev/null
[ ! -s err ] || die "noise: $(cat err)"
# And the program ends by SIGPIPE, as others do; where its parent has that signal
# ignored, with exit code 6.
python3 - "$DEEPCONF" <<'P'
import os, signal, subprocess, sys

def ended(ignored, *args):
    """Its end, with a pipe behind it that nobody reads, and what it says."""
    r, w = os.pipe()
    os.close(r)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN if ignored else signal.SIG_DFL)
    done = subprocess.run([sys.argv[1], *args], stdout=w, stderr=subprocess.PIPE,
                          restore_signals=False)
    os.close(w)
    return done.returncode, done.stderr

for args in (["list"], ["--help"], ["show", "r.db"],
             ["export", "r.db", "-f", "jsonl"]):
    got = ended(False, *args), ended(True, *args)
    assert got == ((-signal.SIGPIPE, b""), (6, b"")), (args, got)
P
