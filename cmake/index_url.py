"""Print the package index that pip uses where nothing names another."""
import glob
import os
import sys

# Without pip, the wheel of it that Python makes environments with.
here = os.path.dirname(os.__file__)
for folder in (os.path.join(here, "ensurepip", "_bundled"),
               os.path.join(sys.prefix, "share", "python-wheels")):
    sys.path += glob.glob(os.path.join(folder, "pip-*.whl"))

from pip._internal.models.index import PyPI  # noqa: E402

print(PyPI.simple_url)
