"""deepconf_safety against the program: package_test.py RUN [--pandas]

RUN is a finished run file. DEEPCONF names the program. What the package says is
held against the program's own JSON and CSV, and against the run file's rows.
"""
import array
import json
import math
import os
import pickle
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

import deepconf_safety as dc
from deepconf_safety import _find

RUN = sys.argv[1]
PANDAS = "--pandas" in sys.argv
PROGRAM = os.environ["DEEPCONF"]


def program(*args):
    return json.loads(subprocess.check_output([PROGRAM, *args, "--json"]))


def rows_of(table):
    """A table as a list of dicts, None for what is not there."""
    if isinstance(table, list):
        return table
    return [{k: None if isinstance(v, float) and math.isnan(v) else v
             for k, v in r.items()} for r in table.to_dict("records")]


class Tables(unittest.TestCase):
    def setUp(self):
        self.run_ = dc.open(RUN)

    def test_kind(self):
        self.assertEqual(isinstance(self.run_.prompts(), list), not PANDAS)
        self.assertIsInstance(dc.open(RUN, pandas=False).prompts(), list)
        if PANDAS:
            self.assertEqual(type(dc.open(RUN, pandas=True).traces()).__name__,
                             "DataFrame")
        else:
            with self.assertRaisesRegex(ImportError, "pandas=False"):
                dc.open(RUN, pandas=True)

    def test_summary(self):
        rates = program("show", RUN)["rates"]
        ranges = rates.pop("ranges")
        got = {r["rate"]: r for r in rows_of(self.run_.summary())}
        self.assertEqual(list(got), list(rates))
        for name, rate in rates.items():
            if not isinstance(rate, dict):
                rate = {"value": rate, **(ranges[name] or {})}
            for part in "value", "lo", "hi", "k", "n":
                self.assertEqual(got[name][part], rate.get(part), name)
        self.assertEqual(self.run_.json("show")["matrix"],
                         program("show", RUN)["matrix"])

    def test_prompts(self):
        want = program("show", RUN, "--prompts")["prompts"]
        self.assertEqual(rows_of(self.run_.prompts()), want)
        some = rows_of(self.run_.prompts(only=["FP"]))
        self.assertEqual([p["id"] for p in some],
                         [p["id"] for p in want if p["case"] == "FP"])
        self.assertTrue(0 < len(some) < len(want))
        self.assertEqual(rows_of(self.run_.prompts(only="FP")), some)
        none = self.run_.prompts(only=["FP", "FN"])  # both at once
        self.assertEqual(len(none), 0)
        if PANDAS:
            self.assertEqual(list(none), list(self.run_.prompts()))

    def test_sweep(self):
        want = program("sweep", RUN, "--policy", "unanimous({3..5})")["rows"]
        got = rows_of(self.run_.sweep(["unanimous({3..5})"]))
        self.assertEqual([r["setting"] for r in got],
                         [r["setting"] for r in want])
        for g, w in zip(got, want):
            self.assertEqual(g["changed.lo"], w["changed"]["lo"])
            self.assertEqual(g["matrix.tp"], w["matrix"]["tp"])
            self.assertEqual(g["traces"], w["traces"])

    def test_stats_and_stability(self):
        want = program("stats", RUN, "--measure", "nll", "--resamples", "50")
        (got,) = rows_of(self.run_.stats(["nll"], resamples=50))
        self.assertEqual(
            got["discrimination.correct.all.auroc.value"],
            want["measures"][0]["discrimination"]["correct"]["all"]["auroc"]
            ["value"])
        want = program("stability", RUN, "--resamples", "50")["by_gold_label"]
        got = rows_of(self.run_.stability(resamples=50))
        self.assertEqual([r["gold"] for r in got], list(want))
        self.assertEqual(got[0]["three_verdicts.ssi.hi"],
                         want["all"]["three_verdicts"]["ssi"]["hi"])

    def test_rows(self):
        jsonl = subprocess.check_output(
            [PROGRAM, "export", RUN, "--format", "jsonl"]).splitlines()[1:]
        want = [(p["id"], t) for p in map(json.loads, jsonl)
                for t in p["traces"]]
        got = rows_of(self.run_.traces(tokens=True))
        self.assertEqual(len(got), len(want))
        for g, (name, w) in zip(got, want):
            self.assertEqual((g["id"], g["text"]), (name, w["text"]))
            self.assertEqual(len(g["tok_conf"]), g["n_tok"])
        # Measures again from the tokens, by the library: the stored bits.
        names = {"measure." + m["text"]: m["text"]
                 for m in dc.conf.measures()}
        self.assertLessEqual(set(names), set(got[0]))
        for g in got[:40]:
            tokens = [dc.conf.Token(*map(lambda x: x.item() if PANDAS else x,
                                         t))
                      for t in zip(g["tok_id"], g["tok_logprob"],
                                   g["tok_conf"], g["tok_entropy"],
                                   g["tok_self_cert"])]
            for column, text in names.items():
                self.assertEqual(dc.conf.measure(text, tokens), g[column])
        plain = rows_of(self.run_.traces())
        self.assertNotIn("tok_conf", plain[0])
        self.assertIsInstance(dc.open(RUN, pandas=False).traces(True)[0]
                              ["tok_id"], array.array)

    def test_verdicts(self):
        got = rows_of(self.run_.verdicts())
        self.assertEqual(len(got), len(self.run_.traces()))
        by = {p["id"]: p["refusals"] for p in rows_of(self.run_.prompts())}
        for name in by:
            self.assertEqual(by[name], sum(
                v["verdict"] in ("refusal", "partial") for v in got
                if v["id"] == name))
        self.assertEqual(len(self.run_.verdicts("keywords")), len(got))
        with self.assertRaisesRegex(dc.DeepconfError, "no verdicts by"):
            self.run_.verdicts("nobody")


