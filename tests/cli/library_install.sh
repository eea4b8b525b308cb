# The installed files, what the shared library needs, and that it exports what
# the public headers declare, no more and no less.
. "$CLI_TESTS/library.bash"
export DESTDIR=$PWD/stage
install_library /opt/deepconf
unset DESTDIR
[ ! -e /opt/deepconf ] || die "DESTDIR was not heeded"
mv stage/opt/deepconf moved # a prefix may be moved
found_in "$PWD/moved"
so=$LD_LIBRARY_PATH/libdeepconf.so

version=$("$DEEPCONF" --version | sed -n '1s/^deepconf \([0-9.]*\).*/\1/p')
[ "$(pkg-config --modversion deepconf)" = "$version" ]
[ "$(readlink "$so")" = "libdeepconf.so.${version%.*}" ]
[ -f "$so.$version" ] && [ -f "$LD_LIBRARY_PATH/libdeepconf.a" ]
diff -r "$REPO/include/deepconf" moved/include/deepconf

readelf -d "$so" >dynamic
grep -q "SONAME.*\[libdeepconf\.so\.${version%.*}\]" dynamic
needs=$(sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' dynamic |
    grep -vE '^(libc|libm|ld-linux.*)\.so' || true)
[ -z "$needs" ] || die "the library needs $needs"
if grep -E 'RPATH|RUNPATH' dynamic; then die "a path of this machine"; fi

# Data of the rows (dc_measure_mean, ...) is not exported either.
nm -D --defined-only "$so" | awk '{print $2, $3}' | sort >exported
python3 - moved/include/deepconf/*.h <<'PY' | sort >declared
import re
import sys
for path in sys.argv[1:]:
    text = open(path).read()
    text = re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)
    text = re.sub(r"^[ \t]*#(?:\\\n|[^\n])*", " ", text, flags=re.M)
    text = re.sub(r'extern "C" \{', " ", text)
    while "{" in text and re.search(r"\{[^{}]*\}", text):
        text = re.sub(r"\{[^{}]*\}", ";", text)
    for name in re.findall(r"\b(dc_\w+)\s*\(", text):
        print("T", name)
PY
[ "$(wc -l <declared)" -ge 50 ] || die "prototypes were not found"
diff declared exported || die "< declared only, > exported only"
