"""One call of the program, and the JSON that it prints."""
import json
import os
import subprocess
from typing import Any, Dict, List, Tuple, Union

from . import _find
from ._errors import DeepconfError

# What each command's JSON calls itself. Another version of the program may
# print another one, whose keys this package does not know.
FORMATS = {"show": "deepconf-show 1", "show --prompts":
           "deepconf-show-prompts 1", "sweep": "deepconf-sweep 1",
           "stats": "deepconf-stats 1", "stability": "deepconf-stability 1"}
Value = Union[str, bytes]


def _argument(value: Value) -> bytes:
    """As the program reads it: UTF-8, in which a lone surrogate is written as
    SQLite and JSON have it. An argument can't hold a NUL."""
    raw = (value if isinstance(value, bytes)
           else value.encode("utf-8", "surrogatepass"))
    if b"\0" in raw:
        raise ValueError(f"{value!r} has a NUL character, which no argument of "
                         "a program can hold")
    return raw


def decoded(raw: bytes) -> str:
    """Text of a file or of the program, whatever bytes it is made of: lone
    surrogates stay, and a byte that is no UTF-8 is U+DC80 to U+DCFF."""
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "surrogateescape")


def run_json(command: str, path: str,
             options: List[Tuple[str, Value]]) -> Dict[str, Any]:
    """`deepconf COMMAND PATH --json` with (option, value), "" for none."""
    argv = [os.fsencode(_find.program()), *(w.encode() for w in
                                            command.split()), b"--json"]
    for name, value in options:
        raw = _argument(value)
        argv.append(b"--" + name.encode() + (b"=" + raw if raw else b""))
    argv += [b"--", os.fsencode(path)]
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    except OSError as e:
        raise DeepconfError(f"{decoded(argv[0])} can't be started: "
                            f"{e.strerror}", 6) from None
    if done.returncode != 0:
        said = decoded(done.stderr).strip()
        if said.startswith("deepconf: "):
            said = said[len("deepconf: "):]
        raise DeepconfError(said or f"deepconf {command} ended with exit code "
                            f"{done.returncode}", done.returncode)
    try:
        result = json.loads(decoded(done.stdout))
    except ValueError:
        raise DeepconfError(f"{decoded(argv[0])} printed no JSON; is it the "
                            "program deepconf?", 6) from None
    kind = result.get("format") if isinstance(result, dict) else None
    if kind != FORMATS[command]:
        raise DeepconfError(
            f"deepconf {command} --json is {kind!r}, and this package reads "
            f"{FORMATS[command]!r}; install the program and the package of "
            "one version", 6)
    return dict(result)
