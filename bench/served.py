#!/usr/bin/env python3
"""served.py - deepconf as a client of a server, beside what people use, on one
server that is started once.

    bench/served.py                              llama-server, then vLLM
    bench/served.py --server llama-server --rounds 5
    bench/served.py --clients control,deepconf-curtail
    bench/served.py --cold --slots 20            n choices in a request, or one

Clients are measured in turn, round by round; the order is turned by one each
round. All of a round have the same prompts and limits, and ask for the same
number of requests in flight. Before the first round every prompt is asked once,
so that nobody pays for filling the server's cache of prompts; with --cold no
prompt was ever asked before, and the clients are those that ask for a prompt's
traces one by one and together. Writes served.json and served.md into --out.
Exit codes: 0 done, 2 usage.
"""
import argparse
import dataclasses
import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time

import client
import peer
import servers
import speed
import stats
import systems
import workload
from process import Skip, Worker

HERE = os.path.dirname(os.path.abspath(__file__))
SERVERS = {"llama-server": servers.LlamaServer, "vllm": servers.Vllm}


def row(traces, took, peak):
    r = systems.result(traces, took["seconds"], peak)
    return r | {"processor_s": took["processor_s"]}


# ---- the clients -------------------------------------------------------------

class Client:
    def __init__(self, bench):
        self.bench = bench

    def stop(self):
        pass


class Threads(Client):
    """bench/client.py: a thread a request in flight."""

    def draw(self, c, prompts, cfg):
        return client.fixed(c, prompts, cfg, seeded=self.bench.seeded)

    def measure(self, prompts, cfg):
        b = self.bench
        c = client.Client(b.server.port, b.server.whole, b.in_flight, b.limit)
        prompts = b.unheard_of(prompts)
        read = b.server.prefilled()
        traces, took = peer.timed(self.draw, c, prompts, cfg)
        read = b.server.prefilled() - read
        return row(traces, took, 0) | {"read": read}


class Together(Threads):
    """The K traces of a prompt as the choices of one request."""

    def draw(self, c, prompts, cfg):
        return client.fixed(c, prompts, cfg, cfg["k"], self.bench.seeded)


class Control(Threads):
    """deepconf's policy `curtail`, a request a trace."""

    def draw(self, c, prompts, cfg):
        return client.curtail(c, prompts, cfg, seeded=self.bench.seeded)


class ControlTogether(Threads):
    """The same policy; the traces that it needs next are one request."""

    def draw(self, c, prompts, cfg):
        return client.curtail(c, prompts, cfg, True, self.bench.seeded)


class Peer(Client):
    """A Python program of its own, which answers jobs."""
    script = None

    def __init__(self, bench):
        super().__init__(bench)
        servers.need_part(bench.env.dir, "inspect")
        python = os.path.join(bench.env.dir, "venv-inspect/bin/python")
        self.worker = Worker([python, os.path.join(HERE, self.script)],
                             os.path.join(bench.env.out, self.script + ".log"),
                             bench.limit)

    def measure(self, prompts, cfg):
        b = self.bench
        r = self.worker.ask({
            "url": b.server.url + "/v1", "model": b.server.served,
            "prompts": prompts, "in_flight": b.in_flight,
            "extra": b.server.whole, **cfg})
        return row(r["traces"], r, self.worker.p.peak)

    def stop(self):
        self.worker.stop()


class Asyncio(Peer):
    script = "peer_asyncio.py"


class Inspect(Peer):
    script = "peer_inspect.py"


class Deepconf(Client):
    policy = "fixed"

    def measure(self, prompts, cfg):
        b = self.bench
        db = os.path.join(b.env.out, f"served-{self.policy}.db")
        workload.remove_run(db)
        argv = [b.env.deepconf, "run", "--model", b.server.served,
                "--base-url", b.server.url + "/v1", "--benchmark",
                b.env.benchmark, "--data", b.env.data, "--max-tokens",
                str(cfg["max_tokens"]), "--max-traces", str(cfg["k"]),
                "--min-traces", str(cfg["min_traces"]), "--logprobs",
                str(b.k), "--seed", str(cfg["seed"]), "--stop", self.policy,
                "--in-flight", str(b.in_flight), "--quiet", "--out", db]
        wall, use, code = run_to_end(
            argv, os.path.join(b.env.out, "deepconf.log"), b.limit)
        if code:
            raise Skip(f"exit code {code} (deepconf.log)")
        r = read(db)
        return r | {"start_s": wall - r["seconds"], "peak": use.ru_maxrss <<
                    10, "processor_s": peer.processor(use)}


