#!/usr/bin/env python3
"""The default sweep with permutations on a large synthetic run, and in NumPy.

    python3 bench/bench_sweep.py ./build/deepconf [--prompts 5083]
        [--permutations 100] [--run FILE]

Makes a run of that many prompts x 10 traces x up to 128 tokens with the
program's own fake backend (so through its own store), times `deepconf sweep`
(wall, processor time, largest resident set), and does the same in NumPy and
SciPy, two ways: "loop" walks prompt by prompt, as one writes it first (some of
the prompts and one order, extrapolated); "vectors" takes all prompts at once
(two orders, extrapolated). Their traces, tokens and changed decisions in the
recorded order must equal the program's, or this ends with an error. They leave
out the answer windows, three rows of the program's, which have to be judged.
"""
import argparse
import csv
import hashlib
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time

import numpy as np
from scipy.stats import beta, binom, binomtest, hypergeom

K = 10
MIN = 3


def make_run(deepconf, folder, n):
    path = os.path.join(folder, "bench.db")
    data = os.path.join(folder, "prompts.csv")
    with open(data, "w", newline="", encoding="utf-8") as f:
        w = csv.writer(f)
        w.writerow(["prompt", "label"])
        w.writerows([f"prompt number {i}", "refuse" if i % 14 == 0 else
                     "answer"] for i in range(n))
    subprocess.run([deepconf, "run", "--backend", "fake", "--model",
                    "random:refuse=0.3,len=600,vocab=64", "--benchmark",
                    "generic", "--data", data, "--stop", "fixed",
                    "--max-tokens", "128", "--out", path, "--quiet"],
                   check=True, stdout=subprocess.DEVNULL)
    return path


def time_sweep(deepconf, path, permutations):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    at = time.perf_counter()
    out = subprocess.run([deepconf, "sweep", path, "--json", "--permutations",
                          str(permutations)], check=True,
                         stdout=subprocess.PIPE).stdout
    wall = time.perf_counter() - at
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(out), wall, cpu, after.ru_maxrss / 1024


# ---- the same in NumPy ----

class Record:
    def __init__(self, path):
        db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        ids = [r[0] for r in db.execute("SELECT id FROM prompt ORDER BY ord")]
        n = len(ids)
        self.fold = np.array([int.from_bytes(hashlib.sha256(
            x.encode()).digest()[:8], "big") % 5 for x in ids])
        self.refusal = np.zeros((n, K), bool)
        for p, t, v in db.execute(
                "SELECT t.prompt, t.idx, v.verdict FROM verdict v "
                "JOIN trace t ON t.id = v.trace"):
            self.refusal[p, t] = v == "refusal"
        self.value = {}
        for p, t, m, x in db.execute(
                "SELECT t.prompt, t.idx, m.measure, m.value FROM measure m "
                "JOIN trace t ON t.id = m.trace"):
            self.value.setdefault(m, np.full((n, K), np.nan))[p, t] = x
        self.n_tok = np.zeros((n, K), np.int64)
        means = np.full((n, K, 128 - WINDOW + 1), np.inf)
        for p, t, m, blob in db.execute(
                "SELECT prompt, idx, n_tok, tok_conf FROM trace"):
            self.n_tok[p, t] = m
            c = np.frombuffer(blob, "<f4").astype(float)
            if m >= WINDOW:
                w = np.lib.stride_tricks.sliding_window_view(c, WINDOW)
                means[p, t, :len(w)] = w.mean(axis=1)
        self.means = means
        self.full = 2 * self.refusal.sum(axis=1) > K


