"""mypy --strict over what is named: types_test.py PATH...; exit code 77 where
the Python that runs this has no mypy."""
import importlib.util
import os
import sys

if importlib.util.find_spec("mypy") is None:
    print("SKIP: mypy is not installed; scripts/setup --dev installs it")
    sys.exit(77)
# No cache: the folder is the test's own, and mypy's newest syntax is that of
# the oldest Python that it still checks for.
os.execv(sys.executable, [sys.executable, "-m", "mypy", "--strict",
                          "--cache-dir", os.devnull, "--python-version",
                          "3.10", *sys.argv[1:]])
