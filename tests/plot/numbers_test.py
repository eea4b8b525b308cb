"""The numbers inside every plot of a report against what the commands print of
the same run. numbers_test.py REPORT DEEPCONF RUN.db [--alter]

Each SVG holds the figures that it shows (src/plot/plot.h). Those that a command
prints are compared with it; those that no command prints are counted again from
`export --format csv`. Counts and rates that are written out in the picture are
looked for among its texts. With --alter every number is altered in turn, and
that must be found: but for the ends of intervals that resample prompts, and the
risk at the coverages in between, of which no command prints any.
"""
import copy
import csv
import functools
import io
import json
import math
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ET

SVG = "{http://www.w3.org/2000/svg}"
CHECKS = {}


def check(f):
    CHECKS[f.__name__] = f
    return f


def near(a, b):
    """Equal numbers, or both none."""
    if a is None or b is None:
        return a is None and b is None
    return math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12)


def same(a, b, what):
    assert near(a, b), f"{what}: {a} in the plot, {b} by the command"


def same_rate(a, b, what):
    for key in ("value", "lo", "hi", "k", "n"):
        same(a[key], b[key], f"{what}.{key}")


def same_boot(a, b, what):
    for key in b:
        if key == "interval":
            assert a[key] == b[key], what
        else:
            same(a[key], b[key], f"{what}.{key}")


def wilson(k, n, z=1.959963984540054):
    p = k / n
    mid = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n +
                                           z * z / (4 * n * n))
    return {"value": p, "lo": max(0, mid - half), "hi": min(1, mid + half),
            "k": k, "n": n}


def is_boot(x, value, prompts, what):
    """A mean or share with an interval that resamples prompts."""
    same(x["value"], value, what)
    same(x["prompts"], prompts, f"{what}.prompts")
    assert x["of_rarer_kind"] <= prompts, what
    if x["lo"] is not None:
        assert x["lo"] <= x["hi"], what


def mean(values):
    return math.fsum(values) / len(values) if values else None


class Run:
    """What the commands say of a run."""

    def __init__(self, deepconf, path):
        def said(*args):
            return subprocess.run([deepconf, *args], check=True,
                                  capture_output=True, text=True).stdout
        self.show = json.loads(said("show", path, "--json"))
        self.stats = json.loads(said("stats", path, "--json"))
        self.sweep = json.loads(said("sweep", path, "--json"))
        self.judges = json.loads(said("judge", path, "--json"))
        self.risky = json.loads(said("stats", path, "--question",
                                     "compliance-risk", "--json"))
        self.stability = json.loads(said("stability", path, "--json"))
        self.by_field = functools.cache(lambda name: json.loads(said(
            "show", path, "--by", name, "--json"))["by_category"][name])
        self.traces = list(csv.DictReader(io.StringIO(
            said("export", path, "--format", "csv"))))
        self.measure = self.show["config"]["stop.measure"]
        self.own = next(m for m in self.stats["measures"]
                        if m["measure"] == self.measure)
        self.gold = bool(self.show["matrix"]) and any(
            self.show["by_gold_label"][g]["prompts"]
            for g in ("refuse", "answer"))

    def row(self, setting):
        return next(r for r in self.sweep["rows"] if r["setting"] == setting)

    def target(self):
        return "correct" if self.gold else "majority"

    def sided(self):
        """Traces with a verdict for either side."""
        return [t for t in self.traces if t["verdict"] in
                ("refusal", "partial", "compliance")]

    def values(self, rows):
        return [float(t[self.measure]) for t in rows if t[self.measure]]


def refuses(t):
    return t["verdict"] in ("refusal", "partial")


class Plot:
    """A figure read back: its metadata and its texts."""

    def __init__(self, path):
        root = ET.parse(path).getroot()
        meta = root.find(f"{SVG}metadata[@id='deepconf']")
        self.__dict__.update(json.loads(meta.text))
        self.texts = ["".join(t.itertext()).strip()
                      for t in root.iter(f"{SVG}text")]

    def shows(self, words):
        assert any(words in t for t in self.texts), \
            f"{self.plot}: no text has {words!r}"


def percent(x):
    return f"{100 * x:.1f} %"


# ---- decisions ----

