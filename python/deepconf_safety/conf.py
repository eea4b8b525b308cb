"""Token confidence, measures of a trace, and votes that weigh by them.

Formulas: docs/METHODS.md, sections 2 to 4. All of it is computed by the C
library (conf.h, vote.h): the same bits as in a run. What the library would stop
the process for raises ValueError here; texts that it refuses raise
DeepconfError with its words.
"""
import math
from ctypes import byref, c_double, c_float, c_size_t
from typing import (Any, Dict, Iterable, List, NamedTuple, Optional, Sequence,
                    Tuple, Type)

from . import _abi

VERDICTS = ("compliance", "partial", "refusal", "undetermined")
# What each bit of a measure's `reads` looks at (enum dc_token_part).
_PARTS = ((2, "logprob"), (4, "conf"), (8, "entropy"), (16, "self_cert"))
_INT32_MAX, _UINT32_MAX = 2**31 - 1, 2**32 - 1


class Token(NamedTuple):
    """The record of one sampled token; all values in nats, at temperature 1."""

    id: int
    logprob: float  # of the sampled token, <= 0
    conf: float  # C, >= 0
    entropy: float  # H, >= 0
    self_cert: float  # S, >= 0


class Row(NamedTuple):
    """What one row of logits says, before any token is drawn; in nats."""

    conf: float
    entropy: float
    self_cert: float


class Vote(NamedTuple):
    """A decision; share: the leader's part of the weight of refusals and
    compliances, 0 if that is nothing."""

    decision: str
    share: float


def text_of(text: str) -> bytes:
    """A text for C, which would end at a NUL."""
    if "\0" in text:
        raise ValueError(f"{text!r} has a NUL character")
    return text.encode("utf-8", "surrogatepass")


def verdict_of(name: str) -> int:
    """The number of a verdict."""
    if name not in VERDICTS:
        raise ValueError(f"no such verdict: {name!r}; expected one of "
                         + ", ".join(VERDICTS))
    return VERDICTS.index(name)


def unit(name: str, value: float) -> float:
    """value, if it is inside 0 to 1."""
    if not 0 < value < 1:
        raise ValueError(f"{name} is {value!r}; expected a number between 0 "
                         "and 1")
    return value


def whole(name: str, value: int, least: int, most: int) -> int:
    """value, if it is a whole number in this range."""
    if value != int(value) or not least <= value <= most:
        raise ValueError(f"{name} is {value!r}; expected a whole number from "
                         f"{least} to {most}")
    return int(value)


class Logits:
    """Work space for rows of logits of n_vocab entries; C is over the k most
    probable tokens. Use it in a `with`, or call close(). Not for several
    threads at a time.

        with dc.conf.Logits(n_vocab=len(z)) as rows:
            rows.scan(z)                # Row(conf, entropy, self_cert)
            rows.draw(u, top_p=0.95)    # Token, from the row scanned last
    """

    def __init__(self, n_vocab: int, k: int = 20) -> None:
        whole("n_vocab", n_vocab, 1, _INT32_MAX)
        whole("k", k, 1, min(_abi.CONF_K_MAX, n_vocab))
        self._lib, self._work = _abi.lib(), _abi.DcLogits()
        self._array: Type[Any] = c_float * n_vocab
        self._row: Optional[Any] = None
        self.n_vocab, self.k = n_vocab, k
        self._open = True
        self._lib.dc_logits_init(byref(self._work), n_vocab, k)

    def scan(self, logits: Iterable[float]) -> Row:
        """Read a row [n_vocab], of any iterable of numbers (a float32 array
        of NumPy without a copy of each number). ValueError if a logit is NaN or
        +inf, or fewer than k are finite."""
        self._row = None
        if not self._open:
            raise ValueError("these Logits were closed")
        row = self._fill(logits)
        if not self._lib.dc_logits_scan(byref(self._work), row):
            raise ValueError(f"a logit is NaN or +inf, or fewer than {self.k} "
                             "are finite")
        self._row, w = row, self._work
        return Row(w.conf, w.entropy, w.self_cert)

    def _fill(self, logits: Iterable[float]) -> Any:
        try:
            view = memoryview(logits)  # type: ignore[arg-type]
        except TypeError:
            view = None
        if (view is not None and view.format == "f" and view.c_contiguous
                and view.nbytes == 4 * self.n_vocab):
            return self._array.from_buffer_copy(view)
        values = list(logits)
        if len(values) != self.n_vocab:
            raise ValueError(f"{len(values)} logits; expected {self.n_vocab}")
        return self._array(*values)

    def _scanned(self) -> Any:
        if self._row is None:
            raise ValueError("no row was scanned")
        return self._row

    def draw(self, u: float, temperature: float = 1, top_k: int = 0,
             top_p: float = 1, min_p: float = 0) -> Token:
        """A token of the row scanned last, by the one random number u between
        0 and 1. temperature 0 is greedy; top_k 0, top_p 1, min_p 0 are off."""
        row = self._scanned()
        if not (0 <= temperature < math.inf and 0 < top_p <= 1
                and 0 <= min_p < 1):
            raise ValueError(
                f"temperature {temperature!r}, top_p {top_p!r}, min_p "
                f"{min_p!r}; expected 0 or more, above 0 and at most 1, and "
                "from 0 to below 1")
        how = _abi.DcSampling(temperature, top_p, min_p,
                              whole("top_k", top_k, 0, _UINT32_MAX))
        out = _abi.DcToken()
        self._lib.dc_logits_sample(byref(self._work), row, byref(how),
                                   unit("u", u), byref(out))
        return Token(out.id, out.logprob, out.conf, out.entropy, out.self_cert)

    def top(self, n: int) -> List[Tuple[int, float]]:
        """The n most probable tokens of the row scanned last, n <= k: (id,
        log-probability in nats), the most probable first."""
        self._scanned()
        out = (_abi.DcTopLogprob * whole("n", n, 0, self.k))()
        self._lib.dc_logits_top(byref(self._work), n, out)
        return [(t.id, t.logprob) for t in out]

    def close(self) -> None:
        """Give the memory back. A second time does nothing."""
        if self._open:
            self._open, self._row = False, None
            self._lib.dc_logits_release(byref(self._work))

    def __enter__(self) -> "Logits":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if getattr(self, "_open", False):
            self.close()


