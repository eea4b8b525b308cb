# examples/stop_rule.c against the installed library: every compiler that is
# here, shared and static; all print the same, which is shown.
. "$CLI_TESTS/library.bash"
install_library "$PWD/prefix"
found_in "$PWD/prefix"
for c in $(compilers cc gcc clang); do
    # shellcheck disable=SC2046,SC2086 # words on purpose
    "$c" -std=c17 $WARN "$REPO/examples/stop_rule.c" \
        $(pkg-config --cflags --libs deepconf) -o shared
    ./shared >out
    [ -f want ] || cp out want
    cmp want out
done
readelf -d shared | grep >/dev/null 'NEEDED.*libdeepconf' || die "not linked to it"
# shellcheck disable=SC2046,SC2086
cc -std=c17 $WARN "$REPO/examples/stop_rule.c" $(pkg-config --cflags deepconf) \
    "$LD_LIBRARY_PATH/libdeepconf.a" -lm -o static
unset LD_LIBRARY_PATH
./static | cmp want -
rc=0
./static "nonsense" 2>said || rc=$?
[ $rc = 2 ] && grep -q '^stop_rule: no policy is called "nonsense"' said
cat want