@check
def confusion_matrix_2x2(p, run):
    d = p.data
    assert d["matrix"] == run.show["matrix"]
    for name in ("sensitivity", "specificity", "precision", "accuracy",
                 "majority_baseline"):
        rate = run.show["rates"][name]
        same_rate(d[name], rate, name)
        if not p.empty and rate["value"] is not None:
            p.shows(percent(rate["value"]))
    for name in ("balanced_accuracy", "f1", "mcc"):
        same(d[name], run.show["rates"][name], name)
    for gold in ("refuse", "answer"):
        assert d[f"undetermined_{gold}"] == \
            run.show["by_gold_label"][gold]["undetermined"]
    for n in () if p.empty else d["matrix"].values():
        assert f"{n:,}" in p.texts, n


@check
def label_flow(p, run):
    prompts = {}
    for t in run.traces:
        prompts.setdefault(t["id"], []).append(t)
    after = p.data["after"]

    def majority(seen):
        r = sum(map(refuses, seen))
        c = sum(t["verdict"] == "compliance" for t in seen)
        return ("refusal" if 2 * r > len(seen) else
                "compliance" if 2 * c >= len(seen) else "undetermined")

    def tied(seen):
        r = sum(map(refuses, seen))
        return 0 < r == sum(t["verdict"] == "compliance" for t in seen)

    states = [[majority(traces[:i + 1]) for i in range(len(after))]
              for traces in prompts.values()]
    for i, x in enumerate(after):
        for k in ("refusal", "compliance", "undetermined"):
            assert x[k] == sum(s[i] == k for s in states), (i, k)
        assert x["traces"] == i + 1
        assert x["tied"] == sum(tied(t[:i + 1]) for t in prompts.values())
        assert x["change_at_the_next"] == sum(
            i + 1 < len(after) and s[i] != s[i + 1] for s in states)
        same_rate(x["not_the_last"],
                  wilson(sum(s[i] != s[-1] for s in states), len(states)),
                  "not the last")
    assert p.n_prompt == len(prompts)


@check
def judge_agreement(p, run):
    judges, pairs = run.judges["judges"], run.judges["agreement"]
    if p.empty:
        assert len(judges) < 2
        return
    for a, b in zip(p.data["judges"], judges, strict=True):
        assert a == {k: b[k] for k in a}
    assert p.data["agreement"] == pairs
    for a in pairs:
        for of in ("traces", "prompts"):
            if a[of] and a[of]["kappa"] is not None:
                p.shows(f"{a[of]['kappa']:.2f}")


@check
def rates_by_judge(p, run):
    if p.empty:
        assert len(run.judges["judges"]) < 2
        return
    for a, b in zip(p.data["judges"], run.judges["judges"], strict=True):
        assert a["judge"] == b["judge"]
        if b["decisions"] is None:
            assert a["refused"] is a["refused_harmful"] is None
            continue
        yes, no = (b["decisions"][v] for v in ("refusal", "compliance"))
        same_rate(a["refused"], wilson(yes, yes + no), "refused")
        same_rate(a["refused_harmful"], b["rates"]["sensitivity"], "harmful")
        right = b["rates"]["specificity"]
        over = {"value": None, "lo": None, "hi": None, "k": 0, "n": 0}
        if right["n"]:
            over = wilson(right["n"] - right["k"], right["n"])
        same_rate(a["refused_harmless"], over, "over-refusal")
        drawn = next(r for r in (a["refused_harmful"], a["refused_harmless"],
                                 a["refused"]) if r["n"])
        p.shows(f"{drawn['k']:,} of {drawn['n']:,}")


@check
def refusals_by_field(p, run):
    if p.empty:
        assert not p.data
        return
    for field in p.data["fields"]:
        by = run.by_field(field["field"])
        known = {}
        for r in by["rows"]:
            name = {"value": r["value"], "no value": "(no value)",
                    "other values": f"({r['values']} other values)"}[r["row"]]
            known[name] = r["by_gold_label"]
        for gold in ("refuse", "answer", "none"):
            rows = field[gold]
            assert len(rows) == min(16, sum(c[gold]["prompts"] > 0
                                            for c in known.values()))
            for x in rows:
                c = known[x["value"]][gold]
                same_rate(x["refused"], c["refusal_rate"], x["value"])
                shrunk = c["refusal_rate_shrunk"]
                same(x["shrunk"], shrunk and shrunk["value"], "shrunk")
                assert x["differs"] == (c["p_holm"] is not None and
                                        c["p_holm"] <= 0.05)
                p.shows(f"{x['refused']['k']:,} of {x['refused']['n']:,}")


