"""A client of an OpenAI-compatible server on this machine, as users write it:
threads, one request each, top-20 log-probabilities asked for and turned into
confidence. It serves llama-server and vLLM, and the control, which is the same
client with deepconf's policy on top.
"""
import http.client
import json
import queue
import threading

import workload


class Client:
    def __init__(self, port, extra, slots, timeout):
        self.port, self.extra = port, extra
        self.slots, self.timeout = slots, timeout

    def request(self, conn, prompt, n, cfg, seed):
        body = {"model": "bench", "temperature": 1.0, "top_p": 1.0,
                "messages": [{"role": "user", "content": prompt}],
                "max_tokens": cfg["max_tokens"], "logprobs": True,
                "top_logprobs": cfg["top"], "n": n, **self.extra}
        if seed is not None:
            body["seed"] = seed
        conn.request("POST", "/v1/chat/completions", json.dumps(body),
                     {"Content-Type": "application/json"})
        reply = conn.getresponse()
        data = reply.read()
        if reply.status != 200:
            raise RuntimeError(f"HTTP {reply.status}: {data[:200]!r}")
        return [trace_of(c) for c in json.loads(data)["choices"]]

    def each(self, jobs, done):
        """Run jobs (an unbounded queue of (key, prompt, n, cfg, seed)) with one
        thread a slot; done(key, traces) may put further jobs and returns True
        when nothing more is to come."""
        failed = []
        finished = threading.Event()
        lock = threading.Lock()

        def work():
            conn = http.client.HTTPConnection("127.0.0.1", self.port,
                                              timeout=self.timeout)
            try:
                while not finished.is_set():
                    try:
                        key, *args = jobs.get(timeout=0.2)
                    except queue.Empty:
                        continue
                    traces = self.request(conn, *args)
                    with lock:
                        if done(key, traces):
                            finished.set()
            except Exception as e:  # any failure ends the whole measurement
                failed.append(e)
                finished.set()
            finally:
                conn.close()

        threads = [threading.Thread(target=work) for _ in range(self.slots)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        if failed:
            raise failed[0]


def warm(client, cfg):
    """A few short answers that aren't timed: what a server compiles or lays out
    at its first full batch is start-up."""
    fixed(client, ["Say hello."], {**cfg, "k": 2 * client.slots,
                                   "max_tokens": 16}, seeded=False)


def trace_of(choice):
    tokens = (choice.get("logprobs") or {}).get("content") or []
    conf = [workload.confidence([x["logprob"] for x in t["top_logprobs"]])
            for t in tokens]
    return {"text": choice["message"].get("content") or "",
            "tokens": len(tokens), "conf": conf,
            "head": [t["token"] for t in tokens]}


def seed_of(cfg, prompt, trace):
    return cfg["seed"] * 100003 + prompt * 1000 + trace


def fixed(client, prompts, cfg, n=1, seeded=True):
    """All K traces of every prompt; n traces a request."""
    jobs = queue.Queue()
    for i, prompt in enumerate(prompts):
        for j in range(0, cfg["k"], n):
            jobs.put(((i, j), prompt, min(n, cfg["k"] - j), cfg,
                      seed_of(cfg, i, j) if seeded else None))
    left = [jobs.qsize()]
    traces = [[None] * cfg["k"] for _ in prompts]

    def done(key, got):
        i, j = key
        traces[i][j:j + len(got)] = got
        left[0] -= 1
        return left[0] == 0

    client.each(jobs, done)
    return traces


def curtail(client, prompts, cfg, together=False, seeded=True):
    """deepconf's default policy, by a client: as many traces as the policy
    surely needs, then as many as it needs again, each by a request of its own
    or all together as the choices of one. Prompts are opened as slots become
    free (the queue is kept just full)."""
    jobs = queue.Queue()
    traces = [[] for _ in prompts]
    launched, state = [0] * len(prompts), {"opened": 0, "left": len(prompts),
                                           "flight": 0}

    def launch(i, n):
        each = n if together else 1
        for _ in range(0, n, each or 1):
            seed = seed_of(cfg, i, launched[i]) if seeded else None
            jobs.put((i, prompts[i], each, cfg, seed))
            launched[i] += each
            state["flight"] += each

    def open_more():
        while state["flight"] < client.slots and \
                state["opened"] < len(prompts):
            i = state["opened"]
            state["opened"] += 1
            launch(i, workload.still_needed([], cfg["k"], cfg["min_traces"]))

    def done(i, got):
        state["flight"] -= len(got)
        traces[i] += got
        if len(traces[i]) == launched[i]:
            verdicts = [workload.verdict(t["text"]) for t in traces[i]]
            need = workload.still_needed(verdicts, cfg["k"],
                                         cfg["min_traces"])
            launch(i, need)
            state["left"] -= need == 0
        open_more()
        return state["left"] == 0

    open_more()
    client.each(jobs, done)
    return traces
