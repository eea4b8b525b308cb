#!/usr/bin/env python3
"""The linear judge beside scikit-learn doing the same, one core each.

    python3 -m venv /tmp/v && /tmp/v/bin/pip install scikit-learn
    deepconf train-judge FILE.csv... --out judge.dcj
    /tmp/v/bin/python bench/bench_judges_linear.py ./bench_judges_linear \\
        judge.dcj FILE.csv...       (bench_judges_linear.c says how to build it)

FILE.csv has a column `completion` or `response`. Both sides read the same
responses, REPEAT times over, and give each a score: here HashingVectorizer (1
and 2 words, 2^18 buckets, present or not), TfidfTransformer and
LogisticRegression.predict_proba, with the defaults of a first attempt. The
weights don't matter for the time: labels are made up.
"""
import csv
import os
import re
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

REPEAT, ROUNDS = 8, 9


def read(paths):
    texts = []
    for path in paths:
        with open(path, newline="", encoding="utf-8") as f:
            for row in csv.DictReader(f):
                text = row.get("completion") or row.get("response") or ""
                if text:
                    texts.append(text.replace("\0", " "))
    return texts * REPEAT


def time_c(program, judge, texts):
    with tempfile.NamedTemporaryFile(suffix=".txt") as f:
        f.write(b"".join(t.encode() + b"\0" for t in texts))
        f.flush()
        out = subprocess.run([program, judge, f.name, str(ROUNDS)], check=True,
                             capture_output=True, text=True).stdout
    print(out, end="")
    return max(float(x) for x in re.findall(r"([\d.]+) MB/s", out))


def time_sklearn(texts):
    size = sum(len(t.encode()) for t in texts)
    vec = HashingVectorizer(ngram_range=(1, 2), n_features=2**18, binary=True,
                            alternate_sign=False, norm=None)
    some = vec.transform(texts[:500])
    tfidf = TfidfTransformer().fit(some)
    model = LogisticRegression().fit(tfidf.transform(some),
                                     [i % 2 for i in range(some.shape[0])])
    best = 0.0
    for _ in range(ROUNDS):
        start = time.process_time()
        model.predict_proba(tfidf.transform(vec.transform(texts)))
        best = max(best, size / (time.process_time() - start) / 1e6)
    return best


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    texts = read(sys.argv[3:])
    ours = time_c(sys.argv[1], sys.argv[2], texts)
    theirs = time_sklearn(texts)
    print(f"scikit-learn {sklearn.__version__}: {theirs:.2f} MB/s")
    print(f"best rounds: {ours / theirs:.1f} times as fast")


if __name__ == "__main__":
    main()
