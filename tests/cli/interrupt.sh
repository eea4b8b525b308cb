# Ctrl-C and SIGTERM: exit code 130, what was decided is kept, and the message
# says how to go on.
. "$CLI_TESTS/lib.bash"
for sig in INT TERM; do
    # A shell starts background jobs with SIGINT ignored; setsid's child would
    # inherit that, so python starts it.
    python3 - "$sig" "$DEEPCONF" "$FAKE,step_us=2000" "$DEMO" <<'PY'
import json, re, signal, subprocess, sys
sig, prog, model, data = sys.argv[1:]
out = f"{sig}.db"
p = subprocess.Popen([prog, "run", "--backend", "fake", "--model", model,
                      "--benchmark", "demo", "--data", data, "--out", out],
                     stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                     preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                      signal.SIG_DFL))
decided = 0
while p.poll() is None and not decided:
    show = subprocess.run([prog, "show", out, "--json"], capture_output=True)
    if show.returncode == 0:
        decided = json.loads(show.stdout)["decided"]
assert p.poll() is None, p.communicate()
p.send_signal(getattr(signal, "SIG" + sig))
stdout, stderr = p.communicate()
assert p.returncode == 130, (p.returncode, stderr)
assert stdout == ""
assert "interrupted" in stderr and "The same command goes on" in stderr, stderr
assert re.search(r"decided, and \d+ finished traces? (is|are) kept\.", stderr), stderr
show = subprocess.run([prog, "show", out, "--json"], capture_output=True)
assert decided <= json.loads(show.stdout)["decided"] < 200
PY
    [ "$(ls "$sig".db*)" = "$sig.db" ] || die "left over: $(ls)"
done
