"""Rows to tables: a DataFrame of pandas, or a list of dicts."""
import importlib
import importlib.util
from typing import Any, Dict, List, Optional

Row = Dict[str, Any]


def use_pandas(wanted: Optional[bool]) -> bool:
    """None: where pandas is there. True where it is not: ImportError."""
    there = importlib.util.find_spec("pandas") is not None
    if wanted and not there:
        raise ImportError("pandas is not installed; install it, or open the "
                          "run with pandas=False")
    return there if wanted is None else wanted


def flat(nested: Row, before: str = "") -> Row:
    """{"changed": {"lo": 0}} as {"changed.lo": 0}. Lists stay."""
    out: Row = {}
    for key, value in nested.items():
        if isinstance(value, dict):
            out.update(flat(value, f"{before}{key}."))
        else:
            out[before + key] = value
    return out


def table(rows: List[Row], pandas: bool, columns: List[str]) -> Any:
    """Every row gets every column: `columns` first, then what rows have
    beside, in the order in which it comes. What a row lacks is None."""
    names = list(dict.fromkeys([*columns, *(k for r in rows for k in r)]))
    # A value that is null in one row and has parts in another has no column of
    # its own.
    parents = {k[:i] for k in names for i, c in enumerate(k) if c == "."}
    names = [k for k in names if k in columns or k not in parents]
    full = [{k: r.get(k) for k in names} for r in rows]
    if not pandas:
        return full
    pd = importlib.import_module("pandas")
    frame = {}
    for name in names:
        values = [r[name] for r in full]
        # Objects hold every text, lone surrogates too; the text columns of
        # pandas may not.
        plain = all(v is None or isinstance(v, (bool, int, float))
                    for v in values)
        column = pd.Series(values, dtype=None if plain and values else object)
        frame[name] = column
    return pd.DataFrame(frame, columns=names)
