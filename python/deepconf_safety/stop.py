"""Stopping policies: what they decide after some traces, and exact tables.

By the C library (stop.h); rules and proofs: docs/METHODS.md, section 5. The
unit of every count is the trace.
"""
import math
from ctypes import byref, c_size_t
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from . import _abi
from .conf import text_of, verdict_of, whole


class Trace(NamedTuple):
    """A trace that a policy has seen; conf: its measure, turned so that larger
    is surer, None where it has none."""

    verdict: str
    conf: Optional[float] = None
    cut: bool = False  # by the policy itself: it does not vote


class Next(NamedTuple):
    """Stop, with the reason; or go on, with at least `need` traces more before
    the policy can stop."""

    stop: bool
    reason: str
    need: int


class Table(NamedTuple):
    """What a policy does at every count of k votes.

    decision[n] is a text of n + 1 letters, by refusals among n traces: R stops
    and refuses, C stops and complies, - goes on. By refusals among all k:
    disagree[r] is the probability that the decision is not that of all k,
    traces[r] the expected number of traces. worst_missed and worst_false are
    the largest disagree where all k decide refusal, and compliance.
    """

    policy: str
    decision: List[str]
    disagree: List[float]
    traces: List[float]
    worst_missed: float
    worst_false: float


def _spec(policy: str) -> Any:
    spec = _abi.DcStopSpec()
    _abi.call("dc_stop_parse", text_of(policy), byref(spec))
    return spec


def _cfg(k: int, min_traces: int) -> Any:
    cfg = _abi.DcStopCfg(min_traces=whole("min_traces", min_traces, 0, 2**31),
                         max_traces=whole("k", k, 0, 2**31))
    _abi.call("dc_stop_check", byref(cfg))
    return cfg


def policies() -> List[Dict[str, Any]]:
    """All policies: name, text (with the parameters' defaults), rule, promise,
    by_tally (an exact table exists)."""
    n = c_size_t()
    rows = _abi.lib().dc_stop_policies(byref(n))
    out = []
    for i in range(n.value):
        row = rows[i].contents
        name = row.name.decode()
        out.append({"name": name, "text": _spec(name).spec.text.decode(),
                    "rule": row.rule.decode(),
                    "promise": row.promise.decode(),
                    "by_tally": row.by_tally})
    return out


def _checked(spec: Any, traces: Sequence[Trace], k: int,
             threshold: Optional[float]) -> None:
    if len(traces) > k:
        raise ValueError(f"{len(traces)} traces of at most {k}")
    if spec.row.contents.needs_calibration and threshold is None:
        raise ValueError(f"{spec.spec.text.decode()} needs a threshold")
    if threshold is not None and not math.isfinite(threshold):
        raise ValueError(f"the threshold is {threshold!r}")
    for t in traces:
        if t.conf is not None and not math.isfinite(t.conf):
            raise ValueError(f"a confidence is {t.conf!r}; None is for none")
        if t.cut and t.verdict != "undetermined":
            raise ValueError("a trace that was cut is undetermined, not "
                             + t.verdict)


def ask(policy: str, traces: Sequence[Trace], k: int = 10,
        min_traces: int = 3, threshold: Optional[float] = None,
        weighted: bool = False) -> Next:
    """What a policy such as "hypergeometric(0.01)" says after these traces, in
    order, of at most k. threshold: of a policy that is calibrated. weighted:
    the vote weighs, so that curtailment is off."""
    spec, cfg = _spec(policy), _cfg(k, min_traces)
    _abi.call("dc_stop_counts", byref(spec), cfg.max_traces)
    _checked(spec, traces, k, threshold)
    cfg.weighted = weighted
    cfg.has_threshold, cfg.threshold = threshold is not None, threshold or 0
    state = _abi.DcStopState()
    records = (_abi.DcStopTrace * len(traces))()
    for record, t in zip(records, traces):
        record.verdict, record.cut = verdict_of(t.verdict), t.cut
        record.has_conf, record.conf = t.conf is not None, t.conf or 0
        _abi.lib().dc_tally_add(byref(state.tally), record.verdict)
    state.trace = records
    said = _abi.lib().dc_stop_ask(byref(spec), byref(state), byref(cfg))
    return Next(said.stop, said.reason.decode(), said.need)


def table(policy: str, k: int = 10, min_traces: int = 3) -> Table:
    """The exact table of a policy that looks at the tally alone
    (DeepconfError for others)."""
    spec, cfg, t = _spec(policy), _cfg(k, min_traces), _abi.DcStopTable()
    _abi.call("dc_stop_counts", byref(spec), cfg.max_traces)
    lib = _abi.lib()
    _abi.call("dc_stop_table_init", byref(t), byref(spec), byref(cfg))
    try:
        rows = ["".join(lib.dc_stop_table_at(byref(t), n, r).decode()
                        for r in range(n + 1)) for n in range(k + 1)]
        return Table(spec.spec.text.decode(), rows, t.disagree[:k + 1],
                     t.traces[:k + 1], t.worst_missed, t.worst_false)
    finally:
        lib.dc_stop_table_release(byref(t))
