"""Inspect (inspect_ai) over a server: a task of the prompts with K epochs and
top-20 log-probabilities, its log written as it always is.
"""
import sys
import tempfile

import inspect_ai
from inspect_ai import Task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import GenerateConfig, get_model
from inspect_ai.solver import generate

import peer


def traces_of(log, n):
    """Its samples are read from the folder of the log when they are asked for."""
    if log.status != "success":
        sys.exit(f"Inspect ended with {log.status}: {log.error}")
    traces = [[] for _ in range(n)]
    for s in log.samples:
        c = s.output.choices[0]
        traces[s.id].append({"text": c.message.text,
                             "tokens": len(c.logprobs.content)})
    return traces


def answer(job):
    # No answers of an earlier round out of a cache, and no limit of its own.
    config = GenerateConfig(max_tokens=job["max_tokens"], temperature=1.0,
                            top_p=1.0, logprobs=True, top_logprobs=job["top"],
                            max_connections=job["in_flight"],
                            extra_body=job["extra"])
    model = get_model("openai-api/bench/" + job["model"], config=config,
                      base_url=job["url"], api_key="none", memoize=False)
    task = Task(dataset=MemoryDataset(
        [Sample(input=p, id=i) for i, p in enumerate(job["prompts"])]),
        solver=generate(), epochs=job["k"])
    with tempfile.TemporaryDirectory() as folder:
        logs, took = peer.timed(lambda: inspect_ai.eval(
            task, model=model, log_dir=folder, display="none",
            max_samples=job["in_flight"], fail_on_error=True))
        traces = traces_of(logs[0], len(job["prompts"]))
    return {"traces": traces, **took}


peer.serve(answer, inspect_ai.__version__)
