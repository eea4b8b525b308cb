#!/usr/bin/env bash
# A run in shards on one machine, JOBS processes at a time, by xargs; then the
# merge. One process keeps all cores and a GPU busy by itself, so this is for
# several GPUs, a process each, or for memory that is split between sockets.
# Everything on the command line goes to `deepconf run`:
#
#   SHARDS=8 JOBS=2 OUT=runs/qwen3 examples/cluster/one-machine.sh \
#       --model qwen3.gguf --benchmark toxicchat --data toxicchat.csv
#
# GPUS=2 gives shard I the GPU (I - 1) modulo 2 (CUDA_VISIBLE_DEVICES). Stopped,
# or failed in one shard: the same command goes on. With GNU parallel instead of
# xargs:  seq 8 | parallel -j 2 deepconf run ... --shard {}/8 --out shard-{}.db
set -euo pipefail

export SHARDS=${SHARDS:?set SHARDS to the number of shards, such as 8}
export OUT=${OUT:?set OUT to a folder for the run files}
jobs=${JOBS:-$SHARDS}
if [ -e "$OUT/run.db" ]; then
    echo "$OUT/run.db is there already: nothing is left to do" >&2
    exit 2
fi
mkdir -p "$OUT"
THREADS=$(($(nproc) / jobs))
export THREADS=$((THREADS > 0 ? THREADS : 1))

# Options first, the number of the shard last, as xargs appends it.
# shellcheck disable=SC2016 # expanded by the inner shell
seq "$SHARDS" | xargs -P "$jobs" -n 1 bash -c '
    i=${*: -1}
    set -- "${@:1:$#-1}"
    if [ -n "${GPUS:-}" ]; then
        export CUDA_VISIBLE_DEVICES=$(((i - 1) % GPUS))
    fi
    case " $* " in *" --base-url"*) ;; *) set -- --threads "$THREADS" "$@" ;; esac
    exec deepconf run "$@" --quiet --shard "$i/$SHARDS" \
        --out "$OUT/shard-$i-of-$SHARDS.db" >"$OUT/shard-$i-of-$SHARDS.log"
' one-shard "$@"

deepconf merge "$OUT"/shard-*-of-"$SHARDS".db --out "$OUT/run.db"
