# library.bash - what the tests of libdeepconf share; sourced, not a test. They
# work on an installed copy only, in the test's own folder.
. "$CLI_TESTS/lib.bash"

for tool in cc c++ nm readelf pkg-config python3; do
    command -v "$tool" >/dev/null ||
        { echo "SKIP: $tool is not installed"; exit 77; }
done

# install_library PREFIX: from the build folder that $DEEPCONF lies in.
install_library() {
    cmake --install "$(dirname "$DEEPCONF")" --component library \
        --prefix "$1" >install.log 2>&1 || { cat install.log >&2
        die "can't install; is it built (cmake --build DIR --target library)?"; }
}

# found_in PREFIX: pkg-config and the dynamic linker look there.
found_in() {
    PKG_CONFIG_PATH=$(dirname "$(find "$1" -name deepconf.pc)")
    LD_LIBRARY_PATH=$(dirname "$(find "$1" -name libdeepconf.so)")
    export PKG_CONFIG_PATH LD_LIBRARY_PATH
}

# compilers NAME...: those of them that are installed.
compilers() {
    for c in "$@"; do command -v "$c" || true; done
}

WARN="-Wall -Wextra -Wpedantic -Werror"
