#!/usr/bin/env bash
# A run in shards as a Slurm job array: each task runs one shard, on its own
# node or beside others. Everything behind the script's name goes to `deepconf
# run`; SHARDS and OUT are the only settings of its own:
#
#   SHARDS=16 OUT=runs/qwen3 sbatch --array=1-16 examples/cluster/slurm-array.sh \
#       --model qwen3.gguf --benchmark toxicchat --data toxicchat.csv
#
# A task that was ended by the time limit, a preemption or a broken node goes on
# where it was when it is submitted again: the same line, with --array=3,7 for
# tasks 3 and 7 alone. SHARDS stays 16, as the whole run is cut. When all have
# ended:
#
#   deepconf merge runs/qwen3/shard-*-of-16.db --out runs/qwen3/run.db
#
# or as a job that waits for them:
#
#   sbatch --dependency=afterok:JOBID --wrap 'deepconf merge ...'
#
#SBATCH --job-name=deepconf
#SBATCH --output=deepconf-%A-%a.log
#SBATCH --cpus-per-task=8
#SBATCH --mem=16G
#SBATCH --time=04:00:00
#SBATCH --requeue
# Two minutes before the limit the run is told to end (exit code 130); what it
# finished is in its file.
#SBATCH --signal=B:TERM@120
set -euo pipefail

shards=${SHARDS:?set SHARDS to the number of shards, such as 16}
out=${OUT:?set OUT to a folder that all nodes see}
shard=${SLURM_ARRAY_TASK_ID:?submit with sbatch --array=1-$shards}
if ((shard < 1 || shard > shards)); then
    echo "task $shard: expected --array=1-$shards, as SHARDS is $shards" >&2
    exit 2
fi
mkdir -p "$out"
# A server has threads of its own.
case " $* " in *" --base-url"*) unset SLURM_CPUS_PER_TASK ;; esac
# exec: the signal has to reach deepconf itself.
exec deepconf run ${SLURM_CPUS_PER_TASK:+--threads "$SLURM_CPUS_PER_TASK"} "$@" \
    --quiet --shard "$shard/$shards" --out "$out/shard-$shard-of-$shards.db"