class Hostile(unittest.TestCase):
    """Ids, texts, labels and file names that act on something."""

    ODD = b"a\0b \xed\xa0\x80 \x1b[31m \xe2\x80\xae '\"%\n"  # NUL, half a pair

    def setUp(self):
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)
        self.path = os.path.join(os.fsencode(self.dir),
                                 b"-r?mode=rw#%41'\"\xff\n.db")
        shutil.copy(RUN, self.path)

    def edit(self, *sql):
        db = sqlite3.connect(os.fsdecode(self.path))
        for statement, *args in sql:
            db.execute(statement, args)
        db.commit()
        db.close()

    def test_texts(self):
        self.edit(("UPDATE prompt SET id = CAST(? AS TEXT), "
                   "text = CAST(? AS TEXT) WHERE ord = 0", self.ODD, self.ODD),
                  ("UPDATE verdict SET rule = CAST(? AS TEXT)", self.ODD),
                  ("UPDATE trace SET text = CAST(? AS TEXT) WHERE prompt = 0",
                   self.ODD + b"\xff"))
        run = dc.open(self.path)
        odd = self.ODD.decode("utf-8", "surrogatepass")
        first = rows_of(run.traces())[0]
        self.assertEqual(first["id"], odd)
        # With a byte that is no UTF-8 each byte of the half is one too.
        self.assertEqual(first["text"].encode("utf-8", "surrogateescape"),
                         self.ODD + b"\xff")
        self.assertEqual(rows_of(run.verdicts())[0]["rule"], odd)

    def test_figures(self):
        """What the program prints of such an id is read, whatever it is."""
        name = "a\u202e \x1b[31m '\"%\n\U000e0041"
        self.edit(("UPDATE prompt SET id = ?, text = ? WHERE ord = 0", name,
                   name))
        run = dc.open(self.path)
        self.assertEqual(rows_of(run.prompts())[0]["id"], name)
        self.assertEqual(rows_of(run.prompts())[0]["text"], name)

    def test_judges(self):
        label = "-x it's \"odd\" \\ \U000e0041\u200b \ud800"
        raw = label.encode("utf-8", "surrogatepass")
        self.edit(("INSERT INTO verdict SELECT trace, CAST(? AS TEXT), '1', "
                   "verdict, rule, span_off, span_len, score, reply FROM "
                   "verdict WHERE judge = 'keywords'", raw))
        run = dc.open(self.path)
        self.assertEqual(len(run.verdicts(label)), len(run.traces()))
        for odd in "a\0b", "":
            with self.assertRaises(ValueError):
                run.summary(judge=odd)

    def test_read_only(self):
        before = Path(os.fsdecode(self.path)).read_bytes()
        run = dc.open(self.path)
        run.traces(), run.verdicts(), run.summary()
        with run._reading() as db:
            with self.assertRaisesRegex(sqlite3.Error, "readonly"):
                db.execute("DELETE FROM verdict")
        self.assertEqual(Path(os.fsdecode(self.path)).read_bytes(), before)
        self.assertEqual(len(os.listdir(self.dir)), 1)

    def test_unknown(self):
        """Counts that are not known are None, and so are columns that an older
        file has not."""
        self.edit(("UPDATE trace SET has_count = 0, n_tok = 0, has_ms = 0, "
                   + ", ".join(f"{c} = x''" for c in (
                       "tok_id", "tok_logprob", "tok_conf", "tok_entropy",
                       "tok_self_cert", "tok_end")) + " WHERE id = 1",),
                  ("DROP VIEW v_trace",), ("DROP VIEW v_summary",),
                  ("ALTER TABLE trace DROP COLUMN first_ms",),
                  ("ALTER TABLE verdict DROP COLUMN reply",))
        run = dc.open(self.path, pandas=False)
        first, second = run.traces()[:2]
        self.assertIsNone(first["n_tok"])
        self.assertIsNone(first["ms"])
        self.assertIsNone(first["first_ms"])
        self.assertTrue(second["n_tok"] > 0 and second["ms"] is not None)
        self.assertIsNone(run.verdicts()[0]["reply"])


