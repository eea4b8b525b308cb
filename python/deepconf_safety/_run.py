"""A run file: figures by the program, rows by SQLite.

Every figure (rates, intervals, decisions under a judge, replays) is what the
program computes and prints as JSON; this file only asks for it. Traces and
verdicts are rows, which are read from the file as docs/RUNFILE.md has them; the
file is never written.
"""
import array
import contextlib
import importlib
import os
import sqlite3
import sys
import urllib.parse
from typing import (Any, Dict, Generic, Iterator, List, Literal, Optional,
                    Sequence, Tuple, TypeVar, Union, overload)

from ._errors import DeepconfError
from ._program import Value, decoded, run_json
from ._table import Row, flat, table, use_pandas

T = TypeVar("T")
Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]"]
Names = Union[str, Sequence[str]]
APPLICATION_ID, SCHEMA = 0x44704366, 9
_TRACE = ("finish", "cut", "answer_off", "answer_rule", "n_tok", "k", "ms",
          "attempts", "first_ms", "lacks", "text")
_BLOBS = (("tok_id", "i"), ("tok_logprob", "f"), ("tok_conf", "f"),
          ("tok_entropy", "f"), ("tok_self_cert", "f"))
_VERDICT = ("version", "verdict", "rule", "span_off", "span_len", "score",
            "reply")
_RATE = ["rate", "value", "lo", "hi", "k", "n"]


def _names(given: Names) -> List[str]:
    """One name is a list of one, not of its letters."""
    return [given] if isinstance(given, str) else list(given)


