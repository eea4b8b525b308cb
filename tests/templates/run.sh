# run.sh RENDER FOLDER - templates_test.py by the Python of the checks, or a
# skip that says what is missing.
cache=${DEEPCONF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/deepconf}
python=${DEEPCONF_TEST_PYTHON:-$cache/venv/bin/python}
[ -d "$2" ] || {
    echo "SKIP: no folder of chat templates ($2); scripts/setup makes one with" \
        "the template engine"
    exit 77
}
"$python" -c 'import jinja2' 2>/dev/null || {
    echo "SKIP: $python has no jinja2; scripts/setup --dev installs it"
    exit 77
}
exec "$python" -B -X utf8 "$(dirname "$0")/templates_test.py" "$@"
