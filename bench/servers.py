"""The servers of models that deepconf is tried with and measured on: how each is
started on this machine, what it says of itself, and its end.

A server listens on the loopback address only. start() may be called again after
kill() or stop(), on the same port, as a test that takes a server away needs it.
"""
import contextlib
import dataclasses
import json
import os
import signal
import tempfile
import urllib.request

from process import Process, Skip, free_port, run_to_end, wait_until_up


def need_part(folder, part):
    """Skip, with the reason, unless bench/setup has installed PART."""
    skip = os.path.join(folder, part + ".skip")
    if not os.path.exists(os.path.join(folder, part + ".ok")):
        why = open(skip).read().strip() if os.path.exists(skip) else \
            f"not set up; run bench/setup {part}"
        raise Skip(why)


@dataclasses.dataclass
class Config:
    folder: str  # of bench/setup's parts
    model: str  # a GGUF file
    hash: str  # of that file
    threads: int
    slots: int
    ctx: int  # tokens of a slot
    limit: float  # seconds that something may take
    compiles: bool = True  # vLLM, at its start: minutes, for speed


class Server:
    part, name, patience = None, None, 120

    def __init__(self, cfg, log, served="bench"):
        self.cfg, self.log, self.served = cfg, log, served
        self.port, self.p = None, None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self):
        need_part(self.cfg.folder, self.part)
        self.port = self.port or free_port()
        self.p = Process(self.argv(), self.log, self.env())
        self.p.drain()
        try:
            wait_until_up(self.p, self.url + "/health", self.patience)
        except BaseException:
            self.stop()
            raise

    def env(self):
        return {}

    def stop(self):
        if self.p:
            self.p.stop()

    def kill(self):
        """As if the machine had gone: no word to its clients."""
        self.p.kill()

    @contextlib.contextmanager
    def paused(self):
        """It stands still, its connections open."""
        os.killpg(self.p.child.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self.p.child.pid, signal.SIGCONT)

    def text(self, path):
        with urllib.request.urlopen(self.url + path, timeout=60) as r:
            return r.read().decode()

    def metric(self, *names):
        """The sum of the values of these names in /metrics."""
        return sum(float(line.rsplit(" ", 1)[1])
                   for line in self.text("/metrics").splitlines()
                   if line.split("{")[0].split(" ")[0] in names)


class LlamaServer(Server):
    part, name = "llama", "llama-server"
    # Its defaults (top-k 40, min-p 0.05) would cut the distribution.
    whole = {"top_k": 0, "min_p": 0.0}

    def argv(self):
        c = self.cfg
        return [os.path.join(c.folder, "llama.cpp/bin/llama-server"), "-m",
                c.model, "--alias", self.served, "--host", "127.0.0.1",
                "--port", str(self.port), "-t", str(c.threads), "-tb",
                str(c.threads), "-np", str(c.slots), "-c",
                str(c.slots * c.ctx), "-fa", "on", "--metrics", "--slots",
                "--no-webui"]

    def running(self):
        return sum(bool(s["is_processing"])
                   for s in json.loads(self.text("/slots")))

    def generated(self):
        return self.metric("llamacpp:tokens_predicted_total")

    def prefilled(self):
        return self.metric("llamacpp:prompt_tokens_total")


class Vllm(Server):
    """vLLM for CPU, float32, on the weights of the GGUF file dequantised."""
    part, name, patience = "vllm", "vllm", 900
    whole = {"top_k": -1}

    def python(self):
        return os.path.join(self.cfg.folder, "venv/bin/python")

    def argv(self):
        c = self.cfg
        return [self.python(), "-m", "vllm.entrypoints.cli.main", "serve",
                self.weights(), "--host", "127.0.0.1", "--port",
                str(self.port), "--dtype", "float32", "--max-model-len",
                str(c.ctx), "--served-model-name", self.served,
                "--max-num-seqs", str(c.slots), "--generation-config",
                "vllm", *([] if c.compiles else ["--enforce-eager"])]

    def env(self):
        cores = sorted(os.sched_getaffinity(0))[:self.cfg.threads]
        return {"VLLM_CPU_OMP_THREADS_BIND": ",".join(map(str, cores)),
                "VLLM_CPU_KVCACHE_SPACE": "2", "LD_PRELOAD": self.preload(),
                "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1",
                "DO_NOT_TRACK": "1"}

    def weights(self):
        """The GGUF, dequantised by transformers, once per model."""
        c = self.cfg
        to = os.path.join(c.folder, "float32-" + c.hash)
        if not os.path.exists(os.path.join(to, "config.json")):
            here = os.path.dirname(os.path.abspath(__file__))
            tmp = tempfile.mkdtemp(dir=c.folder)
            run_to_end([self.python(),
                        os.path.join(here, "peer_transformers.py"),
                        "--export", c.model, tmp], self.log, c.limit)
            os.rename(tmp, to)
        return to

    def preload(self):
        found = []
        for name in ("libtcmalloc_minimal.so.4", "libiomp5.so"):
            for base in ("/usr/lib", os.path.join(self.cfg.folder,
                                                  "venv/lib")):
                hit = next((os.path.join(d, name) for d, _, files in
                            os.walk(base) if name in files), None)
                if hit:
                    found.append(hit)
                    break
        if len(found) != 2:
            raise Skip("tcmalloc or libiomp5 was not found; bench/setup vllm")
        return ":".join(found)

    def running(self):
        return self.metric("vllm:num_requests_running",
                           "vllm:num_requests_waiting")

    def generated(self):
        return self.metric("vllm:generation_tokens_total")

    def prefilled(self):
        return self.metric("vllm:prompt_tokens_total") - \
            self.metric("vllm:prefix_cache_hits_total")
