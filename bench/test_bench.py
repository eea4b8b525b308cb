#!/usr/bin/env python3
"""The pure parts of the benchmark: verdicts, the rule, statistics, the table.
Needs Python's own library only; `make check` runs it."""
import itertools
import os
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import report
import stats
import systems
import workload as w

WORDS = (w.REFUSAL, w.COMPLIANCE, w.UNDETERMINED)


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
