#!/usr/bin/env python3
"""Time and memory of every command that reads a run file, by its size.

    bench/scale.py [--deepconf ./build/deepconf] [--folder DIR]
        [--size 10000x10 --size 100000x10 ...] [--only show --only stats ...]

Makes synthetic run files of PROMPTSxTRACES with the program's own fake backend
(so through its own engine, judge and store; the same bytes of traces every time,
some 6 tokens each) and runs each command on each, one after another. Files that
are in the folder already are taken as they are: a million traces take some two
minutes of one core and 600 MB. Prints processor seconds, wall seconds and the
largest resident set of the command; docs/SCALE.md has them as a table.
Ends with exit code 1 if a limit of that page is passed, each of which is of
processor time or memory, so that other programs beside do not show much.
"""
import argparse
import os
import subprocess
import sys
import time

MODEL = "random:refuse=0.3,len=6,vocab=64"
SHARDS = 4
ALL = ("show", "stats", "sweep", "calibrate", "compare", "verify", "export",
       "merge", "report")
# processor seconds and MB; per command and size
LIMITS = {("report", 1000000): (None, 1024), ("stats", 1000000): (1200, None)}


def size_of(text):
    prompts, _, traces = text.partition("x")
    return int(prompts), int(traces)


def write_prompts(path, n):
    with open(path, "w", encoding="utf-8") as f:
        f.write("prompt,label\n")
        for i in range(n):
            f.write(f"prompt number {i},"
                    f"{'refuse' if i % 14 == 0 else 'answer'}\n")


def run_command(o, seed, data, out, traces, *more):
    return [o.deepconf, "run", "--backend", "fake", "--model", MODEL,
            "--benchmark", "generic", "--data", data, "--stop", "fixed",
            "--min-traces", str(min(3, traces)), "--max-traces", str(traces),
            "--max-tokens", "8", "--slots", "1024", "--seed", str(seed),
            "--out", out, "--quiet", *more]


def measure(argv, log):
    """(processor s, wall s, MB) of a command, whose children count too."""
    at = time.perf_counter()
    with open(log, "wb") as f:
        child = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=f)
        _, status, use = os.wait4(child.pid, 0)
    wall = time.perf_counter() - at
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in (0, 1):  # 1: calibrate offers none
        with open(log, encoding="utf-8", errors="replace") as f:
            sys.exit(f"{' '.join(argv)}: exit code {child.returncode}: "
                     f"{f.read()[-400:]}")
    return use.ru_utime + use.ru_stime, wall, use.ru_maxrss / 1024


def commands(o, name, db, other, shards):
    report = os.path.join(o.folder, f"report-{name}")
    return {
        "show": [o.deepconf, "show", db],
        "stats": [o.deepconf, "stats", db],
        "sweep": [o.deepconf, "sweep", db],
        "calibrate": [o.deepconf, "calibrate", db],
        "compare": [o.deepconf, "compare", db, other],
        "report": [o.deepconf, "report", db, "--out", report],
        "verify": [o.deepconf, "verify", report, "--run", db],
        "export": [o.deepconf, "export", db, "--format", "deepconf", "--out",
                   os.path.join(o.folder, f"{name}.jsonl")],
        "merge": [o.deepconf, "merge", *shards, "--out", merged_name(o, name)],
    }


def merged_name(o, name):
    """A merge makes a new file; the one of an earlier measurement goes."""
    db = os.path.join(o.folder, f"merged-{name}.db")
    if os.path.exists(db):
        os.remove(db)
    return db


def make(o, size, seed, shard=None):
    prompts, traces = size
    part = f"-{shard}-of-{SHARDS}" if shard else ""
    db = os.path.join(o.folder, f"{prompts}x{traces}-{seed}{part}.db")
    if not os.path.exists(db):
        data = os.path.join(o.folder, f"{prompts}.csv")
        if not os.path.exists(data):
            write_prompts(data, prompts)
        more = ["--shard", f"{shard}/{SHARDS}"] if shard else []
        argv = run_command(o, seed, data, db + ".part", traces, *more)
        cost = measure(argv, os.path.join(o.folder, "log"))
        os.rename(db + ".part", db)
        print_row(f"run --shard {shard}/{SHARDS}" if shard else "run", size,
                  cost)
    return db


def print_row(what, size, cost):
    prompts, traces = size
    print(f"| {what} | {prompts:,} x {traces} | {cost[0]:.0f} | {cost[1]:.0f} "
          f"| {cost[2]:.0f} |", flush=True)


def too_much(what, size, cost):
    limit = LIMITS.get((what, size[0] * size[1]))
    return limit and any(most is not None and is_ > most
                         for is_, most in zip((cost[0], cost[2]), limit))


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    ap.add_argument("--deepconf", default=os.path.join(root, "build/deepconf"))
    ap.add_argument("--folder", default=os.path.join(root, "build/scale"))
    ap.add_argument("--size", type=size_of, action="append",
                    metavar="PROMPTSxTRACES")
    ap.add_argument("--only", action="append", choices=ALL)
    o = ap.parse_args()
    os.makedirs(o.folder, exist_ok=True)
    print("| command | prompts x traces | processor, s | wall, s | MB |\n"
          "|---|---|---:|---:|---:|")
    passed = []
    for size in o.size or [(10000, 10), (100000, 10), (1000000, 1)]:
        wanted = o.only or ALL
        # merge alone reads other files than the run
        db = make(o, size, 1) if set(wanted) - {"merge"} else None
        other = make(o, size, 2) if "compare" in wanted else None
        shards = [make(o, size, 1, i + 1) for i in range(SHARDS)
                  if "merge" in wanted]
        known = commands(o, f"{size[0]}x{size[1]}", db, other, shards)
        # verify reads the report
        for what in sorted(wanted, key=lambda w: (w == "verify", ALL.index(w))):
            if what == "calibrate" and size[1] < 2:
                continue  # one trace has nothing to stop
            cost = measure(known[what], os.path.join(o.folder, "log"))
            print_row(what, size, cost)
            if too_much(what, size, cost):
                passed.append(f"{what} of {size[0]} x {size[1]}")
    if passed:
        sys.exit(f"over the limit: {', '.join(passed)}")


if __name__ == "__main__":
    main()