def run_to_end(argv, log, limit):
    """(wall seconds, what it used, exit code)"""
    start = time.monotonic()
    with open(log, "wb") as f:
        child = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=f,
                                 stderr=f)
    late = threading.Timer(limit, child.kill)
    late.start()
    try:
        _, status, use = os.wait4(child.pid, 0)
    finally:
        late.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    return time.monotonic() - start, use, child.returncode


class DeepconfCurtail(Deepconf):
    policy = "curtail"


def read(path):
    """Of the run file; what a retry or an error cost is told beside."""
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        n, tokens, again, odd = db.execute(
            "SELECT count(*), sum(n_tok), sum(attempts > 1), "
            "sum(finish = 'error') FROM trace").fetchone()
        wall, = db.execute("SELECT sum(wall_ms) FROM segment").fetchone()
        decisions = [d for d, in db.execute(
            "SELECT decision FROM decision ORDER BY prompt")]
    finally:
        db.close()
    return {"tokens": tokens, "traces": n, "decided": len(decisions),
            "decisions": decisions, "again": again, "odd": odd,
            "seconds": wall / 1e3}


# In the order of the table.
ALL = {"threads": Threads, "threads-n": Together, "control": Control,
       "control-n": ControlTogether, "asyncio": Asyncio, "inspect": Inspect,
       "deepconf-fixed": Deepconf, "deepconf-curtail": DeepconfCurtail}
COLD = ["threads", "threads-n", "control", "control-n"]
WARM = [name for name in ALL if not name.endswith("-n")]
AGAINST = {"threads-n": ("threads",), "control-n": ("control",),
           "deepconf-fixed": ("threads", "asyncio", "inspect"),
           "deepconf-curtail": ("control", "threads", "asyncio", "inspect")}