def confidence(logprobs: Sequence[float], k: int) -> float:
    """C in nats from a server's list: the negative mean of the k largest of
    log-probabilities (nats, any order; at most 257). ValueError if one of them
    is none, such as NaN or -9999."""
    n = whole("the number of log-probabilities", len(logprobs), 1,
              _abi.CONF_K_MAX + 1)
    out = c_float()
    if not _abi.lib().dc_conf_top((c_double * n)(*logprobs), n,
                                  whole("k", k, 1, n), byref(out)):
        raise ValueError("one of the values is no logarithm of a probability")
    return out.value


def _spec(text: str) -> Any:
    spec = _abi.DcMeasureSpec()
    _abi.call("dc_measure_parse", text_of(text), byref(spec))
    return spec


def measures() -> List[Dict[str, Any]]:
    """All measures: name, text (with the parameters' defaults), formula, unit,
    direction (1: larger is surer, -1: smaller is)."""
    n = c_size_t()
    rows = _abi.lib().dc_measures(byref(n))
    out = []
    for i in range(n.value):
        row = rows[i].contents
        name = row.name.decode()
        out.append({"name": name, "text": _spec(name).spec.text.decode(),
                    "formula": row.formula.decode(),
                    "unit": row.unit.decode(), "direction": row.direction})
    return out


def measure(text: str, tokens: Sequence[Token]) -> Optional[float]:
    """The value of a measure such as "tail(16)" over the tokens of a trace, in
    the measure's unit; None without tokens. A part that the measure reads has
    to be a finite number (ValueError)."""
    spec = _spec(text)
    reads = [name for bit, name in _PARTS if spec.row.contents.reads & bit]
    for i, token in enumerate(tokens):
        for name in reads:
            if not math.isfinite(getattr(token, name)):
                raise ValueError(f"token {i} has no {name}, which {text} "
                                 "reads")
    records = (_abi.DcToken * len(tokens))(
        *[_abi.DcToken(*t) for t in tokens])
    value = c_double()
    if _abi.lib().dc_measure_compute(byref(spec), records, len(tokens),
                                     byref(value)):
        return value.value
    return None


def weight(text: str, value: Optional[float]) -> float:
    """A measure's value as the weight of a vote: the value, or exp(-value)
    where smaller is surer. 0 for a trace without a value (None)."""
    row = _spec(text).row
    if value is None:
        return 0.0
    if not math.isfinite(value) or (row.contents.direction > 0 and value < 0):
        raise ValueError(f"{text} can't be {value!r}")
    return float(_abi.lib().dc_measure_weight(row, value))


def ballots_of(votes: Sequence[Tuple[str, float]]) -> Any:
    """struct dc_ballot [n] of (verdict, weight)."""
    for _, w in votes:
        if not 0 <= w < math.inf:
            raise ValueError(f"a weight is {w!r}; expected 0 or more")
    return (_abi.DcBallot * len(votes))(
        *[_abi.DcBallot(verdict_of(v), w) for v, w in votes])


def weighted_vote(votes: Sequence[Tuple[str, float]]) -> Vote:
    """The weighted majority of (verdict, weight); a partial refusal is a
    refusal, a tie is compliance."""
    share = c_double()
    decision = _abi.lib().dc_ballots_decide(ballots_of(votes), len(votes),
                                            byref(share))
    return Vote(VERDICTS[decision], share.value)


def vote(text: str, votes: Sequence[Tuple[str, float]]) -> str:
    """The decision of a vote such as "majority" or "filtered(0.1)" over
    (verdict, weight), in trace order."""
    spec = _abi.DcVoteSpec()
    _abi.call("dc_vote_parse", text_of(text), byref(spec))
    return VERDICTS[_abi.lib().dc_vote_decide(
        byref(spec), ballots_of(votes), len(votes))]
