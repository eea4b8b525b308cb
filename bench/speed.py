#!/usr/bin/env python3
"""speed.py - deepconf against what people use, in one run on one machine.

    make bench                              what docs/SPEED.md reports
    bench/speed.py --prompts 3 --rounds 1   a smoke run
    bench/speed.py --grow k                 how the cost grows (grow.py)

bench/README.md says what each system does and how fairness is kept. Systems are
measured in turn, one loaded at a time, round by round; the order is turned by
one each round, so that no system always runs on a warm or a cool machine.
Writes result.json, result.md and result.png into --out. Exit codes: 0 done, 2
usage.
"""
import argparse
import hashlib
import os
import platform
import signal
import subprocess
import sys
import time

import report
import servers
import systems
import workload
from process import Skip

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)


class Env:
    """What the systems share: paths, sizes, the reference decisions."""

    def __init__(self, args):
        self.here, self.out = HERE, os.path.abspath(args.out)
        self.dir = subprocess.check_output([os.path.join(HERE, "setup"),
                                            "--print-dir"], text=True).strip()
        self.python = os.path.join(self.dir, "venv/bin/python")
        self.deepconf = os.path.abspath(args.deepconf)
        self.model = workload.model_path(self.deepconf, args.model)
        if not self.model:
            sys.exit(f"speed.py: --model {args.model}: no such file, and no "
                     "model that is fetched; run `deepconf model fetch NAME`")
        self.model_hash = sha256(self.model)[:12]
        self.optimised = args.optimised_model and \
            os.path.abspath(args.optimised_model)
        self.threads, self.slots = args.threads, args.slots
        self.ctx, self.limit = args.ctx, args.time_limit
        self.prompt_tokens = 64
        self.full = {}  # full K of a system, for what refers to it

    def of_servers(self):
        return servers.Config(self.dir, self.model, self.model_hash,
                              self.threads, self.slots, self.ctx, self.limit)

    def llama(self, program):
        return os.path.join(self.dir, "llama.cpp/bin", program)


def sha256(path):
    with open(path, "rb") as f:
        return hashlib.file_digest(f, "sha256").hexdigest()


def arguments(argv):
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = ap.add_argument
    add("--model", default="smollm2", help="GGUF path or a registry name")
    add("--optimised-model", help="the GGUF that the engine prefers")
    add("--benchmark", choices=list(workload.COLUMNS),
        help="toxicchat if its file is there, else demo")
    add("--data", help="the file of --benchmark")
    add("--prompts", type=int, default=12)
    add("--longest", type=int, default=600, help="characters of a prompt")
    add("--rounds", type=int, default=3)
    add("--tokens", default="64,256", help="max tokens, one table each")
    add("--systems", help="names, with commas: " + ", ".join(systems.ALL))
    add("--k", type=int, default=10, help="traces of a prompt")
    add("--window", type=int, default=32, help="answer window in tokens")
    add("--audit", type=float, default=0.05, help="share of audited prompts")
    add("--threads", type=int, default=2)
    add("--slots", type=int, default=16)
    add("--ctx", type=int, default=1024, help="tokens of prompt and response")
    add("--seed", type=int, default=1, help="of the prompts and the traces")
    add("--time-limit", type=float, default=3600,
        help="seconds that one measurement may take")
    add("--deepconf", default=os.path.join(ROOT, "build/deepconf"))
    add("--out", default=os.path.join(ROOT, "build/bench"))
    add("--grow", choices=["k", "prompt", "tokens", "slots", "vocabulary"],
        help="measure deepconf alone while this one size grows")
    args = ap.parse_args(argv)
    names = args.systems.split(",") if args.systems else list(systems.ALL)
    unknown = [n for n in names if n not in systems.ALL]
    if unknown:
        ap.error(f"no system {unknown[0]!r}; known: {', '.join(systems.ALL)}")
    if min(args.prompts, args.rounds, args.k, args.threads, args.slots) < 1:
        ap.error("--prompts, --rounds, --k, --threads, --slots: at least 1")
    args.systems = [n for n in systems.ALL if n in names]
    if not args.data:
        toxicchat = workload.TOXICCHAT
        has = args.benchmark == "toxicchat" or (not args.benchmark and
                                                os.path.exists(toxicchat))
        args.benchmark = "toxicchat" if has else args.benchmark or "demo"
        args.data = toxicchat if has else os.path.join(ROOT, "data/demo.csv")
    elif not args.benchmark:
        ap.error("--data needs --benchmark")
    return args


