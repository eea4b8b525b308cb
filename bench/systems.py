"""The systems that are measured: one class and one row in ALL each.

A system starts (loads its model, untimed), measures (cfg, prompts) as often as
it is asked, and stops. measure() returns a dict:

    seconds         wall time of the work, model loading left out
    tokens          generated
    decided         prompts with a decision; None for the floor
    decisions       one word a prompt; None if it has none
    decode_s, other_s   inside and outside llama_decode, where it is known
    peak            bytes of memory, all processes of the system
    changed         (k, n): decisions that differ from the full K of the same
                    system, where the policy stops early
A system that can't run raises Skip, with the reason.
"""
import json
import os
import sqlite3
import time

import client
import servers
import workload
from process import Skip, Worker, run_to_end


def result(traces, seconds, peak):
    decisions = [workload.decide([workload.verdict(t["text"]) for t in ts])
                 for ts in traces]
    tokens = sum(t["tokens"] for ts in traces for t in ts)
    return {"seconds": seconds, "tokens": tokens, "decided": len(traces),
            "traces": sum(len(ts) for ts in traces), "decisions": decisions,
            "peak": peak}


class System:
    peer = None  # whom the table's ratio is taken against

    def __init__(self, name, env):
        self.name, self.env = name, env
        self.log = os.path.join(env.out, name + ".log")

    def start(self):
        pass

    def stop(self):
        pass


# ---- llama.cpp's own programs -----------------------------------------------

class Floor(System):
    """llama-batched-bench: as many sequences as slots, nothing else."""

    def measure(self, prompts, cfg):
        servers.need_part(self.env.dir, "llama")
        n_in = self.env.prompt_tokens
        slots = self.env.slots
        ctx = slots * (n_in + cfg["max_tokens"])
        out, peak, _ = run_to_end(
            [self.env.llama("llama-batched-bench"), "-m", self.env.model,
             "-c", str(ctx + 256), "-b", "2048", "-ub", "512", "-t",
             str(self.env.threads), "-tb", str(self.env.threads), "-fa", "on",
             "-npp", str(n_in), "-ntg", str(cfg["max_tokens"]), "-npl",
             str(slots), "--output-format", "jsonl"], self.log,
            self.env.limit)
        return floor_row(out) | {"peak": peak}


def floor_row(out):
    """The result in llama-batched-bench's output; its decode rate only."""
    rows = [json.loads(x) for x in out.splitlines() if x.startswith("{")]
    if not rows:
        raise Skip("llama-batched-bench printed no result")
    r = rows[-1]
    return {"seconds": r["t_tg"], "tokens": r["pl"] * r["tg"], "decided": None,
            "decisions": None, "decode_s": r["t_tg"], "other_s": 0.0}


class LlamaServer(System):
    """Concurrent requests; `n` of them in one request share a prefill."""
    n = 1

    def start(self):
        self.server = servers.LlamaServer(self.env.of_servers(), self.log)
        self.server.start()
        self.client = client.Client(self.server.port, {
            **self.server.whole, "cache_prompt": True}, self.env.slots,
            self.env.limit)

    def stop(self):
        self.server.stop()

    def draw(self, prompts, cfg):
        return client.fixed(self.client, prompts, cfg, self.n)

    def measure(self, prompts, cfg):
        client.warm(self.client, cfg)
        t = time.monotonic()
        traces = self.draw(prompts, cfg)
        self.last = traces
        return result(traces, time.monotonic() - t, self.server.p.peak)


class LlamaServerN(LlamaServer):
    peer = "llama-server"

    def draw(self, prompts, cfg):
        return client.fixed(self.client, prompts, cfg, cfg["k"])


class Control(LlamaServer):
    """deepconf's policy and answer window, by a client over llama-server."""
    peer = "llama-server"

    def measure(self, prompts, cfg):
        short = {**cfg, "max_tokens": min(cfg["window"], cfg["max_tokens"])}
        client.warm(self.client, cfg)
        t = time.monotonic()
        traces = client.curtail(self.client, prompts, short)
        out = result(traces, time.monotonic() - t, self.server.p.peak)
        full = self.env.full.get("llama-server")
        if full:
            out["changed"] = replay_changed(full, cfg)
        return out


def replay_changed(full, cfg):
    """The policy replayed on the full K of the same server: what the policy
    alone changes, without the noise between two draws."""
    k = 0
    for traces in full:
        whole = workload.decide([workload.verdict(t["text"]) for t in traces])
        heads = [workload.verdict("".join(t["head"][:cfg["window"]]))
                 for t in traces]
        n = cfg["min_traces"]
        while n < len(heads) and \
                workload.curtailed(heads[:n], len(heads)) is None:
            n += 1
        short = workload.curtailed(heads[:n], len(heads)) or \
            workload.decide(heads)
        k += short != whole
    return (k, len(full))


# ---- Python peers -----------------------------------------------------------

