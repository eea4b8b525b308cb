#!/usr/bin/env bash
# vLLM on the GPUs of this machine, and a run over it: one server on each GPU,
# every one of them a --base-url. Everything on the command line goes to
# `deepconf run`:
#
#   MODEL=Qwen/Qwen3-0.6B GPUS=4 examples/cluster/vllm.sh \
#       --benchmark toxicchat --data toxicchat.csv --out run.db
#
# ONE_URL=1 starts one server with --data-parallel-size in their place, which
# shares the work out itself. AT_ONCE is how many requests a GPU computes at a
# time, PORT the first port. Stopped, or a server lost: the same command goes on.
set -euo pipefail

model=${MODEL:?set MODEL to what vLLM is to serve, such as Qwen/Qwen3-0.6B}
gpus=${GPUS:?set GPUS to the number of GPUs, such as 4}
port=${PORT:-8000}
at_once=${AT_ONCE:-64}
logs=${LOGS:-.}
server=() log=() url=() base_url=()

end() {
    kill "${server[@]}" 2>/dev/null || true
    wait
}
trap end EXIT

# With a session of its own a server outlives Ctrl-C, until deepconf has waited
# for the traces in flight.
start() { # PORT OPTION...
    local at=$1
    shift
    log+=("$logs/vllm-$at.log")
    url+=("http://127.0.0.1:$at/v1")
    base_url+=(--base-url "http://127.0.0.1:$at/v1")
    setsid vllm serve "$model" --port "$at" --generation-config vllm \
        --max-num-seqs "$at_once" "$@" >"$logs/vllm-$at.log" 2>&1 &
    server+=($!)
}

in_flight=$at_once
if [ -n "${ONE_URL:-}" ]; then
    start "$port" --data-parallel-size "$gpus"
    in_flight=$((at_once * gpus))
else
    for ((i = 0; i < gpus; i++)); do
        CUDA_VISIBLE_DEVICES=$i start $((port + i))
    done
fi
for i in "${!server[@]}"; do
    until curl -fs -o /dev/null --noproxy '*' "${url[i]}/models"; do
        kill -0 "${server[i]}" 2>/dev/null || {
            echo "vLLM has ended before it answered: see ${log[i]}" >&2
            exit 1
        }
        sleep 1
    done
done

deepconf run --model "$model" "${base_url[@]}" --in-flight "$in_flight" "$@"
