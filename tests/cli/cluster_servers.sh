# The examples of a cluster with servers: vLLM on every GPU by a stand-in that
# plays the mock, and shards of a run over a server.
. "$CLI_TESTS/lib.bash"
needs_servers
command -v curl >/dev/null || { echo "SKIP: no curl"; exit 77; }
mkdir bin
ln -s "$DEEPCONF" bin/deepconf
export PATH="$PWD/bin:$PATH"
mkfifo open
exec 9<>open
cat >bin/vllm <<VLLM
#!/usr/bin/env bash
echo "\${CUDA_VISIBLE_DEVICES-all} \$*" >>"$PWD/started"
[ ! -e "$PWD/broken" ] || { echo "out of memory"; exit 1; }
exec python3 "$REPO/tests/servers/mock.py" --served "\$2" --port "\$4" <"$PWD/open"
VLLM
chmod +x bin/vllm
two_ports() { # two free ones, side by side
    python3 -c 'import socket
while True:
    a, b = socket.socket(), socket.socket()
    a.bind(("127.0.0.1", 0))
    try:
        b.bind(("127.0.0.1", a.getsockname()[1] + 1))
    except (OSError, OverflowError):
        continue
    print(a.getsockname()[1])
    break'
}
PORT=$(two_ports)
export PORT MODEL=mock GPUS=2 AT_ONCE=4
given=(--benchmark demo --data "$DEMO" -n 6 --max-tokens 40 --quiet)
script=$REPO/examples/cluster/vllm.sh

# Both servers have drawn traces, and both are gone.
"$script" "${given[@]}" --out two.db >said
grep -q 'finished, all 6' said || die "$(cat said)"
[ "$(sort started | cut -c1)" = $'0\n1' ] || die "$(cat started)"
dc show two.db --json >two.json
json_get '[x["traces"] > 0 for x in d["servers"]]' <two.json >both
[ "$(cat both)" = '[True, True]' ] || die "$(cat both)"
! curl -fs --noproxy '*' "http://127.0.0.1:$PORT/v1/models" >left || die "a server is left"

# One URL; the run that is there goes on behind it.
rm started
ONE_URL=1 "$script" "${given[@]}" --out two.db >said
grep -q -- '--data-parallel-size 2' started || die "$(cat started)"

# A server that can't start is said, with its log.
touch broken
! "$script" "${given[@]}" --out no.db >said 2>&1 || die "it went on"
grep -q "see ./vllm-$PORT.log" said || die "$(cat said)"

# Shards over a server: no option that is about a model in this process.
mock
for how in slurm one; do
    given=(--model mock --base-url "http://127.0.0.1:$PORT/v1" --benchmark demo
        --data "$DEMO" -n 6 --max-tokens 40)
    if [ $how = slurm ]; then
        SHARDS=1 OUT=$how SLURM_ARRAY_TASK_ID=1 SLURM_CPUS_PER_TASK=2 \
            bash "$REPO/examples/cluster/slurm-array.sh" "${given[@]}" >said 2>&1 ||
            die "$how: $(cat said)"
    else
        SHARDS=2 JOBS=2 OUT=$how "$REPO/examples/cluster/one-machine.sh" \
            "${given[@]}" >said 2>&1 || die "$how: $(cat said)"
    fi
done
mock_end