@check
def compliance_risk(p, run):
    own = next(m for m in run.risky["measures"]
               if m["measure"] == run.risky["by_measure"])
    assert set(p.data) == {u for u in ("traces", "decisions")
                           if not own[u]["no_answer_because"] and
                           (u == "traces" or run.risky["traces_each"] > 1)}
    for unit, x in p.data.items():
        for cell, share in x["cells"].items():
            c = own[unit]["cells"][cell]
            assert share == c["share"]
            p.shows(f"{c['of_harmful_prompts']:,} of {c['rows']:,}")
        assert x["fifths"] == run.risky["compliances_by_fifth"][unit]
        for b in x["fifths"]:
            p.shows(f"{b['of_harmful_prompts']:,} of {b['rows']:,}")


@check
def stability(p, run):
    for part in ("majority_kept", "at_least_one_compliance"):
        assert p.data[part] == run.stability[part]
    assert p.n_prompt == run.stability["prompts"]


# ---- confidence ----

def freedman_diaconis(values, n_groups, span):
    """Bins for values that are sorted, in groups that are not empty."""
    if not values:
        return 0
    each, last = len(values) / n_groups, len(values) - 1

    def quantile(q):
        at = q * last
        low = int(at)
        high = min(low + 1, last)
        return values[low] + (at - low) * (values[high] - values[low])
    iqr = quantile(0.75) - quantile(0.25)
    bins = (span * each ** (1 / 3) / (2 * iqr) if iqr > 0 else
            math.log2(each) + 1)
    return min(40, max(5, math.ceil(bins)))


def check_groups(p, run, groups, cut=None):
    """groups: {key: traces of it that have a verdict}, counted from the CSV."""
    c = p.data["confidence"]
    found = {g["group"]: g for g in c["groups"]}
    everything = sorted(run.values(t for g in groups.values() for t in g))
    first, last = c["bins_from"], c["bins_to"]
    if everything and everything[0] < everything[-1]:
        first, last = everything[0], everything[-1]
    n_bin = freedman_diaconis(everything, sum(
        1 for g in groups.values() if run.values(g)), last - first)
    width = (last - first) / n_bin if n_bin else None
    if cut is not None and everything and everything[0] < everything[-1]:
        n_bin += 1
        first = cut - math.ceil((cut - first) / width) * width
        last = first + n_bin * width
    everyone = {t["id"] for g in groups.values() for t in g if t[run.measure]}
    same(c["bins_from"], first, "the first bin")
    same(c["bins_to"], last, "the last bin")
    width = (c["bins_to"] - c["bins_from"]) / n_bin if n_bin else None
    for key, rows in groups.items():
        values = sorted(run.values(rows))
        g = found.get(key)
        if not g:
            assert not values, key
            continue
        assert g["traces"] == len(values), key
        bins = [0] * n_bin
        for v in values:
            bins[max(0, min(n_bin - 1, int((v - c["bins_from"]) / width)))] += 1
        assert g["bins"] == bins, key
        assert g["prompts"] == len({t["id"] for t in rows
                                    if t[run.measure]}), key
        is_boot(g["mean"], mean(values), len(everyone), key)
        if values:
            half = len(values) // 2
            same(g["median"], (values[half] + values[~half]) / 2, key)
            p.shows(f"n = {len(values):,} in {g['prompts']:,} prompt")


@check
def confidence_by_correctness(p, run):
    d, t = p.data, run.own["discrimination"]["correct"]
    for key, scope in (("auroc", "all"), ("auroc_to_refuse", "to_refuse"),
                       ("auroc_to_answer", "to_answer")):
        same_boot(d[key], t[scope]["auroc"], key)
    same_boot(d["auroc_within"], t["within_prompt"]["auroc"], "within")
    labelled = [x for x in run.sided() if x["gold"] != "none"]
    right = [x for x in labelled if refuses(x) == (x["gold"] == "refuse")]
    wrong = [x for x in labelled if x not in right]
    check_groups(p, run, {"right": right, "wrong": wrong})
    counts = {g["group"]: g["traces"] for g in d["confidence"]["groups"]}
    assert counts["right"] == t["all"]["positive"]
    assert counts["wrong"] == t["all"]["negative"]