class Run(Generic[T]):
    """A run file that is open for reading; made by deepconf_safety.open().

    Each method reads the file anew, so that a run that goes on is seen as far
    as it is. The tables are DataFrames or lists of dicts, as open() was told,
    with the same columns. Raises DeepconfError with the program's words.
    """

    def __init__(self, path: str, pandas: bool) -> None:
        self.path = path
        self.pandas = pandas
        with self._reading():
            pass

    # ---- figures: what the program says ----

    def json(self, command: str = "show", **options: Any) -> Dict[str, Any]:
        """What `deepconf COMMAND FILE --json` prints, as it is: "show", "show
        --prompts", "sweep", "stats" or "stability". An option such as
        resamples=50 is --resamples 50; a list gives it again, True is the
        option without a value, None and False leave it out."""
        words: List[Tuple[str, Value]] = []
        for name, value in options.items():
            name = name.replace("_", "-")
            if value is None or value is False:
                continue
            many = value if isinstance(value, (list, tuple)) else [value]
            for v in many:
                if v is not True and v in ("", b""):
                    raise ValueError(f"{name} is empty")
                words.append((name, "" if v is True else
                              v if isinstance(v, (str, bytes)) else str(v)))
        return run_json(command, self.path, words)

    def summary(self, judge: Optional[str] = None) -> T:
        """A row a rate: rate, value, lo, hi (95 %), k, n. Shares of 1, the
        unit is the prompt, positive is "should be refused". A rate without a
        value has None. Counts and alarms: json()."""
        said = self.json("show", judge=judge)
        ranges = said["rates"].get("ranges") or {}
        rows: List[Row] = []
        for name, rate in said["rates"].items():
            if name == "ranges":
                continue
            if not isinstance(rate, dict):
                rate = {"value": rate, **(ranges.get(name) or {})}
            rows.append({"rate": name, **{k: rate.get(k) for k in _RATE[1:]}})
        return self._table(rows, _RATE)

    def prompts(self, judge: Optional[str] = None,
                only: Names = ()) -> T:
        """A row a prompt, as `deepconf show --prompts` has it: id, gold,
        category, text, case (TP, FN, FP, TN), decision, stopped_because,
        traces, refusals. only: as the program's --only; several have to
        hold together."""
        said = self.json("show --prompts", judge=judge, only=_names(only))
        return self._table([flat(p) for p in said["prompts"]],
                           ["id", "gold", "category", "text", "case",
                            "decision", "stopped_because", "traces",
                            "refusals"])

    def sweep(self, policies: Names = (), votes: Names = (),
              judge: Optional[str] = None, measure: Optional[str] = None,
              permutations: Optional[int] = None) -> T:
        """A row a setting: setting, policy, vote, traces, tokens and seconds a
        prompt, changed.value with changed.lo and changed.hi, and so on, as
        `deepconf sweep --json` has them."""
        said = self.json("sweep", policy=_names(policies), vote=_names(votes),
                         judge=judge, measure=measure,
                         permutations=permutations)
        return self._table([flat(r) for r in said["rows"]],
                           ["setting", "policy", "measure", "vote"])

    def stats(self, measures: Names = (),
              judge: Optional[str] = None,
              resamples: Optional[int] = None) -> T:
        """A row a measure: discrimination.correct.all.auroc.value and so on,
        as `deepconf stats --json` nests them. Confidences are in the measure's
        unit, AUROC has none; lists stay lists."""
        said = self.json("stats", measure=_names(measures), judge=judge,
                         resamples=resamples)
        return self._table([flat(m) for m in said["measures"]], ["measure"])

    def stability(self, judge: Optional[str] = None,
                  resamples: Optional[int] = None) -> T:
        """A row a gold label (all, refuse, answer): shares of unanimous and
        unstable prompts, Safety Stability Index, flip rate, with their
        intervals, as `deepconf stability --json` nests them."""
        said = self.json("stability", judge=judge, resamples=resamples)
        return self._table([{"gold": gold, **flat(figures or {})} for
                            gold, figures in said["by_gold_label"].items()],
                           ["gold"])

    # ---- rows: what the file holds ----

    def traces(self, tokens: bool = False) -> T:
        """A row a trace, in order: id of the prompt, prompt (its place), idx,
        finish, n_tok, ms, text and so on as docs/RUNFILE.md has them, and a
        column measure.NAME for each measure (None: no value). n_tok and ms
        that are not known are None. With tokens also tok_id, tok_logprob,
        tok_conf, tok_entropy and tok_self_cert: arrays [n_tok], of NumPy where
        the tables are pandas', of array.array otherwise; nats, -1 or NaN for
        what is not known."""
        with self._reading() as db:
            has = {r[1] for r in db.execute("PRAGMA table_info(trace)")}
            blobs = [b for b, _ in _BLOBS] if tokens else []
            wanted = [c for c in ("has_count", "has_ms", *_TRACE, *blobs)
                      if c in has]
            values: Dict[int, Row] = {}
            names: Dict[str, None] = {}
            for trace, name, value in db.execute(
                    "SELECT trace, measure, value FROM measure "
                    "ORDER BY trace, measure"):
                column = "measure." + name
                names[column] = None
                values.setdefault(trace, {})[column] = value
            rows = []
            for r in db.execute(
                    f"SELECT t.id, p.id, t.prompt, t.idx"
                    f"{''.join(', t.' + c for c in wanted)} FROM trace t "
                    "JOIN prompt p ON p.ord = t.prompt "
                    "ORDER BY t.prompt, t.idx"):
                row = dict(zip(("id", "prompt", "idx", *wanted), r[1:]))
                if row.pop("has_count", 1) == 0:
                    row["n_tok"] = None
                if row.pop("has_ms", 1) == 0:
                    row["ms"] = None
                for name, kind in _BLOBS if tokens else ():
                    row[name] = self._numbers(row[name], kind)
                row.update(values.get(r[0], {}))
                rows.append(row)
        return self._table(rows, ["id", "prompt", "idx", *_TRACE, *blobs,
                                  *names])

    def verdicts(self, judge: Optional[str] = None) -> T:
        """A row a trace and judge: id and place of the prompt, idx, judge,
        version, verdict, rule, span_off and span_len (bytes of UTF-8), score,
        reply. judge: of this one alone, by its label."""
        with self._reading() as db:
            has = {r[1] for r in db.execute("PRAGMA table_info(verdict)")}
            wanted = [c for c in _VERDICT if c in has]
            names = ["id", "prompt", "idx", "judge", *wanted]
            rows = [dict(zip(names, r)) for r in db.execute(
                "SELECT p.id, t.prompt, t.idx, v.judge"
                f"{''.join(', v.' + c for c in wanted)} FROM verdict v "
                "JOIN trace t ON t.id = v.trace "
                "JOIN prompt p ON p.ord = t.prompt "
                "ORDER BY t.prompt, t.idx, v.judge")]
        if judge is not None:
            rows = [r for r in rows if r["judge"] == judge]
            if not rows:
                raise DeepconfError(f"no verdicts by a judge {judge!r}; "
                                    "verdicts() without a name has all", 2)
        return self._table(rows, ["id", "prompt", "idx", "judge", *_VERDICT])

    # ---- how ----

    def _table(self, rows: List[Row], columns: List[str]) -> T:
        made: T = table(rows, self.pandas, columns)
        return made

    def _numbers(self, blob: bytes, kind: str) -> Any:
        """A little-endian blob of 4-byte numbers."""
        if self.pandas:
            numpy = importlib.import_module("numpy")
            return numpy.frombuffer(blob, "<" + kind + "4")
        numbers = array.array(kind, blob)
        if sys.byteorder == "big":
            numbers.byteswap()
        return numbers

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the file and can't change it."""
        if not os.path.isfile(self.path):
            raise DeepconfError(f"{self.path}: there is no such file", 6)
        uri = "file:" + urllib.parse.quote(os.fsencode(self.path)) + "?mode=ro"
        try:
            with contextlib.closing(sqlite3.connect(
                    uri, uri=True, isolation_level=None)) as db:
                db.text_factory = decoded
                db.execute("BEGIN")
                self._check(db)
                yield db
        except sqlite3.Error as e:
            raise DeepconfError(f"{self.path} can't be read as a run file: "
                                f"{e}", 5) from None

    def _check(self, db: sqlite3.Connection) -> None:
        (kind,) = db.execute("PRAGMA application_id").fetchone()
        (schema,) = db.execute("PRAGMA user_version").fetchone()
        if kind != APPLICATION_ID:
            raise DeepconfError(f"{self.path} is no run file of deepconf", 5)
        if schema > SCHEMA:
            raise DeepconfError(
                f"{self.path} has schema {schema}, and this package reads up "
                f"to {SCHEMA}; install a newer one", 5)


@overload
def open_run(path: Path, pandas: Literal[False]) -> Run[List[Row]]: ...


@overload
def open_run(path: Path, pandas: Optional[bool] = None) -> Run[Any]: ...


def open_run(path: Path, pandas: Optional[bool] = None) -> Run[Any]:
    """Open a run file for reading.

    pandas: True for DataFrames (ImportError without pandas), False for lists of
    dicts, None for DataFrames where pandas is installed. DeepconfError if the
    file is not there (exit_code 6) or no run file (5). Whether its rows fit
    each other is checked by the program, in the methods that ask it.
    """
    return Run(os.path.abspath(os.fsdecode(path)), use_pandas(pandas))
