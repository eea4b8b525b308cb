# On a terminal: colour, a redrawn line that fits, the judge's words underlined;
# none of it with NO_COLOR, with TERM=dumb or into a file.
. "$CLI_TESTS/lib.bash"
cat >on_tty.py <<'PY'
import fcntl, os, pty, struct, sys, termios
cols = int(sys.argv[1])
pid, fd = pty.fork()
if pid == 0:
    fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, cols, 0, 0))
    os.execv(sys.argv[2], sys.argv[2:])
out = b""
while True:
    try:
        data = os.read(fd, 65536)
    except OSError:
        break
    if not data:
        break
    out += data
os.waitpid(pid, 0)
sys.stdout.buffer.write(out.replace(b"\r\n", b"\n"))
PY
on_tty() { TERM=xterm python3 on_tty.py "$@"; }
esc=$(printf '\033')
on_tty 60 "$DEEPCONF" nosuch >a
grep -q "^$esc\[31mdeepconf:$esc\[0m there is no command" a || die "no red"
NO_COLOR=1 on_tty 60 "$DEEPCONF" nosuch >a
grep -q "^deepconf: there is no command" a || die "NO_COLOR"
TERM=dumb python3 on_tty.py 60 "$DEEPCONF" nosuch >a
grep -q "^deepconf: there is no command" a || die "TERM=dumb"

on_tty 60 "$DEEPCONF" run --backend fake --model "$FAKE,step_us=2000" \
    --benchmark demo --data "$DEMO" -n 60 --out r.db >a
python3 - <<'PY'
import re
text = open("a", newline="").read()
lines = re.findall(r"\r([^\r]*?/60 prompts[^\r]*?)\033\[K", text)
assert lines, text[:300]
assert all(len(x) < 60 for x in lines), lines
assert "60 of 60 prompts decided" in text
PY
on_tty 80 "$DEEPCONF" show r.db --prompt demo-003 >a
grep -q "$esc\[4mI'm sorry$esc\[24m" a || die "nothing is underlined"
"$DEEPCONF" show r.db --prompt demo-003 >a
if grep -q "$esc" a; then die "an escape sequence in a file"; fi
on_tty 200 "$DEEPCONF" run --backend fake --model "$FAKE" --benchmark demo \
    --data "$DEMO" -n 60 --out r.db --quiet >a
if grep -q 'tok/s' a; then die "--quiet"; fi