def unheard_of(prompts, turn, n):
    """Each begins as none has before, with n characters of the others' text."""
    text = " ".join(prompts)
    text = (text * (n // max(len(text), 1) + 1))[:n]
    return [f"({turn}.{i}) {text} {p}" for i, p in enumerate(prompts)]


class Bench:
    def __init__(self, env, args, name):
        self.env, self.limit = env, args.time_limit
        cfg = dataclasses.replace(env.of_servers(), compiles=not args.eager)
        self.server = SERVERS[name](cfg, os.path.join(env.out, name + ".log"))
        # One a request crashed vLLM for CPU under load.
        self.seeded = name != "vllm"
        # vLLM's lists are exact for one rank less than they have.
        self.k = 19 if name == "vllm" else 20
        self.in_flight = args.in_flight or env.slots
        self.cold, self.preamble, self.turn = args.cold, args.preamble, 0

    def unheard_of(self, prompts):
        """With --cold: a server's cache knows none of these beginnings."""
        if not self.cold:
            return prompts
        self.turn += 1
        return unheard_of(prompts, self.turn, self.preamble)

    def rounds(self, names, prompts, cfg, n):
        rows = {name: [] for name in names}
        running = {}
        for name in names:
            try:
                running[name] = ALL[name](self)
            except Skip as e:
                rows[name].append({"skip": str(e)})
        try:
            warm = client.Client(self.server.port, self.server.whole,
                                 self.in_flight, self.limit)
            if self.cold:
                client.warm(warm, cfg)
            else:
                client.fixed(warm, prompts, {**cfg, "k": 1, "max_tokens": 16},
                             seeded=False)
            for r in range(n):
                self.one_round(rows, running, prompts, cfg, r)
        finally:
            for c in running.values():
                c.stop()
        return rows

    def one_round(self, rows, running, prompts, cfg, r):
        order = list(running)
        turn = r % len(order)
        for name in order[turn:] + order[:turn]:
            load = os.getloadavg()[0]
            try:
                got = running[name].measure(prompts, cfg) | {"load": load}
            except (Skip, RuntimeError, OSError) as e:
                got = {"skip": f"{type(e).__name__}: {e}"[:300]}
            rows[name].append(got)
            print(f"round {r + 1}, {self.server.name}, {name}: " +
                  (f"SKIP {got['skip']}" if "skip" in got else
                   f"{got['tokens'] / got['seconds']:.1f} tokens/s, "
                   f"{got['decided'] / got['seconds']:.3f} prompts/s"),
                  file=sys.stderr, flush=True)


# ---- the table ---------------------------------------------------------------

def rates(rows, what):
    return [r[what] / r["seconds"] for r in rows if "skip" not in r]


def spread(xs, digits):
    mid = f"{stats.median(xs):.{digits}f}"
    return mid if len(xs) < 2 else \
        f"{mid} ({min(xs):.{digits}f} to {max(xs):.{digits}f})"


def against(name, table, what):
    out = []
    for other in AGAINST.get(name, ()):
        r = other in table and stats.ratio(rates(table[name], what),
                                           rates(table[other], what))
        if r:
            out.append(f"{r['ratio']:.2f} x {other} ({r['low']:.2f} to "
                       f"{r['high']:.2f})")
    return "; ".join(out) or "-"


def start(rows):
    """Before its first trace: the probe of the server, most of it."""
    xs = [r["start_s"] for r in rows if "start_s" in r]
    return spread(xs, 1) if xs else "-"


def read_each(rows):
    """Prompt tokens that the server computed for a prompt, where known."""
    xs = [r["read"] / r["decided"] for r in rows if "read" in r]
    return spread(xs, 0) if xs else "-"


def lines(server, table):
    yield (f"| {server} | tokens/s | decided prompts/s | client, % of a core "
           "| us of it a token | peak MB | start, s | prompt tokens computed a "
           "prompt | tokens/s against | prompts/s against |")
    yield "|---|---|---|---|---|---|---|---|---|---|"
    for name, rows in table.items():
        good = [r for r in rows if "skip" not in r]
        if not good:
            yield f"| {name} | SKIP {rows[-1]['skip'] if rows else ''} |"
            continue
        core = [100 * r["processor_s"] / r["seconds"] for r in good]
        each = [1e6 * r["processor_s"] / r["tokens"] for r in good]
        peak = max(r["peak"] for r in good)
        yield (f"| {name} | {spread(rates(rows, 'tokens'), 1)} | "
               f"{spread(rates(rows, 'decided'), 3)} | {spread(core, 1)} | "
               f"{spread(each, 0)} | "
               f"{f'{peak / 1e6:.0f}' if peak else '-'} | "
               f"{start(good)} | {read_each(good)} | "
               f"{against(name, table, 'tokens')} | "
               f"{against(name, table, 'decided')} |")


def write(result, out):
    with open(os.path.join(out, "served.json"), "w") as f:
        json.dump(result, f, indent=1)
    text = "\n\n".join("\n".join(lines(s, t))
                       for s, t in result["tables"].items()) + "\n"
    with open(os.path.join(out, "served.md"), "w") as f:
        f.write(text)
    return text


def arguments(argv):
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    add = ap.add_argument
    add("--server", help="names, with commas: " + ", ".join(SERVERS))
    add("--clients", help="names, with commas: " + ", ".join(ALL))
    add("--in-flight", type=int, help="requests at a time [--slots]")
    add("--cold", action="store_true", help="prompts that no server's cache "
        "has; clients: " + ", ".join(COLD))
    add("--preamble", type=int, default=0, help="characters put before each "
        "prompt, with --cold [0]")
    add("--eager", action="store_true", help="vLLM without compiling first, "
        "which takes minutes beside other work")
    mine, rest = ap.parse_known_args(argv)
    args = speed.arguments(rest)
    args.in_flight, args.cold = mine.in_flight, mine.cold
    args.preamble, args.eager = mine.preamble, mine.eager
    for what, known, usual in (("server", SERVERS, SERVERS),
                               ("clients", COLD if mine.cold else ALL,
                                COLD if mine.cold else WARM)):
        names = (getattr(mine, what) or ",".join(usual)).split(",")
        unknown = [n for n in names if n not in known]
        if unknown:
            ap.error(f"--{what} {unknown[0]}: known are {', '.join(known)}")
        setattr(args, what, names)
    return args


def main(argv=None):
    args = arguments(argv)
    # Ended from outside, it still stops the server that it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.makedirs(args.out, exist_ok=True)
    env = speed.Env(args)
    prompts = speed.load_prompts(env, args)
    tokens = int(args.tokens.split(",")[0])
    result = {"date": time.strftime("%Y-%m-%d"),
              "machine": speed.machine(env), "settings": vars(args),
              "tables": {}}
    for name in args.server:
        bench = Bench(env, args, name)
        try:
            bench.server.start()
        except Skip as e:
            print(f"SKIP {name}: {e}", file=sys.stderr)
            continue
        try:
            result["tables"][name] = bench.rounds(
                args.clients, prompts, speed.config(args, tokens),
                args.rounds)
        finally:
            bench.server.stop()
        text = write(result, env.out)
    print(text if result["tables"] else "no server could be started")
    return 0


if __name__ == "__main__":
    sys.exit(main())
