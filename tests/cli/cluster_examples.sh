# The examples for a cluster, as a user would run them: the Slurm script by a
# stand-in for sbatch, the one for one machine by xargs; each leads to the run
# that was never cut.
. "$CLI_TESTS/lib.bash"
if command -v shellcheck >/dev/null; then
    shellcheck "$REPO"/examples/cluster/*.sh
fi
mkdir bin
ln -s "$DEEPCONF" bin/deepconf
export PATH="$PWD/bin:$PATH"
given=(--backend fake --model "$FAKE" --benchmark demo --data "$DEMO" -n 20)
run --benchmark demo --data "$DEMO" -n 20 --quiet --out whole.db >/dev/null
same() {
    tells '\([0-9]*\) of \1 traces have the same text, .* The configurations are the same' \
        dc compare whole.db "$1"
}

# sbatch --array=LIST SCRIPT ARG...: the tasks one after the other, as Slurm
# hands them the script; a later one runs though an earlier one failed.
cat >bin/sbatch <<'SBATCH'
#!/usr/bin/env bash
set -euo pipefail
list=${1#--array=}
shift
grep -q '^#SBATCH --' "$1" || { echo "no #SBATCH line in $1" >&2; exit 1; }
rc=0
for part in ${list//,/ }; do
    for i in $(seq "${part%-*}" "${part#*-}"); do
        SLURM_ARRAY_TASK_ID=$i SLURM_CPUS_PER_TASK=2 bash "$@" >"log-$i" 2>&1 || rc=1
    done
done
exit $rc
SBATCH
chmod +x bin/sbatch
script=$REPO/examples/cluster/slurm-array.sh
SHARDS=3 OUT='runs/a b' sbatch --array=1-3 "$script" "${given[@]}"
dc merge 'runs/a b'/shard-*-of-3.db --out slurm.db --quiet >/dev/null
same slurm.db
grep -q 'finished, all' log-3 || die "the summary is not in the log"
[ "$("$DEEPCONF" export slurm.db --format jsonl --out - | head -1 |
    json_get '[g["n_threads"] for g in d["segments"]]')" = '[2, 2, 2]' ] || die "threads"

# A task that failed is submitted again alone; the cut stays as it is.
SHARDS=3 OUT=r sbatch --array=1,3 "$script" "${given[@]}"
expect 2 'shard 2/3 is missing*' dc merge r/shard-*-of-3.db --out r.db --quiet
fails=("${given[@]/%len=12,vocab=64/len=12,vocab=64,fail_step=5}")
if SHARDS=3 OUT=r sbatch --array=2 "$script" "${fails[@]}"; then
    die "it did not fail"
fi
SHARDS=3 OUT=r sbatch --array=2 "$script" "${given[@]}"
dc merge r/shard-*-of-3.db --out r.db --quiet >/dev/null
same r.db
# What is not set, or does not fit, is said.
bad() {
    local says=$1 rc=0
    shift
    env "$@" >out 2>&1 || rc=$?
    [ $rc != 0 ] || die "$*: went on"
    grep -q -- "$says" out || die "$*: $(cat out)"
}
bad 'set SHARDS to the number of shards' OUT=r bash "$script"
bad 'set OUT to a folder' SHARDS=3 bash "$script"
bad 'submit with sbatch --array=1-3' SHARDS=3 OUT=r bash "$script"
bad 'task 4: expected --array=1-3' SHARDS=3 OUT=r SLURM_ARRAY_TASK_ID=4 bash "$script"

# SIGTERM, as before the time limit, reaches deepconf and ends it cleanly.
slow=(--backend fake --model "$FAKE,step_us=5000" --benchmark demo --data "$DEMO")
SHARDS=1 OUT=t SLURM_ARRAY_TASK_ID=1 bash "$script" "${slow[@]}" >out 2>err &
pid=$!
until_made t/shard-1-of-1.db $pid "the task"
until_decided 0 t/shard-1-of-1.db $pid
kill -TERM $pid
rc=0
wait $pid || rc=$?
[ $rc = 130 ] || die "exit code $rc at SIGTERM: $(cat err)"
grep -q 'The same command goes on' err || die "$(cat err)"

# One machine.
script=$REPO/examples/cluster/one-machine.sh
SHARDS=4 JOBS=2 OUT=one "$script" "${given[@]}" >said
grep -q '^one/run.db: 20 prompts, ' said || die "$(cat said)"
same one/run.db
grep -q 'finished, all' one/shard-4-of-4.log || die "no summary"
bad 'one/run.db is there already' SHARDS=4 OUT=one "$script" "${given[@]}"
if SHARDS=2 OUT=two "$script" "${fails[@]}" >said 2>err; then
    die "it did not fail"
fi
[ ! -e two/run.db ] || die "merged though a shard failed"
SHARDS=2 OUT=two GPUS=2 "$script" "${given[@]}" >said 2>err
same two/run.db
if command -v parallel >/dev/null && parallel --version 2>/dev/null | grep -q GNU; then
    seq 2 | parallel -j 2 deepconf run "$(printf '%q ' "${given[@]}")" --quiet \
        --shard {}/2 --out p-{}.db >/dev/null
    dc merge p-1.db p-2.db --out p.db --quiet >/dev/null
    same p.db
fi
