# A process that may have few open files: the report is drawn as ever with some
# dozens, and with fewer the message says what is wrong. Nothing is left over.
. "$CLI_TESTS/lib.bash"
run --data "$DEMO" -n 2 --out r.db --quiet >/dev/null
# The dynamic loader needs some, too.
least=6
for n in 6 7 8 9 10 11 12 14 16; do
    rc=0
    (ulimit -n $n; exec "$DEEPCONF" report r.db --no-plots --out rep) \
        >said 2>err || rc=$?
    if [ $rc = 127 ]; then
        least=$((n + 1))
    elif [ $rc = 0 ]; then
        rm -r rep
    else
        grep -q 'Too many open files\|unable to open\|can.t be' err || die "$n: $(cat err)"
        if grep -q 'install' err; then die "$n: $(cat err)"; fi
    fi
    [ "$(echo rep*)" = 'rep*' ] || die "$n: left over: $(echo rep*)"
done
[ $least -lt 16 ]
rm -rf rep
# The limit in the middle of the work: at each descriptor that gnuplot needs.
command -v gnuplot >/dev/null || { echo "SKIP: gnuplot is not installed"; exit 77; }
fails=0
for n in 10 12 13 14 15 16 18; do
    rc=0
    (ulimit -n $n; exec "$DEEPCONF" report r.db --out rep) >said 2>err || rc=$?
    if [ $rc = 0 ]; then
        break
    fi
    fails=$((fails + 1))
    grep -q 'install' err && die "$n: $(cat err)"
    [ "$(echo rep*)" = 'rep*' ] || die "$n: left over: $(echo rep*)"
    rm -rf rep
done
[ $fails -gt 0 ] || die "no limit was too small"
rm -rf rep
(ulimit -n 40; "$DEEPCONF" report r.db --out rep) >/dev/null
[ -s rep/plots/roc.svg ] && [ -s rep/plots/roc.png ]

# Where gnuplot is missing: verify says of which report, and names no option
# that it has not.
mkdir bin
rc=0
PATH=$PWD/bin "$DEEPCONF" verify rep --run r.db >said 2>err || rc=$?
[ $rc = 6 ] || die "exit code $rc"
has '^deepconf: rep: has plots, which are drawn again to be compared: gnuplot is not installed' cat err
if grep -q 'no-plots\|leave' err; then die "$(cat err)"; fi
rc=0
PATH=$PWD/bin "$DEEPCONF" report r.db --out rep2 >said 2>err || rc=$?
[ $rc = 6 ] || die "exit code $rc"
has 'plots (--no-plots leaves them out): gnuplot is not installed' cat err
[ "$(echo rep2*)" = 'rep2*' ] || die "left over"
