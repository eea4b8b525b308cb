# The package deepconf_safety against the installed library: what
# examples/confidence.py prints by it, and that its structs and prototypes are
# those of the headers.
. "$CLI_TESTS/library.bash"
install_library "$PWD/prefix"
cmake --install "$(dirname "$DEEPCONF")" --component python \
    --prefix "$PWD/site" >install.log 2>&1
unset DEEPCONF
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$PWD/site
python3 "$REPO/examples/confidence.py"
python3 "$REPO/tests/python/layout_test.py" prefix/include >&2
