# The installed program needs neither the source tree and the folder it was built
# in nor the cache that libllama was built into, also after its prefix was moved;
# what its messages name is there, and uninstalling leaves what was there before.
. "$CLI_TESTS/lib.bash"
command -v readelf >/dev/null || { echo "SKIP: readelf is not installed"; exit 77; }
cmake --install "$(dirname "$DEEPCONF")" --component program --prefix "$PWD/first" \
    >install.log 2>&1 || die "$(cat install.log)"
mv first "a prefix"
here=$PWD/a\ prefix
program=$here/bin/deepconf

# Every path to look for libraries goes from the file itself, and what it leads
# to is in the prefix or the system's.
cache=$("$REPO/scripts/setup" --print-cache)
while read -r file; do
    readelf -d "$file" >dynamic 2>/dev/null || continue
    sed -n 's/.*(R\(UN\)\?PATH).*\[\(.*\)\]/\2/p' dynamic | tr ':' '\n' >paths
    if grep -v '^\$ORIGIN' paths; then die "$file looks there for libraries"; fi
done < <(find "$here" -type f \( -name '*.so*' -o -name deepconf \))
env -u LD_LIBRARY_PATH ldd "$program" >libraries
if grep -e 'not found' -e "$cache" -e "$REPO" -e "$(dirname "$DEEPCONF")" libraries
then
    die "the installed program hangs on that"
fi
prefix=$(sed -n 's/^DEEPCONF_LLAMA_PREFIX:PATH=//p' \
    "$(dirname "$DEEPCONF")/CMakeCache.txt")
if [ -n "$prefix" ]; then
    grep -q "libllama.so.* => $here/" libraries || die "libllama: $(cat libraries)"
fi
yyjson=$(sed -n 's/^DEEPCONF_YYJSON_PREFIX:PATH=//p' \
    "$(dirname "$DEEPCONF")/CMakeCache.txt")
if [ -n "$yyjson" ]; then
    has YaoYuan cat "$here/share/deepconf/LICENSE.yyjson"
fi

# An empty home and nothing but the prefix: the cache and the source tree are
# hidden where a mount namespace can be had.
mkdir -p work home
hide() {
    if unshare -rm true 2>/dev/null; then
        # shellcheck disable=SC2016 # for the inner shell
        unshare -rm bash -c 'for hidden in "$1" "$2" "$3"; do
                [ ! -d "$hidden" ] || mount -t tmpfs none "$hidden" || exit 99
            done
            [ ! -e "$2/CMakeLists.txt" ] && shift 3 && exec "$@"' - \
            "$(dirname "$DEEPCONF")" "$REPO" "$cache" "$@"
    else
        "$@"
    fi
}
cd work
run_there() { HOME=$PWD/../home XDG_CACHE_HOME='' hide "$program" "$@"; }
run_there --version >version
run_there run --backend fake --model "$FAKE" --benchmark demo -n 3 --quiet --out r.db
run_there show r.db >shown
has 'demo.csv' cat shown
# Judges, guards, pages, notebooks and drawings are in the program.
run_there judge r.db --judge keywords --quiet
run_there judge r.db --judge phrases10 --quiet
run_there list judges >listed
report=(run_there report r.db --out report)
if command -v gnuplot >/dev/null; then
    "${report[@]}" >reported
    [ -s report/plots/stability.png ] || die "no plots: $(ls report/plots)"
else
    "${report[@]}" --no-plots >reported
fi
has '<html' cat report/report.html
run_there verify report --run r.db >verified
share=$(run_there help | sed -n 's/^Documents, experiments and data: //p')
[ -d "$share" ] || die "help names no folder: $share"
for file in LICENSE README.md docs/EXCHANGE.md docs/JUDGES.md docs/EXPERIMENTS.md \
    experiments/demo.yaml examples/stop_rule.c data/demo.csv; do
    [ -r "$share/$file" ] || die "not installed: $file"
done
if grep -q '^DEEPCONF_JINJA_PREFIX:PATH=.' "$(dirname "$DEEPCONF")/CMakeCache.txt"
then
    for file in LICENSE.llama.cpp LICENSE.nlohmann-json; do
        [ -r "$share/$file" ] || die "not installed: $file"
    done
fi
if [ -r "${TINY:-}/tiny-llama.gguf" ]; then
    cp "$TINY/tiny-llama.gguf" . # it lies in the cache, too
    run_there run --model ./tiny-llama.gguf --benchmark demo -n 1 \
        --max-traces 3 --max-tokens 2 --quiet --out m.db >out
    run_there show m.db >out
fi
# Away again, and nothing else: a stranger's file and folder stay.
cd ..
touch "$here/share/mine" "$here/share/deepconf/docs/mine"
mv "$here" 'a prefix [1]' # marks of a pattern, and a blank in make's list
here=$PWD/'a prefix [1]'
make -f "$REPO/Makefile" -n uninstall PREFIX='a prefix [1]' >recipe
sed "s#cmake/uninstall.cmake#$REPO/&#" recipe >recipe.sh # make does nothing
sh recipe.sh >uninstall.log 2>&1 || die "$(cat recipe uninstall.log)"
left=$(cd "$here" && find . ! -type d | sort | tr '\n' ' ')
[ "$left" = './share/deepconf/docs/mine ./share/mine ' ] || die "left: $left"
[ ! -e "$here/lib/deepconf" ] || die "the folder of libllama was left"
if cmake -DPREFIX="$here" -DLIST=share/deepconf/installed.txt \
    -P "$REPO/cmake/uninstall.cmake" >uninstall.log 2>&1; then die "uninstalled twice"; fi
has installed.txt cat uninstall.log
cd work
make -f "$REPO/Makefile" -n install PREFIX='p q' | grep -v scripts/build |
    sed 's#^DESTDIR="" cmake#printf "%s|"#' >recipe.sh
[ "$(tail -2 recipe.sh | sh)" = "--install|build|--prefix|$PWD/p q|" ] ||
    die "make install: $(cat recipe.sh)"
# The build folder's own program names no such folder.
if "$DEEPCONF" help | grep 'Documents, experiments'; then die "nothing is installed"; fi