class PythonPeer(System):
    part, script = None, None
    sample = None  # prompts measured; the rate is what counts

    def argv(self):
        return [self.env.python, os.path.join(self.env.here, self.script),
                self.env.model, str(self.env.threads), str(self.env.ctx)]

    def start(self):
        servers.need_part(self.env.dir, self.part)
        self.worker = Worker(self.argv(), self.log, self.env.limit,
                             {"OMP_NUM_THREADS": str(self.env.threads)})

    def stop(self):
        self.worker.stop()

    def measure(self, prompts, cfg):
        prompts = prompts[:self.sample] if self.sample else prompts
        r = self.worker.ask({"prompts": prompts, **cfg})
        out = result(r["traces"], r["seconds"], self.worker.p.peak)
        return out | {"sample": len(prompts)}


class Transformers(PythonPeer):
    part, script = "venv", "peer_transformers.py"


class LlamaCppPython(PythonPeer):
    part, script, sample = "llama-cpp-python", "peer_llama_cpp_python.py", 3


class Vllm(System):
    """Without a seed: one a request crashed the engine under load."""

    def start(self):
        self.server = servers.Vllm(self.env.of_servers(), self.log)
        self.server.start()
        # More requests than slots keep its batch full.
        self.client = client.Client(self.server.port, self.server.whole,
                                    2 * self.env.slots, self.env.limit)

    def stop(self):
        self.server.stop()

    def measure(self, prompts, cfg):
        client.warm(self.client, cfg)
        t = time.monotonic()
        traces = client.fixed(self.client, prompts, cfg, seeded=False)
        return result(traces, time.monotonic() - t, self.server.p.peak)


# ---- deepconf ---------------------------------------------------------------

class Deepconf(System):
    peer = "fastest of llama-server and vllm"
    options = ["--stop", "fixed"]
    reference = None  # the system whose decisions are the full K

    def model(self):
        return self.env.model

    def more(self, cfg):
        return []

    def measure(self, prompts, cfg):
        db = os.path.join(self.env.out, f"{self.name}.db")
        workload.remove_run(db)
        argv = [self.env.deepconf, "run", "--model", self.model(), "--data",
                self.env.data, "--benchmark", self.env.benchmark,
                "--max-tokens", str(cfg["max_tokens"]), "--max-traces",
                str(cfg["k"]), "--min-traces", str(cfg["min_traces"]),
                "--logprobs", str(cfg["top"]), "--seed", str(cfg["seed"]),
                "--slots", str(self.env.slots), "--threads",
                str(self.env.threads), "--ctx", str(self.env.ctx), "--quiet",
                "--out", db, *self.options, *self.more(cfg)]
        _, peak, _ = run_to_end(argv, self.log, self.env.limit)
        out = read_run(db) | {"peak": peak}
        full = self.env.full.get(self.reference)
        if full:
            same = list(zip(out["decisions"], full))
            out["changed"] = (sum(a != b for a, b in same), len(same))
        self.last = out["decisions"]
        return out


def read_run(path):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        wall, decode, prefill = db.execute(
            "SELECT sum(wall_ms), sum(decode_ms), sum(prefill_ms) "
            "FROM segment").fetchone()
        n, tokens = db.execute("SELECT count(*), sum(n_tok) FROM trace")\
            .fetchone()
        decisions = [d for d, in db.execute(
            "SELECT decision FROM decision ORDER BY prompt")]
    finally:
        db.close()
    return {"seconds": wall / 1e3, "tokens": tokens or 0, "traces": n,
            "decided": len(decisions), "decisions": decisions,
            "decode_s": (decode + prefill) / 1e3,
            "other_s": (wall - decode - prefill) / 1e3}


class DeepconfCurtail(Deepconf):
    options, reference = ["--stop", "curtail"], "deepconf-fixed"


class DeepconfWindow(DeepconfCurtail):
    def more(self, cfg):
        if cfg["window"] >= cfg["max_tokens"]:
            raise Skip(f"an answer window of {cfg['window']} tokens needs "
                       f"more than {cfg['max_tokens']} tokens a response")
        return ["--answer-window", str(cfg["window"]),
                "--audit-share", str(cfg["audit"])]


class Optimised:
    """The same with the weights of `deepconf model optimize`."""
    def start(self):
        if not self.env.optimised:
            raise Skip("no --optimised-model PATH given")

    def model(self):
        return self.env.optimised


class OptimisedFixed(Optimised, Deepconf):
    pass


class OptimisedCurtail(Optimised, DeepconfCurtail):
    reference = "deepconf-fixed-optimised"


class OptimisedWindow(Optimised, DeepconfWindow):
    reference = "deepconf-fixed-optimised"


# In the order of the table. A reference stands before what refers to it.
ALL = {"floor": Floor, "llama-server": LlamaServer,
       "llama-server-n": LlamaServerN, "control": Control,
       "transformers": Transformers, "llama-cpp-python": LlamaCppPython,
       "vllm": Vllm, "deepconf-fixed": Deepconf,
       "deepconf-curtail": DeepconfCurtail, "deepconf-window": DeepconfWindow,
       "deepconf-fixed-optimised": OptimisedFixed,
       "deepconf-curtail-optimised": OptimisedCurtail,
       "deepconf-window-optimised": OptimisedWindow}
