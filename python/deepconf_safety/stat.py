"""Proportions with intervals, paired comparisons, and tests.

By the C library (stat.h, dist.h); formulas and sources: docs/METHODS.md,
section 7. The unit is the prompt. Arguments outside their range raise
ValueError.
"""
from ctypes import byref, c_double, c_uint64
from typing import Any, List, NamedTuple, Optional, Sequence

from . import _abi
from .conf import unit, whole

_COUNT_MAX = 2**32 - 1


class Proportion(NamedTuple):
    """k of n with an interval; None where n = 0."""

    k: int
    n: int
    value: Optional[float]
    lo: Optional[float]
    hi: Optional[float]


class Paired(NamedTuple):
    """b times only the first of two answers was right, c times only the
    second, of n: p of the exact McNemar test, and (b - c) / n with Tango's
    score interval, None where n = 0."""

    b: int
    c: int
    n: int
    p: float
    diff: Optional[float]
    lo: Optional[float]
    hi: Optional[float]


def _k_of_n(k: int, n: int) -> None:
    whole("n", n, 0, _COUNT_MAX)
    whole("k", k, 0, n)


def _proportion(name: str, k: int, n: int, level: float) -> Proportion:
    _k_of_n(k, n)
    p = getattr(_abi.lib(), name)(k, n, unit("level", level))
    figures = (p.value, p.lo, p.hi) if p.defined else (None, None, None)
    return Proportion(p.k, p.n, *figures)


def wilson(k: int, n: int, level: float = 0.95) -> Proportion:
    """k of n with the Wilson score interval."""
    return _proportion("dc_prop_wilson", k, n, level)


def clopper_pearson(k: int, n: int, level: float = 0.95) -> Proportion:
    """k of n with the exact interval."""
    return _proportion("dc_prop_clopper_pearson", k, n, level)


def upper_bound(k: int, n: int, alpha: float = 0.05) -> float:
    """The exact one-sided bound: the true proportion lies above it with
    probability alpha at most."""
    _k_of_n(k, n)
    return float(_abi.lib().dc_prop_upper(k, n, unit("alpha", alpha)))


def paired(b: int, c: int, n: int, level: float = 0.95) -> Paired:
    """Compare two answers to each of n prompts."""
    _k_of_n(b, n)
    _k_of_n(c, n - b)
    r = _abi.lib().dc_paired_compare(b, c, n, unit("level", level))
    figures = (r.diff, r.lo, r.hi) if r.defined else (None, None, None)
    return Paired(r.b, r.c, r.n, r.p, *figures)


def paired_needed(diff: float, discordance: float, alpha: float = 0.05,
                  power: float = 0.8) -> Optional[int]:
    """Prompts needed to find a difference `diff` where a share `discordance` of
    the pairs differ; None if a million are too few."""
    plan = _abi.DcPairedPlan(unit("discordance", discordance),
                             unit("alpha", alpha), unit("power", power))
    if not 0 <= diff <= discordance:
        raise ValueError(f"diff is {diff!r}; expected 0 to the discordance, "
                         f"{discordance!r}")
    n = c_uint64()
    found = _abi.lib().dc_paired_needed(byref(plan), diff, byref(n))
    return n.value if found else None


def holm(p: Sequence[float]) -> List[float]:
    """Holm's adjusted p-values, in the order of p."""
    for x in p:
        if not 0 <= x <= 1:
            raise ValueError(f"a p-value is {x!r}")
    array: Any = c_double * len(p)
    out = array()
    _abi.lib().dc_holm(array(*p), len(p), out)
    return list(out)


def ltt_p(lost: int, n: int, alpha: float) -> float:
    """The p-value of "more than a share alpha is lost", of which `lost` of n
    calibration prompts were (Learn then Test)."""
    _k_of_n(lost, n)
    setting = _abi.DcLttSetting(lost, n)
    return float(_abi.lib().dc_ltt_p(byref(setting), unit("alpha", alpha)))


def ltt_needed(alpha: float, delta: float) -> int:
    """Calibration prompts before even a setting that loses nothing can pass;
    alpha at least 1e-9."""
    if unit("alpha", alpha) < 1e-9:
        raise ValueError(f"alpha is {alpha!r}; expected at least 1e-9")
    return int(_abi.lib().dc_ltt_needed(alpha, unit("delta", delta)))


def _share(p: float) -> float:
    if not 0 <= p <= 1:
        raise ValueError(f"p is {p!r}; expected 0 to 1")
    return p


def binom_cdf(k: int, n: int, p: float) -> float:
    """P(X <= k) of k successes in n trials of probability p."""
    _k_of_n(k, n)
    return float(_abi.lib().dc_binom_cdf(k, n, _share(p)))


def binom_sf(k: int, n: int, p: float) -> float:
    """P(X > k), exact where it is small."""
    _k_of_n(k, n)
    return float(_abi.lib().dc_binom_sf(k, n, _share(p)))


def _urn(size: int, marked: int, drawn: int) -> Any:
    _k_of_n(marked, size)
    _k_of_n(drawn, size)
    return byref(_abi.DcUrn(size, marked, drawn))


def hypergeom_cdf(k: int, size: int, marked: int, drawn: int) -> float:
    """P(X <= k) marked ones among `drawn` of an urn."""
    urn = _urn(size, marked, drawn)
    return float(_abi.lib().dc_hypergeom_cdf(whole("k", k, 0, drawn), urn))


def hypergeom_sf(k: int, size: int, marked: int, drawn: int) -> float:
    """P(X > k), exact where it is small."""
    urn = _urn(size, marked, drawn)
    return float(_abi.lib().dc_hypergeom_sf(whole("k", k, 0, drawn), urn))
