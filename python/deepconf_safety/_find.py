"""Where the program and the library of C functions are.

Both are looked for in this order, and the first that is there counts:

1. the environment: DEEPCONF is the program, DEEPCONF_LIBRARY the library. A
   path that is wrong is an error, and nothing else is tried;
2. what came with this package: the program in the environment's folder of
   scripts, the library in this package's own folder;
3. the system: the program on PATH; the library beside the program (a build
   folder) or in the lib folder of its prefix (an installation).

A source tree is never searched: name the program of its build folder by
DEEPCONF.
"""
import os
import shutil
import sysconfig
from pathlib import Path
from typing import Iterator, Optional

from ._errors import NotFoundError

# The version of the library's structs: libdeepconf.so.0.1 and no other fits
# _abi.py. docs/LIBRARY.md: before 1.0 each minor version may change them.
ABI = "0.1"
LIBRARY_NAME = "libdeepconf.so." + ABI


def _named(variable: str) -> Optional[str]:
    path = os.environ.get(variable)
    if not path:
        return None
    if not os.path.isfile(path):
        raise NotFoundError(f"{variable} is {path!r}, and there is no such "
                            "file; correct it, or unset it")
    return path


def program() -> str:
    """The path of the program deepconf. NotFoundError if there is none."""
    named = _named("DEEPCONF")
    if named:
        return named
    for scheme in (None, "user"):
        at = (sysconfig.get_path("scripts") if scheme is None else
              sysconfig.get_path("scripts", f"{os.name}_user"))
        path = os.path.join(at or "", "deepconf")
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    on_path = shutil.which("deepconf")
    if on_path:
        return on_path
    raise NotFoundError(
        "the program deepconf was not found: it is neither in the scripts of "
        "this Python environment nor on PATH; install it, or set DEEPCONF to "
        "its path")


def _beside_program() -> Iterator[Path]:
    try:
        folder = Path(program()).resolve().parent
    except NotFoundError:
        return
    yield folder
    multiarch = sysconfig.get_config_var("MULTIARCH")
    for lib in ("lib", "lib64", f"lib/{multiarch}"):
        yield folder.parent / lib


def library() -> str:
    """The path of the shared library. NotFoundError if there is none."""
    named = _named("DEEPCONF_LIBRARY")
    if named:
        return named
    own = Path(__file__).resolve().parent
    for folder in (own, own / "lib", *_beside_program()):
        if (folder / LIBRARY_NAME).is_file():
            return str(folder / LIBRARY_NAME)
    raise NotFoundError(
        f"{LIBRARY_NAME} was not found: it is neither in this package nor "
        "beside the program deepconf or in the lib folder of its prefix; "
        "build it (`make library`, then set DEEPCONF_LIBRARY to its path) or "
        "install it (`make install`)")