def load_prompts(env, args):
    rows, prompts, _ = workload.read_prompts(args.data, args.benchmark,
                                             args.prompts, args.seed,
                                             args.longest)
    env.benchmark, env.data = args.benchmark, os.path.join(env.out,
                                                           "prompts.csv")
    workload.write_prompts(env.data, rows)
    return prompts


def config(args, tokens):
    return {"k": args.k, "max_tokens": tokens, "top": 20, "seed": args.seed,
            "min_traces": min(3, args.k), "window": args.window,
            "audit": args.audit}


def measure_once(name, env, prompts, cfg):
    """One system started, measured, stopped. Never raises for its failure."""
    system = systems.ALL[name](name, env)
    started = False
    try:
        system.start()
        started = True
        row = system.measure(prompts, cfg)
        if hasattr(system, "last"):
            env.full[name] = system.last
        return row
    except Skip as e:
        return {"skip": str(e)}
    except Exception as e:  # a peer's odd answer must not lose the others'
        return {"skip": f"{type(e).__name__}: {e}"[:300]}
    finally:
        if started:
            system.stop()


def measure_tokens(env, args, prompts, tokens):
    """{system: [a row a round]}; who was skipped is not tried again."""
    rows = {name: [] for name in args.systems}
    for r in range(args.rounds):
        env.full = {}
        turn = r % len(args.systems)
        # References first, whatever the turn: others are compared with them.
        order = args.systems[turn:] + args.systems[:turn]
        order.sort(key=lambda n: getattr(systems.ALL[n], "reference", None)
                   is not None or n == "control")
        for name in order:
            if rows[name] and "skip" in rows[name][-1]:
                continue
            row = measure_once(name, env, prompts, config(args, tokens))
            row["round"] = r
            rows[name].append(row)
            print(f"round {r + 1}, {tokens} tokens, {name}: " +
                  (f"SKIP {row['skip']}" if "skip" in row else
                   f"{row['tokens'] / row['seconds']:.1f} tokens/s"),
                  file=sys.stderr, flush=True)
    return rows


def machine(env):
    cpu = next((x.split(":")[1].strip() for x in open("/proc/cpuinfo")
                if x.startswith("model name")), platform.machine())
    flags = next((x for x in open("/proc/cpuinfo") if x.startswith("flags")),
                 "")
    isa = "AVX-512" if " avx512f" in flags else \
        "AVX2" if " avx2" in flags else "no AVX2"
    version = subprocess.run([env.deepconf, "--version"], text=True,
                             capture_output=True).stdout.strip()
    return {"cpu": cpu, "isa": isa, "cores": os.cpu_count(),
            "system": platform.platform(), "deepconf": version,
            "load": os.getloadavg()[0]}


def main(argv=None):
    args = arguments(argv)
    # Ended from outside, it still stops the server that it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not os.access(args.deepconf, os.X_OK):
        sys.exit(f"speed.py: {args.deepconf} is not there; run make first")
    os.makedirs(args.out, exist_ok=True)
    env = Env(args)
    if args.grow:
        import grow
        return grow.main(env, args)
    prompts = load_prompts(env, args)
    result = {"date": time.strftime("%Y-%m-%d"), "machine": machine(env),
              "model": os.path.basename(env.model),
              "model_sha256": env.model_hash, "settings": vars(args),
              "tables": {}}
    for tokens in (int(t) for t in args.tokens.split(",")):
        result["tables"][str(tokens)] = measure_tokens(env, args, prompts,
                                                       tokens)
        # Written after each table: a long run that is stopped keeps what it has.
        report.write(result, env)
    print(open(os.path.join(env.out, "result.md")).read(), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
