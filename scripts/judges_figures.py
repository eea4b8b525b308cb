#!/usr/bin/env python3
"""judges_figures - the figures of docs/JUDGES.md, by one command: `make judges`.

Runs the judges on the human-labelled completions of XSTest and writes the
tables between the marks "<!-- figures: NAME -->" and "<!-- end -->" of the page
anew. What is trained is trained on two models' completions and tested on the
third's, in turn; "together" sums the three.

  --check   changes nothing; exit code 1 if the page says otherwise. Figures of
            trained judges may differ by SLACK, as BLAS libraries round apart.
  --only A,B   these tables alone
"""
import argparse
import csv
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import data_sets
from rules_file import RulesFile

REPO = pathlib.Path(__file__).resolve().parent.parent
MODELS = ("gpt4", "llama2new", "mistralinstruct")
SLACK = 3.0
# A piece of a rule stays if, alone, it finds so many refusals of the training
# models, and if such a share of what it calls a refusal is one.
CRITERIA = ((1, 0.0), (1, 0.5), (2, 0.8), (3, 0.8), (5, 0.9))
ABSTAIN = [0.2, 0.8]  # the band that docs/JUDGES.md has as its example


class Bench:
    """The program, the data and a folder for what is made on the way."""

    def __init__(self, deepconf, data, tmp):
        self.deepconf, self.data, self.tmp = deepconf, data, tmp
        self.trained = {}

    def file(self, model):
        return str(self.data / f"xstest_v2_completions_{model}.csv")

    def run(self, *args):
        done = subprocess.run([self.deepconf, *args], capture_output=True,
                              text=True, check=False)
        if done.returncode:
            sys.exit(f"judges_figures: deepconf {args[0]}: {done.stderr}")
        return done.stdout

    def write(self, name, text):
        path = os.path.join(self.tmp, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def validate(self, spec, models):
        """What validate-judge says of the judge, a group a model (and all)."""
        said = json.loads(self.run("validate-judge", "--judge", spec, "--json",
                                   *map(self.file, models)))
        return [g["judges"][0] for g in said["groups"]]

    def linear(self, held_out):
        """A judge trained on the other models."""
        if held_out not in self.trained:
            path = os.path.join(self.tmp, f"{held_out}.dcj")
            self.run("train-judge", "--out", path, "--data",
                     *(self.file(m) for m in MODELS if m != held_out))
            self.trained[held_out] = "linear=" + path
        return self.trained[held_out]

    def cascade(self, *stages):
        return "cascade=" + self.write("cascade.json", json.dumps(
            {"cascade": 1, "stages": list(stages)}))

    def linear_then(self, held_out, judge):
        """The trained judge, and the other where it abstains."""
        return self.cascade(
            {"judge": self.linear(held_out), "abstain": {"score": ABSTAIN}},
            {"judge": judge})


# ---- tables ----

def percent(part, of):
    return f"{100 * part / of:.1f}" if of else "-"


def rates(m):
    return [percent(m["tp"], m["tp"] + m["fp"]),
            percent(m["tp"], m["tp"] + m["fn"]), f1(m)]


def f1(m):
    return percent(2 * m["tp"], 2 * m["tp"] + m["fp"] + m["fn"])


def total(matrices):
    return {k: sum(m[k] for m in matrices) for k in ("tp", "fn", "fp", "tn")}


def kappa(judge):
    k = judge["partial_refuses"]["kappa"]
    if k["lo"] is None:  # too few prompts of the rarer kind for an interval
        return f"{k['value']:.3f} (few)"
    return f"{k['value']:.3f} ({k['lo']:.3f} to {k['hi']:.3f})"


def row(name, refuses, complies, more):
    cells = [name, *(str(refuses[k]) for k in ("tp", "fn", "fp", "tn")),
             *rates(refuses), f1(complies), *more]
    return "| " + " | ".join(cells) + " |"


def table(groups, more):
    """groups: what validate-judge says of each model, then of all (or not);
    more: (heading, function of such a group) of further columns."""
    head = ["", "TP", "FN", "FP", "TN", "precision", "recall", "F1",
            "F1, partials comply", *(h for h, _ in more)]
    both = [[g[c]["matrix"] for g in groups]
            for c in ("partial_refuses", "partial_complies")]
    out = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for i, name in enumerate(MODELS):
        out.append(row(name, both[0][i], both[1][i],
                       [f(groups[i]) for _, f in more]))
    all_of = groups[3:]
    sums = [total(b[:3]) for b in both]
    out.append(row("together", *sums, [f(all_of[0]) if all_of else ""
                                       for _, f in more]))
    return out


def brief(name, groups):
    """One row: F1 of each model, and together."""
    m = [g["partial_refuses"]["matrix"] for g in groups[:3]]
    c = total([g["partial_complies"]["matrix"] for g in groups[:3]])
    cells = [name, *map(f1, m), *rates(total(m)), f1(c)]
    return "| " + " | ".join(cells) + " |"


BRIEF = ["| | gpt4 | llama2new | mistralinstruct | precision | recall | F1 | "
         "F1, partials comply |", "|" + "---|" * 8]


# ---- sections ----

def rules_table(bench, name):
    return table(bench.validate(name, MODELS), [("kappa", kappa)])


def linear_table(bench):
    def auroc(judge):
        return f"{judge['score']['auroc']['value']:.3f}"

    return table(by_model(bench, bench.linear),
                 [("kappa", kappa), ("AUROC", auroc)])


def by_model(bench, spec_of):
    return [bench.validate(spec_of(m), [m])[0] for m in MODELS]


def cascade_rows(bench):
    def keywords_first(m):
        return bench.cascade(
            {"judge": "keywords", "abstain": {"verdicts": ["compliance"]}},
            {"judge": bench.linear(m)})

    return BRIEF + [
        brief("`phrases10`", bench.validate("phrases10", MODELS)),
        brief("`keywords`", bench.validate("keywords", MODELS)),
        brief("`linear`, held out", by_model(bench, bench.linear)),
        brief("`linear`, where it abstains `keywords`",
              by_model(bench, lambda m: bench.linear_then(m, "keywords"))),
        brief("`keywords`, its compliances to `linear`",
              by_model(bench, keywords_first))]


# ---- rules held out ----

def labelled(bench):
    """(model, is it a refusal) of every response, and the file to judge."""
    rows, lines = [], []
    for m in MODELS:
        with open(bench.file(m), newline="", encoding="utf-8") as f:
            for r in csv.DictReader(f):
                rows.append((m, not r["final_label"].startswith("1_")))
                lines.append(json.dumps({"prompt": r["prompt"],
                                         "response": r["completion"]}))
    return rows, bench.write("all.jsonl", "\n".join(lines) + "\n")


def support(bench, rules):
    """piece -> model -> [called a refusal, rightly], each piece alone."""
    rows, path = labelled(bench)
    out = {}
    for piece in rules.pieces():
        spec = "keywords=" + bench.write("piece.rules", rules.text({piece}))
        said = bench.run("judge", "--quiet", "--judge", spec, "--input", path)
        found = {m: [0, 0] for m in MODELS}
        for (m, refuses), line in zip(rows, said.splitlines()):
            if json.loads(line)["verdict"] in ("refusal", "partial"):
                found[m][0] += 1
                found[m][1] += refuses
        out[piece] = found
    return out


def selected(found, held_out, least, share):
    """The pieces that the other models speak for."""
    keep = set()
    for piece, by in found.items():
        called, rightly = (sum(by[m][i] for m in MODELS if m != held_out)
                           for i in (0, 1))
        if rightly >= least and rightly >= share * called:
            keep.add(piece)
    return keep


def selection_rows(bench):
    rules = RulesFile(REPO / "data/keywords.rules")
    found = support(bench, rules)
    out = ["| stays with | left of %d | " % len(found) + " | ".join(MODELS) +
           " | precision | recall | F1 | least recall | behind `linear`: F1 |",
           "|" + "---|" * 10]
    for least, share in CRITERIA:
        keep = {m: selected(found, m, least, share) for m in MODELS}

        def pruned(m, keep=keep):
            return "keywords=" + bench.write(f"{m}.rules", rules.text(keep[m]))

        alone, behind = (
            [g["partial_refuses"]["matrix"] for g in by_model(bench, spec)]
            for spec in (pruned, lambda m: bench.linear_then(m, pruned(m))))
        cells = [f"{least} found, {100 * share:.0f} % right",
                 ", ".join(str(len(keep[m])) for m in MODELS),
                 *map(f1, alone), *rates(total(alone)),
                 min((rates(m)[1] for m in alone), key=float),
                 f1(total(behind))]
        out.append("| " + " | ".join(cells) + " |")
    return out


SECTIONS = {  # name: (what makes it, figures may differ by)
    "keywords": (lambda b: rules_table(b, "keywords"), 0.0),
    "phrases10": (lambda b: rules_table(b, "phrases10"), 0.0),
    "selection": (selection_rows, SLACK),
    "linear": (linear_table, SLACK),
    "all": (cascade_rows, SLACK),
}


# ---- the page ----

def same(a, b, slack):
    """The same words, and numbers that differ by no more than slack."""
    number = r"(?<![\w.])\d+(?:\.\d+)?"
    if re.sub(number, "#", a) != re.sub(number, "#", b):
        return False
    pairs = zip(re.findall(number, a), re.findall(number, b))
    return all(abs(float(x) - float(y)) <= slack for x, y in pairs)


def update(page, name, lines):
    mark = re.compile(rf"(<!-- figures: {name} -->\n)(.*?)(<!-- end -->)", re.S)
    found = mark.search(page)
    if not found:
        sys.exit(f"judges_figures: the page has no mark for {name}")
    new = "\n".join(lines) + "\n"
    return mark.sub(lambda m: m[1] + new + m[3], page), found[2], new


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--deepconf", default=str(REPO / "build/deepconf"))
    p.add_argument("--data", type=pathlib.Path,
                   default=data_sets.path("xstest"))
    p.add_argument("--page", type=pathlib.Path, default=REPO / "docs/JUDGES.md")
    p.add_argument("--only", default=",".join(SECTIONS))
    p.add_argument("--check", action="store_true")
    a = p.parse_args()
    for name in a.only.split(","):
        if name not in SECTIONS:
            p.error(f"--only {name}: expected some of {', '.join(SECTIONS)}")
    page, rc = a.page.read_text(encoding="utf-8"), 0
    with tempfile.TemporaryDirectory() as tmp:
        bench = Bench(a.deepconf, a.data, tmp)
        for m in MODELS:
            if not os.path.exists(bench.file(m)):
                print("SKIP: " + data_sets.missing(bench.file(m)))
                return 77
        for name in a.only.split(","):
            make, slack = SECTIONS[name]
            page, old, new = update(page, name, make(bench))
            if a.check and not same(old, new, slack):
                print(f"{a.page}: the table {name} is\n{old}and should be\n"
                      f"{new}(write it with `make judges`)")
                rc = 1
    if not a.check:
        a.page.write_text(page, encoding="utf-8")
    return rc


if __name__ == "__main__":
    sys.exit(main())
