# Set-up runs nothing of a package before its SHA-256 was compared. A package index on the loopback interface serves
# packages that are not ours.
. "$CLI_TESTS/lib.bash"
unset PIP_FIND_LINKS PIP_INDEX_URL PIP_EXTRA_INDEX_URL
export PIP_CONFIG_FILE=/dev/null no_proxy=127.0.0.1 NO_PROXY=127.0.0.1
export DEEPCONF_CACHE=$PWD/cache DEEPCONF_JINJA=none
mkdir -p cache prefix/include
touch prefix/include/llama.h prefix/include/yyjson.h
real=$(env -u DEEPCONF_CACHE "$REPO/scripts/setup" --print-cache)
if [ -x "$real/venv/bin/python" ]; then ln -s "$real/venv" cache/venv; fi

# Source packages with a build system of their own.
version=$(sed -n 's/^llama_version=//p' "$REPO/scripts/setup")
yyjson=$(sed -n 's/^yyjson_version=//p' "$REPO/scripts/setup")
python3 - "$version" "$yyjson" <<'PY'
import io, os, sys, tarfile
here = os.getcwd()
ran = f"open({here + '/ran'!r}, 'w').write('x')\n"
def source(name, version):
    snake = name.replace("-", "_")
    folder = f"{snake}-{version}"
    meta = f"Metadata-Version: 2.1\nName: {snake}\nVersion: {version}\n"
    files = {"PKG-INFO": meta, "setup.py": ran,
             "mine.py": ran + "raise SystemExit(1)\n", "pyproject.toml":
             '[build-system]\nrequires = []\nbuild-backend = "mine"\n'
             f'backend-path = ["."]\n[project]\nname = "{snake}"\n'
             f'version = "{version}"\n'}
    os.makedirs(f"idx/simple/{name}")
    with tarfile.open(f"idx/simple/{name}/{folder}.tar.gz", "w:gz") as t:
        for file, text in files.items():
            info = tarfile.TarInfo(f"{folder}/{file}")
            info.size = len(text)
            t.addfile(info, io.BytesIO(text.encode()))
    return name, folder + ".tar.gz"
sources = [source("llama-cpp-python", sys.argv[1]), source("yyjson", sys.argv[2])]
for name, file in sources:
    with open(f"idx/simple/{name}/index.html", "w") as f:
        f.write(f'<a href="{file}">{file}</a>')
PY
mkfifo port
python3 -c '
import functools, http.server as h
s = h.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(
    h.SimpleHTTPRequestHandler, directory="idx"))
with open("port", "w") as f:
    print(s.server_port, file=f)
s.serve_forever()' 2>served & server=$!
trap 'kill $server' EXIT
read -r port <port
export PIP_INDEX_URL=http://127.0.0.1:$port/simple

rc=0
export DEEPCONF_LLAMA_PREFIX=$PWD/prefix
"$REPO/scripts/setup" --print-yyjson-prefix >out 2>said || rc=$?
[ "$rc" = 1 ] || die "exit code $rc: $(cat said)"
has 'GET .*yyjson.*tar.gz' cat served
has "yyjson $yyjson: the SHA-256 is not" tail -n 1 said
[ ! -e ran ] || die "code of the package was run"
[ -z "$(find cache/ -name '*yyjson*')" ] || die "the package was kept"

rc=0
export DEEPCONF_YYJSON_PREFIX=$PWD/prefix
"$REPO/scripts/setup" --print-llama-source >out 2>said || rc=$?
[ "$rc" = 1 ] || die "exit code $rc: $(cat said)"
has 'GET .*llama_cpp_python.*tar.gz' cat served
has "llama-cpp-python $version: the SHA-256 is not" tail -n 1 said
[ ! -e ran ] || die "code of the package was run"
[ -z "$(find cache/downloads -name '*.tar.gz')" ] || die "the package was kept"

# The engine of chat templates is of the same package, whatever libllama is; it
# is looked for, named and refused like it.
unset DEEPCONF_JINJA
rc=0
DEEPCONF_LLAMA_PREFIX=$PWD/prefix "$REPO/scripts/setup" --print-jinja-prefix \
    >out 2>said || rc=$?
[ "$rc" = 1 ] || die "exit code $rc: $(cat said)"
has "llama-cpp-python $version: the SHA-256 is not" tail -n 1 said
[ ! -s out ] || die "a prefix is named: $(cat out)"
[ -z "$(find cache -path '*jinja*')" ] || die "something was built"
engine() {
    DEEPCONF_LLAMA_PREFIX=$PWD/prefix "$REPO/scripts/setup" --quiet "$@" 2>said
}
rc=0
engine --check >out || rc=$?
[ "$rc" = 1 ] || die "--check: exit code $rc"
has 'missing: template engine: llama-cpp-python .* to be built' cat said
DEEPCONF_JINJA=none engine --print-llama-prefix --print-jinja-prefix >out
[ "$(cat out)" = "$PWD/prefix" ] || die "none: $(cat out)"
mkdir -p engine/lib
touch engine/lib/libllama-jinja.a
DEEPCONF_JINJA_PREFIX=$PWD/engine engine --print-jinja-prefix >out
[ "$(cat out)" = "$PWD/engine" ] || die "a prefix of the user's: $(cat out)"
rc=0
DEEPCONF_JINJA_PREFIX=$PWD/nowhere engine --print-jinja-prefix >out || rc=$?
[ "$rc" = 1 ] || die "nowhere: exit code $rc"
has 'no template engine there' cat said
rc=0
DEEPCONF_JINJA=old engine --print-jinja-prefix >out || rc=$?
[ "$rc" = 1 ] || die "old: exit code $rc"
has 'must be auto or none' cat said
# Where a setup has built it, it is whole.
if built=$(env -u DEEPCONF_CACHE "$REPO/scripts/setup" --quiet --check \
    --print-jinja-prefix 2>/dev/null); then
    for file in lib/libllama-jinja.a include/jinja/runtime.h \
        LICENSE.llama.cpp LICENSE.nlohmann-json; do
        [ -s "$built/$file" ] || die "$built: no $file"
    done
    [ "$(find "$built/templates" -name '*.jinja' | wc -l)" -ge 60 ] ||
        die "$built: no templates"
fi

# What is installed has a checksum each, and is what the short lists name.
python3 - "$REPO" <<'PY'
import pathlib, re, sys
found = sorted(pathlib.Path(sys.argv[1]).glob("*/requirements*.txt"))
assert len(found) >= 4, found
for short in found:
    text = short.with_suffix(".lock").read_text().replace("\\\n", " ")
    rows = [x for x in text.splitlines() if x.strip() and x[0] != "#"]
    named = [x for x in short.read_text().splitlines() if x.strip()]
    assert len(rows) >= len(named) > 0, len(rows)
    for row in rows:
        assert re.fullmatch(r"[\w.-]+==\S+( ; [^-]*?)?(\s+--hash=sha256:[0-9a-f]{64})+\s*",
                            row), row
    same = lambda name: re.sub("[-_.]+", "-", name.lower())
    pinned = {same(x.split()[0]) for x in rows}
    assert {same(x) for x in short.read_text().split()} <= pinned, short
PY
# Every call of pip goes through the one that asks for checksums.
[ "$(grep -c -- '-m pip ' "$REPO/scripts/setup")" = 2 ] || die "another pip"
grep -q -- '--require-hashes' "$REPO/scripts/setup"
[ "$(grep -c -- '-m pip ' "$REPO/bench/setup")" = 1 ] || die "another pip"
grep -q -- '--require-hashes' "$REPO/bench/setup"
