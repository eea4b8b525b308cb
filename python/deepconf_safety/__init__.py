"""deepconf_safety: run files of deepconf, and what they are computed with.

    import deepconf_safety as dc

    run = dc.open("run.db")
    run.summary()               # rates with intervals
    run.traces(tokens=True)     # responses, measures, token records

    dc.stat.wilson(3, 10)       # pure functions, by the C library
    dc.stop.table("hypergeometric(0.01)").worst_missed
    dc.conf.measure("tail(16)", tokens)

docs/PYTHON.md has all of it. (The name `deepconf` is another project's.)
"""
from . import conf, stat, stop
from ._errors import DeepconfError, NotFoundError
from ._find import library, program
from ._run import Run
from ._run import open_run as open

__version__ = "0.1.0"
__all__ = ["DeepconfError", "NotFoundError", "Run", "conf", "library", "open",
           "program", "stat", "stop"]
