# Ctrl-C and SIGTERM end `merge` wherever it hangs: exit code 130, and nothing is
# left, neither at the name nor beside it. A shard that is written meanwhile is
# merged as far as it is.
. "$CLI_TESTS/lib.bash"
fault_shim
for i in 1 2; do
    run --data "$DEMO" -n 6 --shard $i/2 --out s$i.db --quiet >/dev/null
done
for sig in INT TERM; do
    for call in s1 w1 w40; do
        rm -f hung
        # A shell starts background jobs with SIGINT ignored; python does not.
        FAULT_CALLS=${call:0:1} FAULT_AT=${call:1} FAULT_HANG=hung \
            python3 - "$DEEPCONF" "$PWD/fault.so" $sig >said 2>err <<'PY'
import os, signal, subprocess, sys, time
p = subprocess.Popen([sys.argv[1], "merge", "s1.db", "s2.db", "--out", "m.db"],
                     env={**os.environ, "LD_PRELOAD": sys.argv[2]},
                     preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
while not os.path.exists("hung"):
    assert p.poll() is None, "it ended before"
    time.sleep(0.02)
p.send_signal(getattr(signal, "SIG" + sys.argv[3]))
assert p.wait() == 130, p.returncode
PY
        for f in m.db*; do
            [ ! -e "$f" ] || die "$sig at $call left $f"
        done
    done
done

"$DEEPCONF" run --backend fake --model "$FAKE,step_us=5000" --benchmark demo \
    --data "$DEMO" --shard 1/2 --out live.db --quiet >out 2>err &
pid=$!
until_decided 2 live.db $pid
dc merge live.db --partial --out part.db --quiet >said
kill -0 $pid || die "it ended before the merge"
kill $pid
wait $pid || [ $? = 130 ] || die "$(cat err)"
tells 'prompts are not decided yet' cat said
has '^part.db: NOT FINISHED' dc show part.db
