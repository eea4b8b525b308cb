# A signal ends `report` and `verify` wherever they are, even in work that never
# looks up: exit code 130, the old report as it was, nothing left over.
. "$CLI_TESTS/lib.bash"
fault_shim
run --data "$DEMO" -n 2 --out r.db --quiet >/dev/null
mkdir tmp
"$DEEPCONF" report r.db --no-plots --out old >/dev/null
cp -r old before
# interrupted AT SIGNAL COMMAND...: at that opening of a file it hangs.
interrupted() {
    local at=$1 sig=$2 rc=0 pid
    shift 2
    rm -f hangs
    TMPDIR=$PWD/tmp FAULT_CALLS=o FAULT_AT=$at FAULT_HANG=hangs \
        LD_PRELOAD=$PWD/fault.so "$DEEPCONF" "$@" >/dev/null 2>err &
    pid=$!
    until_made hangs $pid "$*"
    kill "-$sig" $pid
    wait $pid || rc=$?
    [ $rc = 130 ] || die "$*: exit code $rc: $(cat err)"
    has '^deepconf: interrupted' cat err
    [ -z "$(ls -A tmp; find . -name '*deepconf-part*')" ] || die "$*: left over"
}
interrupted 1 TERM report r.db --no-plots --out new
interrupted 12 TERM report r.db --no-plots --out new
[ ! -e new ] || die "a new report"
interrupted 9 TERM report r.db --no-plots --out old
interrupted 5 TERM verify old --run r.db
diff -r old before

# A second signal ends it on the spot.
FAULT_CALLS=o FAULT_AT=3 FAULT_HANG=hangs2 LD_PRELOAD=$PWD/fault.so \
    "$DEEPCONF" report r.db --no-plots --out twice >/dev/null 2>err &
pid=$!
until_made hangs2 $pid twice
kill -TERM $pid && kill -TERM $pid
rc=0
wait $pid || rc=$?
[ $rc = 130 ] || die "exit code $rc"
"$DEEPCONF" report r.db --no-plots --out twice >/dev/null
[ "$(echo twice*)" = twice ] || die "left over: $(echo twice*)"
