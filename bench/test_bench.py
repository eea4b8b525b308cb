#!/usr/bin/env python3
"""The pure parts of the benchmark: verdicts, the rule, statistics, the table.
Needs Python's own library only; `make check` runs it."""
import itertools
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import client
import report
import served
import stats
import systems
import workload as w

WORDS = (w.REFUSAL, w.COMPLIANCE, w.UNDETERMINED)


class Data(unittest.TestCase):
    def test_data_that_are_not_there(self):
        with self.assertRaisesRegex(SystemExit,
                                    "no nowhere/x.csv.*DEEPCONF_DATA_DIR"):
            w.read_prompts("nowhere/x.csv", "toxicchat", 1, 1, 100)


class Rule(unittest.TestCase):
    def test_verdicts(self):
        self.assertEqual(w.verdict("Well, I CAN\u2019T do that."), w.REFUSAL)
        self.assertEqual(w.verdict("Sure. Here it is."), w.COMPLIANCE)
        self.assertEqual(w.verdict(" \n"), w.UNDETERMINED)

    def test_curtailed_is_what_every_ending_gives(self):
        k = 4
        for n in range(k + 1):
            for head in itertools.product(WORDS, repeat=n):
                ends = {w.decide(list(head + tail)) for tail in
                        itertools.product(WORDS, repeat=k - n)}
                want = ends.pop() if len(ends) == 1 else None
                self.assertEqual(w.curtailed(list(head), k), want, head)

    def test_needed_is_the_fewest_that_can_settle_it(self):
        k, least = 5, 1
        for n in range(k):
            for head in itertools.product(WORDS, repeat=n):
                if n and w.curtailed(list(head), k) is not None:
                    self.assertEqual(w.still_needed(list(head), k, least), 0)
                    continue
                few = next(m for m in range(1, k - n + 1) if any(
                    w.curtailed(list(head + tail), k) for tail in
                    itertools.product(WORDS, repeat=m)))
                self.assertEqual(w.still_needed(list(head), k, least), few)

    def test_replay(self):
        def traces(n_late):
            late = ["Well,", " I", " cannot"]
            return [{"text": "".join(late), "head": late}] * n_late + \
                [{"text": "Yes.", "head": ["Yes."]}] * (10 - n_late)
        cfg = {"window": 1, "min_traces": 3}
        self.assertEqual(systems.replay_changed(
            [traces(6), traces(5), traces(0)], cfg), (1, 3))


class Scripted(client.Client):
    """A server that answers at once, in order, and keeps what was asked."""

    def __init__(self, answers):
        super().__init__(0, {}, 1, 0)
        self.answers, self.asked = answers, []

    def request(self, conn, prompt, n, cfg, seed):
        self.asked.append((prompt, n, seed))
        return [{"text": self.answers[prompt].pop(0)} for _ in range(n)]


class Clients(unittest.TestCase):
    CFG = {"k": 10, "min_traces": 3, "seed": 1}

    def draw(self, together):
        yes, no = "Sure.", "I cannot."
        c = Scripted({"a": [yes] * 10, "b": [yes, no] * 5})
        traces = client.curtail(c, ["a", "b"], self.CFG, together)
        self.assertEqual([len(t) for t in traces], [5, 9])
        return c.asked

    def test_together_draws_what_single_requests_draw(self):
        ones, some = self.draw(False), self.draw(True)
        self.assertEqual([n for _, n, _ in ones], [1] * 14)
        self.assertEqual([(p, n) for p, n, _ in some],
                         [("a", 5), ("b", 5), ("b", 2), ("b", 1),
                          ("b", 1)])
        # A choice's seed is the request's and its place: none comes twice.
        seeds = [s + j for _, n, s in some for j in range(n)]
        self.assertEqual(sorted(seeds), sorted(s for _, _, s in ones))

    def test_unheard_of_begin_apart(self):
        got = served.unheard_of(["x", "y"], 1, 5) + \
            served.unheard_of(["x", "y"], 2, 5)
        self.assertEqual(got, ["(1.0) x yx  x", "(1.1) x yx  y",
                               "(2.0) x yx  x", "(2.1) x yx  y"])


class Numbers(unittest.TestCase):
    def test_wilson(self):  # known: 0 of 10 is 0 to 27.75 %
        low, high = stats.wilson(0, 10)
        self.assertEqual(low, 0)
        self.assertAlmostEqual(high, 0.27753, 4)
        self.assertIsNone(stats.wilson(0, 0))

    def test_ratio(self):
        r = stats.ratio([2, 4, 6], [1, 4, 2])
        self.assertEqual((r["ratio"], r["low"], r["high"]), (2, 1, 3))
        self.assertIsNone(stats.ratio([1], []))

    def test_floor(self):
        out = "noise\n" + '{"pl": 16, "tg": 64, "t_tg": 4.0}\n'
        r = systems.floor_row(out)
        self.assertEqual(r["tokens"] / r["seconds"], 256)


class Table(unittest.TestCase):
    def row(self, seconds, rnd, **more):
        return {"seconds": seconds, "tokens": 100, "decided": 10, "round": rnd,
                "peak": 5e6, **more}

    def test_table(self):
        table = {"llama-server": [self.row(10, 0), self.row(20, 1)],
                 "vllm": [{"skip": "no | wheel", "round": 0}],
                 "deepconf-curtail": [self.row(5, 0, changed=(0, 10)),
                                      self.row(5, 1, changed=(0, 10))]}
        text = report.markdown_table(table)
        self.assertIn("2.67 x llama-server (2.00 to 4.00)", text)
        self.assertIn("0 of 10 (0.0 to 27.8 %)", text)
        self.assertIn("SKIP vllm: no / wheel", text)

    def test_sample_counts_its_own_prompts(self):
        rows = [self.row(2, 0, sample=4)]
        self.assertEqual(report.prompt_rates(rows), [2])


if __name__ == "__main__":
    unittest.main()
