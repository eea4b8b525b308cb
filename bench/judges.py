#!/usr/bin/env python3
"""The judges `keywords` and `linear` beside Python doing the same, in turn.

    make && python3 -m venv /tmp/v && /tmp/v/bin/pip install scikit-learn==1.9.1
    /tmp/v/bin/python bench/judges.py FILE.csv...       [--rounds 9]

FILE.csv: labelled completions of XSTest, as `train-judge` reads them. Builds
bench_judges.c on what `make` left in build/, trains a judge on the files, and
then measures all four in each round, one after the other on the same
responses: a processor that changes its speed changes both sides of a ratio.
Times are processor time of one core, without reading and start. The ratio is
that of the medians; behind it the smallest and the largest of a round.

The peer of `keywords` is its own rules as expressions of `re` (judges_re.py).
That of `linear` is scikit-learn with the defaults of a first attempt:
HashingVectorizer (1 and 2 words, 2^18 buckets, present or not),
TfidfTransformer, LogisticRegression.predict_proba.
"""
import argparse
import csv
import os
import pathlib
import subprocess
import sys
import tempfile
import time

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"

import sklearn  # noqa: E402 (threads are chosen first)
from sklearn.feature_extraction.text import (  # noqa: E402
    HashingVectorizer, TfidfTransformer)
from sklearn.linear_model import LogisticRegression  # noqa: E402

import judges_re  # noqa: E402
import stats  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent


def read(paths):
    texts = []
    for path in paths:
        with open(path, newline="", encoding="utf-8") as f:
            for row in csv.DictReader(f):
                text = (row.get("completion") or row.get("response") or "")
                if text.strip():
                    texts.append(text.replace("\0", " "))
    return texts


def build(tmp):
    out = tmp / "bench_judges"
    subprocess.run(["cc", "-O3", "-std=c17", "-D_POSIX_C_SOURCE=200809L",
                    "-Iinclude", "-Isrc", "-include", "base/banned.h",
                    "bench/bench_judges.c", "build/libdeepconf_core.a",
                    "-ljansson", "-lcrypto", "-lutf8proc", "-lpcre2-16", "-lm",
                    "-o", out],
                   check=True, cwd=ROOT)
    return out


class Ours:
    """bench_judges, which judges all responses when it is sent a line."""

    def __init__(self, program, *files):
        self.run = subprocess.Popen([program, *files], stdin=subprocess.PIPE,
                                    stdout=subprocess.PIPE, text=True)
        self.verdicts = self.run.stdout.readline().strip()

    def round(self):
        self.run.stdin.write("\n")
        self.run.stdin.flush()
        size, seconds = self.run.stdout.readline().split()
        return int(size) / 1e6 / float(seconds)

    def close(self):
        self.run.stdin.close()
        if self.run.wait():
            sys.exit("bench_judges failed")


class Theirs:
    """A function over all responses."""

    def __init__(self, work, texts):
        self.work, self.texts = work, texts
        self.size = sum(len(t.encode()) for t in texts)
        self.verdicts = work(texts)

    def round(self):
        start = time.process_time()
        self.work(self.texts)
        return self.size / 1e6 / (time.process_time() - start)


def scikit_learn(texts, labels):
    vec = HashingVectorizer(ngram_range=(1, 2), n_features=2**18, binary=True,
                            alternate_sign=False, norm=None)
    tfidf = TfidfTransformer().fit(vec.transform(texts))
    model = LogisticRegression().fit(tfidf.transform(vec.transform(texts)),
                                     labels)

    def work(some):
        p = model.predict_proba(tfidf.transform(vec.transform(some)))
        return p[:, 1] >= 0.5
    return work


def say(what, xs):
    print(f"{what}: {stats.median(xs):.1f} MB/s ({min(xs):.1f} to "
          f"{max(xs):.1f})")


def compare(name, ours, theirs, a, b, refused):
    """refused: of our verdicts; theirs are truth values."""
    r = stats.ratio(a, b)
    same = sum(x == bool(y) for x, y in zip(refused, theirs.verdicts))
    say(f"`{name}`", a)
    say("    its peer", b)
    print(f"    {r['ratio']:.1f} times ({r['low']:.1f} to {r['high']:.1f}, "
          f"{r['rounds']} rounds); same verdict for {same} of {len(refused)}")
    ours.close()


def main():
    ap = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ap.add_argument("files", nargs="+", metavar="FILE.csv")
    ap.add_argument("--rounds", type=int, default=9)
    arg = ap.parse_args()
    texts = read(arg.files)
    with tempfile.TemporaryDirectory() as folder:
        tmp = pathlib.Path(folder)
        (tmp / "texts").write_bytes(b"".join(t.encode() + b"\0" for t in texts))
        subprocess.run([ROOT / "build/deepconf", "train-judge",
                        "--data", *arg.files, "--out", tmp / "judge.dcj"],
                       check=True, stdout=subprocess.DEVNULL)
        program = build(tmp)
        keywords = Ours(program, tmp / "texts")
        linear = Ours(program, tmp / "texts", tmp / "judge.dcj")
        by_rules = Theirs(judges_re.refusals(), texts)
        by_words = Theirs(scikit_learn(
            texts, [v != "0" for v in linear.verdicts]), texts)
        four = (keywords, by_rules, linear, by_words)
        rates = [[] for _ in four]
        for _ in range(arg.rounds):
            for side, found in zip(four, rates):
                found.append(side.round())
        print(f"{len(texts)} responses, {by_rules.size / 1e6:.2f} MB; Python "
              f"{sys.version.split()[0]}, scikit-learn {sklearn.__version__}; "
              "medians, lowest and highest of a round")
        compare("keywords", keywords, by_rules, rates[0], rates[1],
                [v != "0" for v in keywords.verdicts])
        compare("linear", linear, by_words, rates[2], rates[3],
                [v != "0" for v in linear.verdicts])


if __name__ == "__main__":
    main()