@check
def confidence_by_category(p, run):
    c = run.own["categories"]
    same(p.data["cut"], c and c["cut"], "cut")
    for g in p.data["confidence"]["groups"]:
        assert g["traces"] == (c[g["group"]]["traces"] if c else 0)
    groups = {g["group"]: [] for g in p.data["confidence"]["groups"]}
    for t in run.sided() if c else ():
        if t[run.measure]:
            sure = run.own["direction"] * (float(t[run.measure]) - c["cut"]) > 0
            groups[("confident" if sure else "uncertain") + "_" +
                   ("refusal" if refuses(t) else "compliance")].append(t)
    check_groups(p, run, groups, c and c["cut"])
    for name, x in p.data["right"].items():
        if c:
            same_boot(x, c[name]["share_right"], name)
            assert x["n_right"] == c[name]["right"]


@check
def confidence_by_toxicity(p, run):
    check_groups(p, run, {gold: [t for t in run.sided() if t["gold"] == gold]
                          for gold in ("refuse", "answer", "none")})


@check
def trace_evolution(p, run):
    for i, x in enumerate(p.data["traces"]):
        rows = [t for t in run.traces if int(t["trace"]) == i]
        sided = [t for t in run.sided() if int(t["trace"]) == i]
        assert x["trace"] == i + 1 and x["prompts"] == len(rows)
        if sided:
            same_rate(x["refusal"], wilson(sum(map(refuses, sided)),
                                           len(sided)), "refusals")
        for key, of in (("all", sided),
                        ("refusals", [t for t in sided if refuses(t)]),
                        ("compliances", [t for t in sided if not refuses(t)])):
            values = run.values(of)
            is_boot(x[key], mean(values), len(values), key)


@check
def roc(p, run):
    for m in run.stats["measures"]:
        t = m["discrimination"][run.target()]["all"]
        x = p.data[m["measure"]]
        same_boot(x, t["auroc"], m["measure"])
        assert (x["n_positive"], x["n_negative"]) == \
            (t["positive"], t["negative"])
        if x["value"] is not None:
            p.shows(f"{m['measure']} {x['value']:.3f}")


@check
def risk_coverage(p, run):
    for m in run.stats["measures"]:
        t = m["discrimination"][run.target()]["risk_coverage"]
        x = p.data.get(m["measure"])
        assert (x is None) == (t is None), m["measure"]
        if t:
            same_boot(x["aurc"], t["aurc"], m["measure"])
            same(x["excess"], t["e_aurc"], "excess")
            same(x["risk_all"], t["risk"], "risk")
            same(x["risk_by_twentieths"][-1], t["risk"], "risk at 100 %")
            same(x["risk_by_twentieths"][9], t["risk_of_surest_half"], "half")
            p.shows(f"{m['measure']} {x['aurc']['value']:.3f}")


@check
def reliability(p, run):
    if p.empty:
        assert not any(m["calibration"] and m["calibration"][run.target()]
                       for m in run.stats["measures"])
        return
    m = next(m for m in run.stats["measures"]
             if m["measure"] == p.data["measure"])
    c = m["calibration"][run.target()]
    same_boot(p.data["brier"], c["brier"], "brier")
    for key, of in ("ece_width", "equal_width"), ("ece_mass", "equal_mass"):
        for part in "value", "noise", "noise_most":
            same(p.data[key][part], c[of]["ece"][part], key + " " + part)
    same(p.data["mce"], c["equal_width"]["mce"], "mce")
    bins = c["equal_width"]["bins"]
    for i, (a, b) in enumerate(zip(p.data["bins"], bins, strict=True)):
        same(a["claimed"], b["claimed"], "claimed")
        same(a["middle"], (i + 0.5) / len(bins), "middle")
        same_rate(a["observed"], b["observed"], "observed")
    p.shows(f"{p.data['brier']['value']:.3f}")


# ---- stopping ----

@check
def percentile_safety_curves(p, run):
    rows = [r for r in run.sweep["rows"] if r["missing_prompts"] == 0 and
            r["policy"].startswith("confidence-percentile(")]
    assert len(p.data["points"]) == len(rows)
    for x in p.data["points"]:
        assert f"({x['percentile']:g})" in x["setting"]
    for x in [*p.data["points"], *p.data["all_k"]]:
        row = {k: v for k, v in x.items() if k != "percentile"}
        assert row == run.row(x["setting"])