class Errors(unittest.TestCase):
    def fails(self, code, words, call, *args, **named):
        with self.assertRaisesRegex(dc.DeepconfError, words) as caught:
            call(*args, **named)
        self.assertEqual(caught.exception.exit_code, code)
        again = pickle.loads(pickle.dumps(caught.exception))
        self.assertEqual((str(again), again.exit_code),
                         (str(caught.exception), code))

    def test_files(self):
        with tempfile.TemporaryDirectory() as folder:
            at = os.path.join(folder, "x.db")
            self.fails(6, "no such file", dc.open, at)
            Path(at).write_bytes(b"nothing of the kind" * 100)
            self.fails(5, "can't be read as a run file", dc.open, at)
            os.remove(at)
            sqlite3.connect(at).execute("CREATE TABLE a(b)").connection.close()
            self.fails(5, "is no run file", dc.open, at)
            shutil.copy(RUN, at)
            run = dc.open(at)
            with open(at, "r+b") as f:
                f.seek(60)  # user_version
                f.write(struct.pack(">i", 10))
            self.fails(5, "schema 10, and this package", run.traces)
            self.fails(5, "newer", run.summary)
            os.remove(at)
            self.fails(6, "no such file", run.traces)

    def test_program(self):
        run = dc.open(RUN)
        self.fails(2, "^(?!deepconf:).*nobody", run.summary, judge="nobody")
        self.fails(2, "no policy is called", run.sweep, ["nonsense"])
        self.fails(2, "resamplez", run.json, "stats", resamplez=3)

    def test_finding(self):
        with tempfile.TemporaryDirectory() as folder:
            none = {"PATH": folder, "HOME": folder}
            with mock.patch.dict(os.environ, none, clear=True):
                self.fails(6, "set DEEPCONF to its path", dc.program)
                self.fails(6, "set DEEPCONF", dc.open(RUN).summary)
                os.environ["DEEPCONF"] = folder + "/none"
                self.fails(6, "DEEPCONF is .*none", dc.program)
                del os.environ["DEEPCONF"]
                os.symlink(PROGRAM, folder + "/deepconf")
                self.assertEqual(dc.program(), folder + "/deepconf")
                fake = folder + "/fake"
                for text, words in (("echo 7", "is None, and this package"),
                                    ("echo x", "printed no JSON"),
                                    ("exit 4", "exit code 4"),
                                    ('echo \'{"format": "deepconf-show 2"}\'',
                                     "'deepconf-show 2', and this")):
                    Path(fake).write_text(f"#!/bin/sh\n{text}\n")
                    os.chmod(fake, 0o755)
                    os.environ["DEEPCONF"] = fake
                    self.fails(4 if "4" in words else 6, words,
                               dc.open(RUN).summary)
                os.chmod(fake, 0o644)
                self.fails(6, "can't be started", dc.open(RUN).summary)
                os.environ["DEEPCONF_LIBRARY"] = folder + "/none.so"
                self.fails(6, "DEEPCONF_LIBRARY is", dc.library)

    def test_library_places(self):
        """Beside the package before anything else, then beside the program and
        in its prefix."""
        own = str(Path(_find.__file__).parent / _find.LIBRARY_NAME)
        self.assertEqual(dc.library(), own)
        with tempfile.TemporaryDirectory() as folder:
            made = Path(folder) / "package" / "_find.py"
            with mock.patch.object(_find, "__file__", str(made)):
                prefix = Path(folder).resolve()
                (prefix / "bin").mkdir()
                (prefix / "lib").mkdir()
                shutil.copy("/bin/sh", prefix / "bin/deepconf")
                with mock.patch.dict(os.environ, {
                        "DEEPCONF": str(prefix / "bin/deepconf")}):
                    self.fails(6, "make library", dc.library)
                    shutil.copy(own, prefix / "lib")
                    self.assertEqual(dc.library(), str(
                        prefix / "lib" / _find.LIBRARY_NAME))
                    shutil.copy(own, prefix / "bin")
                    self.assertEqual(dc.library(), str(
                        prefix / "bin" / _find.LIBRARY_NAME))


