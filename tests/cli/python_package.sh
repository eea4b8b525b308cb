# The package deepconf_safety: in a bare environment without pandas, and in the
# one of scripts/setup --dev with it. Its version is the program's.
. "$CLI_TESTS/library.bash"
cmake --install "$(dirname "$DEEPCONF")" --component python \
    --prefix "$PWD/site" >install.log 2>&1 || { cat install.log; die install; }
run --benchmark demo --data "$DEMO" -n 24 --stop fixed --out r.db \
    --quiet >/dev/null
export DEEPCONF PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$PWD/site
version=$("$DEEPCONF" --version | sed -n '1s/^deepconf \([0-9.]*\).*/\1/p')
[ "$(python3 -c 'import deepconf_safety as d; print(d.__version__)')" = \
    "$version" ] || die "the package has another version than the program"
python3 - "$REPO" <<'PY' || die "not the syntax of Python 3.9"
import ast, pathlib, sys
files = list(pathlib.Path(sys.argv[1], "python").rglob("*.py"))
for f in files:
    ast.parse(f.read_text(), feature_version=(3, 9))
sys.exit(not files)
PY

python3 -m venv --without-pip bare
bare/bin/python "$REPO/tests/python/package_test.py" r.db >said 2>&1 ||
    { cat said; die "without pandas"; }
"$REPO/tests/notebook/run" ../python/package_test.py r.db --pandas >said 2>&1 || {
    rc=$?
    cat said
    exit $rc
}
