#!/usr/bin/env python3
"""The cluster bootstrap of bench_auroc.c again, in NumPy and SciPy.

    python3 bench/bench_auroc_numpy.py ./bench_auroc [--resamples N]

Runs the C program on its data, then the same data here, three ways, and prints
each way's time for 10,000 resamples (extrapolated from N) beside the C
program's. The programs have different random numbers, so that intervals agree
to resampling noise only; the AUROC itself must agree to the last digits.

    ranks     the rows of a resample are gathered and ranked by
              scipy.stats.rankdata: what one writes first
    argsort   the same with numpy.argsort: right only without ties
    weights   the trick of the C program: sort once, then weights and their
              running sums
"""
import argparse
import re
import subprocess
import sys
import tempfile
import time

import numpy as np
import scipy
from scipy.stats import rankdata

TOTAL = 10000


def auroc(positive, rank):
    n_pos = int(positive.sum())
    n_neg = positive.size - n_pos
    u = rank[positive].sum() - n_pos * (n_pos + 1) / 2
    return u / (n_pos * n_neg)


def gather(rows_of, drawn):
    return rows_of[drawn].ravel()


def by_ranks(data, drawn):
    rows = gather(data["rows_of"], drawn)
    return auroc(data["positive"][rows], rankdata(data["score"][rows]))


def by_argsort(data, drawn):
    rows = gather(data["rows_of"], drawn)
    order = np.argsort(data["score"][rows])
    rank = np.empty(rows.size)
    rank[order] = np.arange(1, rows.size + 1)
    return auroc(data["positive"][rows], rank)


def by_weights(data, drawn):
    w = np.bincount(drawn, minlength=len(data["rows_of"]))[data["sorted_prompt"]]
    neg = np.where(data["sorted_positive"], 0, w)
    pos = w - neg
    below = np.cumsum(neg) - neg
    return (pos @ below) / (int(pos.sum()) * int(neg.sum()))


def load(path):
    raw = np.loadtxt(path)
    prompt = raw[:, 0].astype(np.int64)
    per = np.bincount(prompt)
    assert (per == per[0]).all() and (np.diff(prompt) >= 0).all()
    score, positive = raw[:, 2].copy(), raw[:, 1] > 0
    order = np.argsort(score, kind="stable")
    return {"score": score, "positive": positive,
            "rows_of": np.arange(score.size).reshape(-1, per[0]),
            "sorted_prompt": prompt[order],
            "sorted_positive": positive[order]}


def measure(way, data, n):
    rng = np.random.default_rng(1)
    n_prompts = len(data["rows_of"])
    wall, cpu = time.perf_counter(), time.process_time()
    x = [way(data, rng.integers(0, n_prompts, n_prompts)) for _ in range(n)]
    return (np.percentile(x, [2.5, 97.5]), time.perf_counter() - wall,
            time.process_time() - cpu)


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("program", help="bench_auroc, built as its head says")
    ap.add_argument("--resamples", type=int, default=200)
    args = ap.parse_args()
    with tempfile.NamedTemporaryFile() as f:
        out = subprocess.run([args.program, f.name], check=True, text=True,
                             capture_output=True).stdout
        data = load(f.name)
    print(out, end="")
    mine = {}
    for m in re.finditer(r"distinct +threads (\d+) .*?wall (\S+) s", out):
        t = float(m.group(2))
        mine[m.group(1)] = min(t, mine.get(m.group(1), t))
    theirs = auroc(data["positive"], rankdata(data["score"]))
    value = float(re.search(r"distinct.*?auroc (\S+)", out).group(1))
    print(f"NumPy {np.__version__}, SciPy {scipy.__version__}: "
          f"auroc {theirs:.17g}")
    for way in (by_ranks, by_argsort, by_weights):
        ends, wall, cpu = measure(way, data, args.resamples)
        wall, cpu = (t * TOTAL / args.resamples for t in (wall, cpu))
        print(f"{way.__name__:12} wall {wall:.1f} s  processor {cpu:.1f} s  "
              f"lo {ends[0]:.4f} hi {ends[1]:.4f}  times as long as C: " +
              ", ".join(f"{wall / t:.0f} ({k} thread{'s' * (k > '1')})"
                        for k, t in sorted(mine.items())))
    return 0 if abs(theirs - value) < 1e-12 else 1


if __name__ == "__main__":
    sys.exit(main())
