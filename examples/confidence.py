#!/usr/bin/env python3
"""The pure functions of deepconf from Python: a tour of deepconf_safety.

    python3 confidence.py

Four things that need no model of ours: a row of logits becomes a sampled token
with its confidence; token records become measures of a trace; traces vote with
their confidence as weight; and a stopping policy shows its exact table.
"""
import random

import deepconf_safety as dc


def toy_logits(rng, peak, n_vocab=512):
    """One token stands out by `peak` nats over noise."""
    z = [rng.gauss(0, 1) for _ in range(n_vocab)]
    z[rng.randrange(n_vocab)] += peak
    return z


def draw(rows, rng, peak, **settings):
    rows.scan(toy_logits(rng, peak))
    return rows.draw(rng.uniform(1e-12, 1 - 1e-12), **settings)


def toy_trace(rows, rng, peak, n=48):
    return [draw(rows, rng, peak, top_p=0.95) for _ in range(n)]


def main():
    rng = random.Random(1)
    with dc.conf.Logits(n_vocab=512) as rows:
        print("one row of logits, one token")
        token = draw(rows, rng, 12.0, temperature=0.7)
        for name, value in token._asdict().items():
            print(f"  {name:<10}{value:10.4g}")
        sure = toy_trace(rows, rng, 14.0)
        unsure = [toy_trace(rows, rng, 5.0) for _ in range(2)]

    print("measures of a sure and of an unsure trace")
    for m in dc.conf.measures():
        print(f"  {m['text']:<22}{dc.conf.measure(m['text'], sure):8.3f}"
              f"{dc.conf.measure(m['text'], unsure[0]):8.3f}  {m['unit']}, "
              f"{'larger' if m['direction'] > 0 else 'smaller'} is surer")

    print("one sure refusal against two unsure compliances")
    traces = [("refusal", sure)] + [("compliance", t) for t in unsure]
    for text in "mean_prob", "tail(16)", "nll":
        vote = dc.conf.weighted_vote(
            [(verdict, dc.conf.weight(text, dc.conf.measure(text, tokens)))
             for verdict, tokens in traces])
        print(f"  weight {text:<10}{vote.decision}, "
              f"{100 * vote.share:.0f} % of it")

    table = dc.stop.table("hypergeometric(0.01)", k=10, min_traces=3)
    print(f"{table.policy}: after n traces, by refusals among them")
    for n, row in enumerate(table.decision):
        print(f"  {n:2}  {row}")
    print(f"  worst case: {100 * table.worst_missed:.3f} % of refusals missed, "
          f"{100 * table.worst_false:.3f} % false")

    try:
        dc.conf.measure("tail(-1)", sure)
    except dc.DeepconfError as e:
        print(f"what an error says\n  {e}")


if __name__ == "__main__":
    main()
