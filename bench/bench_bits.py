#!/usr/bin/env python3
"""bench_bits.py - are traces equal bit for bit, however a run is carried out?

    python3 bench/bench_bits.py build/deepconf smollm2 [PROMPTS [TOKENS]]

Runs the same prompts (the demo set's first 100 unless told otherwise, 10 traces
each) with other slots, threads, optimisations left out, and in pieces that are
killed and gone on with, and compares each trace with the first run's: token ids,
all records, text, verdicts. Prints how many differ; exits 1 if any does. 100
prompts of 64 tokens take about half an hour on two cores.
"""
import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile

WAYS = [
    ("16 slots, 2 threads", ["--slots", "16", "--threads", "2"], 0),
    ("4 slots, 2 threads", ["--slots", "4", "--threads", "2"], 0),
    ("7 slots, 1 thread", ["--slots", "7", "--threads", "1"], 0),
    ("no shared cells, no moves, one scanner",
     ["--slots", "16", "--threads", "2", "--without", "prefix",
      "--without", "pack", "--without", "team"], 0),
    ("killed and resumed", ["--slots", "12", "--threads", "2"], 20),
]
COLUMNS = ("finish, cut, answer_off, n_tok, k, text, tok_id, tok_logprob, "
           "tok_conf, tok_entropy, tok_self_cert, tok_end")


def traces(path):
    db = sqlite3.connect(path)
    verdicts = {}
    for trace, *rest in db.execute("SELECT trace, judge, verdict, rule "
                                   "FROM verdict ORDER BY trace, judge"):
        verdicts.setdefault(trace, []).append(rest)
    rows = db.execute(f"SELECT id, prompt, idx, {COLUMNS} FROM trace")
    return {(r[1], r[2]): hashlib.sha256(
        repr((r[3:], verdicts.get(r[0]))).encode()).hexdigest() for r in rows}


def run(command, kill_after):
    while True:
        p = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            if p.wait(kill_after or None) != 0:
                sys.exit(f"bench_bits: failed: {' '.join(command)}")
            return
        except subprocess.TimeoutExpired:
            p.send_signal(signal.SIGKILL)
            p.wait()
            kill_after *= 2


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    program, model = sys.argv[1:3]
    prompts = sys.argv[3] if len(sys.argv) > 3 else "100"
    tokens = sys.argv[4] if len(sys.argv) > 4 else "64"
    data = os.path.join(os.path.dirname(__file__), "..", "data", "demo.csv")
    wrong, first = 0, None
    with tempfile.TemporaryDirectory() as folder:
        for i, (name, options, kill_after) in enumerate(WAYS):
            out = os.path.join(folder, f"{i}.db")
            run([program, "run", "--model", model, "--benchmark", "demo",
                 "--data", data, "--num-instances", prompts, "--max-tokens",
                 tokens, "--stop", "fixed", "--max-traces", "10", "--quiet",
                 "--out", out] + options, kill_after)
            got = traces(out)
            first = first or got
            differ = sum(got.get(k) != v for k, v in first.items())
            differ += len(got.keys() - first.keys())
            wrong += differ
            print(f"{name}: {len(got)} traces, {differ} differ", flush=True)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