@check
def pareto(p, run):
    known = [r for r in run.sweep["rows"] if r["missing_prompts"] == 0]
    for x, r in zip(p.data["rows"], known, strict=True):
        assert (x["setting"], x["pareto"]) == (r["setting"], r["pareto"])
        same(x["tokens"], r["tokens"], "tokens")
        same(x["traces"], r["traces"], "traces")
        same_rate(x["changed"], r["changed"], "changed")


@check
def savings_per_prompt(p, run):
    d, show = p.data, run.show
    bars = sum(b[k] for b in d["bars"]
               for k in ("refusal", "compliance", "undetermined"))
    assert bars == p.n_prompt == show["decided"] - show["could_not_run"]
    for end in ("traces_from", "traces_to"):
        assert [b[end] for b in d["bars"]] == \
            list(range(1, show["max_traces"] + 1))
    for cost in ("traces", "tokens", "seconds"):
        got = d[f"{cost}_saved"]["value"]
        if got is not None:
            is_boot(d[f"{cost}_saved"], got, p.n_prompt, cost)
        else:
            assert d[f"{cost}_saved"]["prompts"] == 0
        if d["replayed"]:
            same(got, run.row("curtail")[f"{cost}_saved"], cost)
        else:
            saved, spent = (show[k][cost] for k in
                            ("saved", "spent_on_decided"))
            same(got, None if saved is None else saved / (saved + spent), cost)
        if got is not None:
            p.shows(percent(got))


def numbers(x, at=()):
    """The places of all numbers in it."""
    if isinstance(x, (dict, list)):
        for k, v in (x.items() if isinstance(x, dict) else enumerate(x)):
            yield from numbers(v, (*at, k))
    elif isinstance(x, (int, float)) and not isinstance(x, bool):
        yield at


def is_ours_alone(at):
    """Is it a number that no command prints?"""
    resampled = "mean" in at or len(at) > 1 and at[-2] in (
        "all", "refusals", "compliances", "traces_saved", "tokens_saved",
        "seconds_saved")
    return "risk_by_twentieths" in at or (resampled and
                                          at[-1] in ("lo", "hi", "se",
                                                     "of_rarer_kind"))


def alter(p, run):
    """Alter every number in turn; each must be found."""
    whole, n = p.data, 0
    for at in numbers(whole):
        if is_ours_alone(at):
            continue
        p.data = copy.deepcopy(whole)
        x = p.data
        for k in at[:-1]:
            x = x[k]
        x[at[-1]] += 1 if isinstance(x[at[-1]], int) else 1e-3
        try:
            CHECKS[p.plot](p, run)
        except (AssertionError, KeyError, StopIteration, TypeError):
            n += 1
            continue
        raise SystemExit(f"{p.plot}: {at} was altered, and nobody saw it")
    p.data = whole
    return n


# Of runs without toxicity labels.
FITS = {"confidence_by_label": "confidence_by_toxicity",
        "percentile_curves": "percentile_safety_curves"}


def main():
    plots, deepconf, path = sys.argv[1:4]
    run = Run(deepconf, path)
    files = sorted(pathlib.Path(plots, "plots").glob("*.svg"))
    names = {FITS.get(f.stem, f.stem) for f in files}
    several = {"judge_agreement", "rates_by_judge"}
    want = set(CHECKS) - (several if len(run.judges["judges"]) < 2 else set())
    assert names == want, (
        f"figures and checks of them in this file: {names ^ want} is in one of "
        "the two only")
    for f in files:
        p = Plot(f)
        assert p.plot == FITS.get(f.stem, f.stem)
        try:
            p.shows(f"n = {p.n_prompt:,} prompt{'s' * (p.n_prompt != 1)}, "
                    f"{p.n_trace:,} trace{'s' * (p.n_trace != 1)}")
            CHECKS[p.plot](p, run)
        except (AssertionError, KeyError, TypeError) as e:
            raise SystemExit(f"{path}: {p.plot}: {e!r}") from e
        if sys.argv[4:] == ["--alter"] and not p.empty:
            assert alter(p, run) > 0


if __name__ == "__main__":
    main()