class Pure(unittest.TestCase):
    def test_known(self):
        """Wilson and exact 3 of 10 (Newcombe 1998 gives such tables); McNemar
        of 1 and 8 is 20/512; Holm by hand; 299 prompts of the Learn then Test
        section of docs/METHODS.md."""
        p = dc.stat.wilson(3, 10)
        z2 = 1.959963984540054 ** 2
        half = math.sqrt(z2 * (0.21 / 10 + z2 / 400))
        self.assertAlmostEqual(p.hi, (0.3 + z2 / 20 + half) / (1 + z2 / 10))
        self.assertAlmostEqual(dc.stat.clopper_pearson(0, 10).hi,
                               1 - 0.025 ** 0.1)
        self.assertAlmostEqual(dc.stat.upper_bound(0, 10), 1 - 0.05 ** 0.1)
        self.assertAlmostEqual(dc.stat.paired(1, 8, 20).p, 20 / 512)
        self.assertEqual(dc.stat.paired(0, 0, 0)[3:], (1, None, None, None))
        self.assertEqual(dc.stat.wilson(0, 0)[2:], (None, None, None))
        self.assertEqual(dc.stat.holm([0.04, 0.01]), [0.04, 0.02])
        self.assertEqual(dc.stat.holm([]), [])
        self.assertEqual(dc.stat.ltt_needed(0.01, 0.05), 299)
        self.assertAlmostEqual(dc.stat.ltt_p(0, 299, 0.01), 0.99 ** 299)
        self.assertAlmostEqual(dc.stat.binom_cdf(1, 3, 0.5), 0.5)
        self.assertAlmostEqual(dc.stat.binom_sf(1, 3, 0.5), 0.5)
        self.assertAlmostEqual(dc.stat.hypergeom_sf(1, 10, 3, 2), 3 / 45)
        self.assertAlmostEqual(dc.stat.hypergeom_cdf(1, 10, 3, 2), 42 / 45)
        n = dc.stat.paired_needed(0.1, 0.2)
        self.assertTrue(n > dc.stat.paired_needed(0.15, 0.2) > 0)
        self.assertIsNone(dc.stat.paired_needed(0, 0.2))

    def test_confidence(self):
        z = [0.0, 1.0, 3.0, -math.inf]
        with dc.conf.Logits(4, k=2) as rows:
            row = rows.scan(array.array("f", z))
            self.assertEqual(row, rows.scan(z))
            total = sum(map(math.exp, z))
            logs = sorted((x - math.log(total) for x in z), reverse=True)
            self.assertAlmostEqual(row.conf, -(logs[0] + logs[1]) / 2)
            self.assertEqual([i for i, _ in rows.top(2)], [2, 1])
            token = rows.draw(0.5, temperature=0)
            self.assertEqual(token.id, 2)
            self.assertAlmostEqual(token.logprob, logs[0], 6)
            self.assertAlmostEqual(dc.conf.confidence(logs[:3], 2), row.conf,
                                   6)
            for bad in [math.nan, 0, 0, 0], [0, -math.inf] * 2 + [1], \
                    [-math.inf] * 3 + [0]:
                with self.assertRaises(ValueError):
                    rows.scan(bad)
                with self.assertRaisesRegex(ValueError, "no row"):
                    rows.draw(0.5)
        with self.assertRaisesRegex(ValueError, "closed"):
            rows.scan(z)

    def test_votes(self):
        vote = dc.conf.weighted_vote([("refusal", 3), ("compliance", 1)])
        self.assertEqual(vote, ("refusal", 0.75))
        self.assertEqual(dc.conf.vote("majority", [
            ("partial", 0), ("refusal", 0), ("compliance", 9)]), "refusal")
        self.assertEqual(dc.conf.vote("majority", []), "undetermined")
        self.assertAlmostEqual(dc.conf.weight("nll", 2), math.exp(-2))
        self.assertEqual(dc.conf.weight("nll", None), 0)
        self.assertIsNone(dc.conf.measure("mean", []))

    def test_policies(self):
        """ask() walks every order of votes of 5 as the table says."""
        for text in "curtail", "unanimous(3)", "hypergeometric(0.05)":
            table = dc.stop.table(text, k=5, min_traces=2)
            for bits in range(32):
                for n in range(6):
                    seen = [dc.stop.Trace("refusal" if bits >> i & 1 else
                                          "compliance") for i in range(n)]
                    said = dc.stop.ask(text, seen, k=5, min_traces=2)
                    r = sum(t.verdict == "refusal" for t in seen)
                    self.assertEqual(said.stop, table.decision[n][r] != "-")
                    if said.stop:
                        self.assertTrue(said.reason)
                        break
                    self.assertGreaterEqual(said.need, 1)
            self.assertEqual(len(table.disagree), 6)
            self.assertEqual(table.worst_missed, max(table.disagree[3:]))
        names = [p["name"] for p in dc.stop.policies()]
        self.assertEqual(len(names), len(set(names)))
        for p in dc.stop.policies():
            if not p["by_tally"]:
                with self.assertRaises(dc.DeepconfError):
                    dc.stop.table(p["text"])
        said = dc.stop.ask("confidence-percentile(90)",
                           [dc.stop.Trace("refusal", 0.9)] * 3, threshold=0.5)
        self.assertTrue(said.stop)

    def test_wrong_use(self):
        """Nothing from outside stops the process."""
        T = dc.stop.Trace
        for call, *args in (
                (dc.stat.wilson, 4, 3), (dc.stat.wilson, -1, 3),
                (dc.stat.wilson, 1, 3, 1), (dc.stat.wilson, 1, 3, math.nan),
                (dc.stat.wilson, 1.5, 3), (dc.stat.upper_bound, 0, 1, 0),
                (dc.stat.paired, 2, 2, 3), (dc.stat.holm, [2]),
                (dc.stat.paired_needed, 0.5, 0.2),
                (dc.stat.ltt_needed, 1e-12, 0.1), (dc.stat.ltt_p, 1, 0, 0.1),
                (dc.stat.binom_cdf, 1, 2, 1.1),
                (dc.stat.hypergeom_cdf, 1, 3, 4, 1),
                (dc.conf.Logits, 5), (dc.conf.Logits, 0, 0),
                (dc.conf.Logits, 500, 257), (dc.conf.confidence, [], 1),
                (dc.conf.confidence, [-9999], 1),
                (dc.conf.confidence, [-1], 2),
                (dc.conf.measure, "mean\0x", []),
                (dc.conf.measure, "nll",
                 [dc.conf.Token(1, math.nan, 1, 1, 1)]),
                (dc.conf.weight, "mean_prob", math.inf),
                (dc.conf.weight, "mean_prob", -1),
                (dc.conf.weighted_vote, [("refusal", -1)]),
                (dc.conf.weighted_vote, [("no", 1)]),
                (dc.stop.ask, "curtail", [T("refusal")] * 11),
                (dc.stop.ask, "curtail", [T("refusal", math.nan)]),
                (dc.stop.ask, "curtail", [T("refusal", None, True)]),
                (dc.stop.ask, "confidence-percentile", [])):
            with self.assertRaises(ValueError, msg=f"{call} {args}"):
                call(*args)
        for call, *args in (
                (dc.conf.measure, "no", []), (dc.conf.vote, "no", []),
                (dc.conf.measure, "\ud800", []), (dc.stop.table, "no"),
                (dc.stop.table, "curtail", 2, 3),
                (dc.stop.table, "curtail", 5000), (dc.stop.table, "curtail", 0),
                (dc.stop.ask, "unanimous(9)", [], 5)):
            with self.assertRaises(dc.DeepconfError) as caught:
                call(*args)
            self.assertEqual(caught.exception.exit_code, 2)
            str(caught.exception)
        with dc.conf.Logits(30) as rows:
            rows.scan(range(30))
            for u, how in ((0, {}), (1, {}), (0.5, {"top_p": 0}),
                           (0.5, {"temperature": -1}), (0.5, {"min_p": 1}),
                           (0.5, {"top_k": -1})):
                with self.assertRaises(ValueError):
                    rows.draw(u, **how)
            for bad in [1] * 29, [1] * 31:
                with self.assertRaisesRegex(ValueError, "expected 30"):
                    rows.scan(bad)
            with self.assertRaises(ValueError):
                rows.top(21)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