def table(policy, arg):
    """stop[n, r], and the decision there."""
    stop = np.zeros((K + 1, K + 1), bool)
    refuse = np.zeros((K + 1, K + 1), bool)
    for n in range(K + 1):
        for r in range(n + 1):
            c, x = n - r, max(r, n - r)
            refuse[n, r] = 2 * r > n
            own = False
            if policy == "unanimous":
                own = x == n >= arg[0]
            elif policy == "hypergeometric":
                own = (hypergeom.sf(r - 1, K, K // 2, n) <= arg[0] or
                       hypergeom.sf(c - 1, K, (K + 1) // 2 - 1, n) <= arg[0])
            elif policy == "adaptive-consistency":
                own = n > 0 and binom.cdf(x, n + 1, 0.5) >= arg[0]
            elif policy == "e-process":
                e = 2.0 ** (n + 1) * np.exp(
                    _ln_beta(x + 1, n - x + 1)) * beta.sf(0.5, x + 1, n - x + 1)
                own = e >= 1 / arg[0]
            elif policy == "sprt":
                p0, p1, al, be = arg
                llr = r * np.log(p1 / p0) + c * np.log((1 - p1) / (1 - p0))
                up, down = np.log((1 - be) / al), np.log(be / (1 - al))
                own = llr >= up or llr <= down
                if own:
                    refuse[n, r] = llr >= up
            if policy != "fixed" and (2 * r > K or 2 * c >= K):
                own, refuse[n, r] = True, 2 * r > K
            stop[n, r] = n == K or (own and n >= MIN)
    return stop, refuse


def _ln_beta(a, b):
    from scipy.special import betaln
    return betaln(a, b)


def thresholds(rec, q):
    x = rec.value["mean_prob"]
    return np.array([np.percentile(x[rec.fold != f], q) for f in range(5)])


class Vectors:
    """All prompts at once, in the order o [n, K]."""

    def __init__(self, rec, o):
        take = lambda x: np.take_along_axis(x, o, axis=1)
        self.rec = rec
        self.refusal = take(rec.refusal)
        self.tok = take(rec.n_tok)
        self.value = {m: take(v) for m, v in rec.value.items()}
        self.order = o
        self.r = np.concatenate([np.zeros((len(o), 1), np.int64),
                                 np.cumsum(self.refusal, axis=1)], axis=1)
        self.n = np.arange(K + 1)

    def end(self, stops, refuse):
        """stops, refuse [n, K+1]: the first stop."""
        at = stops.argmax(axis=1)
        rows = np.arange(len(at))
        spent = np.concatenate([np.zeros((len(at), 1), np.int64),
                                np.cumsum(self.tok, axis=1)], axis=1)
        return at.sum(), spent[rows, at].sum(), \
            (refuse[rows, at] != self.rec.full).sum()

    def row(self, name, arg, vote):
        if vote:
            return self.weighs(vote)
        if name == "deepconf":
            return self.deepconf(arg)
        curtail = table("curtail", ())
        if name == "confidence-percentile":
            th = thresholds(self.rec, arg[0])[self.rec.fold]
            own = np.zeros((len(th), K + 1), bool)
            own[:, 1:] = self.value["mean_prob"] > th[:, None]
        elif name == "esc":
            w = int(arg[0])
            own = np.zeros(self.r.shape, bool)
            for n in range(w, K + 1, w):
                d = self.r[:, n] - self.r[:, n - w]
                own[:, n] = (d == 0) | (d == w)
        else:
            stop, refuse = table(name, arg)
            return self.end(stop[self.n, self.r], refuse[self.n, self.r])
        own[:, :MIN] = False
        return self.end(own | curtail[0][self.n, self.r],
                        curtail[1][self.n, self.r])

    def weighs(self, vote):
        kind, arg = vote
        w = self.value[arg[-1]]
        if kind == "filtered":
            bar = np.percentile(w, 100 * (1 - float(arg[0])), axis=1)
            w = np.where(w >= bar[:, None], w, 0)
        refuse = 2 * (w * self.refusal).sum(axis=1) > w.sum(axis=1)
        return self.refusal.size, self.tok.sum(), \
            (refuse != self.rec.full).sum()

    def deepconf(self, arg):
        eta, tau = arg[0], arg[1]
        low = self.value[f"group_min({WINDOW})"]
        bar = np.percentile(low[:, :WARM], 100 * (1 - eta), axis=1)
        below = self.rec.means < bar[:, None, None]
        cut = np.take_along_axis(below.any(axis=2), self.order, axis=1)
        first = np.take_along_axis(below.argmax(axis=2), self.order, axis=1)
        cut[:, :WARM] = False
        self_tok = self.tok
        w = np.where(~cut & (low >= bar[:, None]), low, 0)
        a = np.cumsum(w * self.refusal, axis=1)
        b = np.cumsum(w * ~self.refusal, axis=1)
        stops = np.zeros(self.r.shape, bool)
        refuse = np.zeros(self.r.shape, bool)
        stops[:, 1:] = np.maximum(a, b) >= tau * (a + b)
        refuse[:, 1:] = a > b
        stops[:, :max(MIN, WARM)] = False
        stops[:, K] = True
        self.tok = np.where(cut, first + WINDOW, self_tok)
        out = self.end(stops, refuse)
        self.tok = self_tok
        return out


def loop_row(rec, name, arg, vote, prompts, order):
    """Prompt by prompt."""
    traces = tokens = changed = 0
    tab = table(name if name in COUNTS else "curtail", arg)
    th = thresholds(rec, arg[0]) if name == "confidence-percentile" else None
    for i in prompts:
        o, r, n, d = order[i], 0, 0, None
        bar, a, b = None, 0.0, 0.0
        if vote:
            w = rec.value[vote[1][-1]][i, o]
            if vote[0] == "filtered":
                w = np.where(w >= np.percentile(
                    w, 100 * (1 - float(vote[1][0]))), w, 0)
            n, d = K, 2 * w[rec.refusal[i, o]].sum() > w.sum()
            tokens += rec.n_tok[i].sum()
        while d is None:
            t = o[n]
            used, cut = rec.n_tok[i, t], False
            if name == "deepconf" and n >= WARM:
                hit = np.flatnonzero(rec.means[i, t] < bar)
                if len(hit):
                    used, cut = hit[0] + WINDOW, True
            n, tokens = n + 1, tokens + used
            r += rec.refusal[i, t]
            if name == "deepconf":
                low = rec.value[f"group_min({WINDOW})"][i, o]
                if n == WARM:
                    bar = np.percentile(low[:WARM], 100 * (1 - arg[0]))
                    for k in range(WARM):
                        if low[k] >= bar:
                            a += low[k] * rec.refusal[i, o[k]]
                            b += low[k] * (not rec.refusal[i, o[k]])
                elif n > WARM and not cut and low[n - 1] >= bar:
                    a += low[n - 1] * rec.refusal[i, t]
                    b += low[n - 1] * (not rec.refusal[i, t])
                if n == K or (n >= max(MIN, WARM) and
                              max(a, b) >= arg[1] * (a + b)):
                    d = a > b
                continue
            own = False
            if name == "confidence-percentile":
                own = rec.value["mean_prob"][i, t] > th[rec.fold[i]]
            elif name == "esc" and n % int(arg[0]) == 0:
                w = int(arg[0])
                own = rec.refusal[i, o[n - w:n]].sum() in (0, w)
            if tab[0][n, r] or (own and n >= MIN):
                d = tab[1][n, r]
        traces += n
        changed += d != rec.full[i]
    return traces, tokens, changed


def parse(row):
    name, _, arg = row["policy"].partition("(")
    arg = [float(x) for x in arg.rstrip(")").split(",")] if arg else []
    vote = None
    if row["vote"] != "majority":
        kind, _, rest = row["vote"].partition("(")
        vote = (kind, rest[:-1].split(",", 1) if kind == "filtered"
                else [rest[:-1]])
    return name, arg, vote


def finish(n, changed):
    binomtest(int(changed), n).proportion_ci(method="wilson")
    binomtest(int(changed // 2), max(int(changed), 1), 0.5)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("deepconf")
    ap.add_argument("--prompts", type=int, default=5083)
    ap.add_argument("--permutations", type=int, default=100)
    ap.add_argument("--run", help="a run of this program, made before")
    o = ap.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = o.run or make_run(o.deepconf, folder, o.prompts)
        d, wall, cpu, mb = time_sweep(o.deepconf, path, o.permutations)
        print(f"deepconf: {len(d['rows'])} rows, {o.permutations} orders: "
              f"{wall:.1f} s wall, {cpu:.1f} s of processor, {mb:.0f} MB")
        at = time.perf_counter()
        rec = Record(path)
        reading = time.perf_counter() - at
    rows = [r for r in d["rows"] if r["answer_window"] is None]
    n = len(rec.full)
    rng = np.random.default_rng(1)
    plain = np.tile(np.arange(K), (n, 1))
    some = range(0, n, max(1, n // 250))
    vectors, loop = [], 0
    for k in range(3):
        order = plain if k == 0 else rng.permuted(plain, axis=1)
        at = time.perf_counter()
        v = Vectors(rec, order)
        for row in rows:
            got = v.row(*parse(row))
            finish(n, got[2])
            want = (row["traces"] * n, row["tokens"] * n, row["changed"]["k"])
            if k == 0 and any(round(x) != y for x, y in zip(want, got)):
                sys.exit(f"{row['setting']}: deepconf {want}, NumPy {got}")
        if k > 0:
            vectors.append(time.perf_counter() - at)
    at = time.perf_counter()
    for row in rows:
        loop_row(rec, *parse(row), some, plain)
    loop = (time.perf_counter() - at) * n / len(some)
    p = o.permutations
    for name, one in (("loop", loop), ("vectors", sum(vectors) / 2)):
        total = reading + (p + 1) * one
        print(f"NumPy, {name}: reading {reading:.1f} s, an order {one:.2f} s, "
              f"{p} orders {total:.0f} s: {total / wall:.1f} times deepconf")


COUNTS = ("fixed", "curtail", "unanimous", "hypergeometric", "e-process",
          "adaptive-consistency", "sprt")
WINDOW, WARM = 32, 3

if __name__ == "__main__":
    main()
