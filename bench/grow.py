"""How deepconf's cost grows: one size is varied, all else stays; the policy is
fixed, so that nothing is saved. `vocabulary` takes every model of the registry
that is fetched: their sizes differ too, so read its column "outside"."""
import copy
import os
import sys

import report
import speed

STEPS = {"k": (2, 5, 10, 20, 40), "prompt": (100, 400, 1600),
         "tokens": (16, 64, 256), "slots": (1, 2, 4, 8, 16, 32)}


def variants(env, args):
    """(label, args) of each step."""
    if args.grow == "vocabulary":
        folder = os.path.join(os.path.dirname(env.dir), "models")
        for name in sorted(os.listdir(folder)):
            if name.endswith(".gguf"):
                yield name, changed(args, model=os.path.join(folder, name))
        return
    key = {"prompt": "chars", "tokens": "tokens"}.get(args.grow, args.grow)
    for step in STEPS[args.grow]:
        yield str(step), changed(args, **{key: step})


def changed(args, **what):
    out = copy.copy(args)
    vars(out).update(what)
    return out


def stretch(rows, column, chars):
    """Prompts of exactly `chars` characters: each one repeated and cut."""
    for r in rows:
        text = r[column] + " "
        r[column] = (text * (chars // len(text) + 1))[:chars]


def one(args):
    env = speed.Env(args)
    rows, prompts, _ = speed.workload.read_prompts(
        args.data, args.benchmark, args.prompts, args.seed, args.longest)
    if hasattr(args, "chars"):
        stretch(rows, speed.workload.COLUMNS[args.benchmark][0], args.chars)
    env.benchmark = args.benchmark
    env.data = os.path.join(env.out, "prompts.csv")
    speed.workload.write_prompts(env.data, rows)
    tokens = int(str(args.tokens).split(",")[0])
    return speed.measure_once("deepconf-fixed", env, prompts,
                              speed.config(args, tokens))


def main(env, args):
    print(f"| {args.grow} | s | tokens | tokens/s | s outside | peak MB |")
    print("|---|---|---|---|---|---|")
    for label, a in variants(env, args):
        r = one(a)
        if "skip" in r:
            print(f"| {label} | SKIP {r['skip']} | | | | |", flush=True)
            continue
        n = report.number
        print(f"| {label} | {n(r['seconds'], 1)} | {r['tokens']:,} | "
              f"{n(r['tokens'] / r['seconds'], 0)} | {n(r['other_s'])} | "
              f"{n(r['peak'] / 1e6, 0)} |", flush=True)
    sys.stdout.flush()
    return 0
