# Each command that writes a file is ended, by a call that fails or by SIGKILL,
# at each sync, rename and opening for writing: the old file is there whole, a
# late error is told, and the same command again leaves nothing but its output.
. "$CLI_TESTS/lib.bash"
fault_shim
run --data "$DEMO" -n 2 --out r.db --quiet >/dev/null
labelled >l.csv
for i in 1 2; do
    run --data "$DEMO" -n 6 --shard $i/2 --out s$i.db --quiet >/dev/null
done
# merge writes over nothing: a whole file of an earlier try is taken away.
merge() {
    [ ! -e w/m.db ] || dc show w/m.db >/dev/null || die "half a run file"
    env -u LD_PRELOAD rm -f w/m.db
    dc merge s1.db s2.db --quiet --out w/m.db
}
n_ended=0
# each NAME CALLS FILE COMMAND...: with a file there, and without one. (w/none:
# the command names its files itself.)
each() {
    local name=$1 calls=$2 file=$3 n k rc errno had
    shift 3
    mkdir w
    FAULT_CALLS=$calls FAULT_COUNT=n LD_PRELOAD=$PWD/fault.so "$@" >/dev/null
    n=$(cat n)
    [ "$n" -gt 0 ] || die "$name: no such call"
    mv w good
    for errno in 5 ''; do
        for ((k = 1; k <= n; k++)); do
            mkdir w
            had=no
            if [ $((k % 2)) = 0 ] && [ "$file" != w/none ]; then
                had=yes
                echo old >"$file" && chmod 600 "$file"
            fi
            rc=0
            { FAULT_CALLS=$calls FAULT_AT=$k FAULT_ERRNO=$errno \
                LD_PRELOAD=$PWD/fault.so "$@" >/dev/null 2>err; } 2>/dev/null || rc=$?
            what="$name: $calls $k of $n (${errno:-killed}: $rc)"
            if [ -z "$errno" ]; then
                [ $rc = 137 ] || die "$what: not killed"
            else
                [ $rc = 6 ] && [ -s err ] || die "$what: $(cat err)"
            fi
            # The old one, the new one, or none.
            if [ -e "$file" ] && ! echo old | cmp -s - "$file"; then
                diff -r -I '"seconds"' "$file" "good/${file#w/}" >&2 || die "$what: half a file"
            fi
            "$@" >/dev/null 2>err || die "$what: again: $(cat err)"
            diff -r -I '"seconds"' w good >&2 || die "$what: other files"
            [ $had = no ] || [ "$(stat -c %a "$file")" = 600 ] || die "$what: the mode"
            rm -r w
            n_ended=$((n_ended + 1))
        done
    done
    rm -r good
}
each export sro w/e.jsonl dc export r.db -f jsonl --out w/e.jsonl
each inspect sr w/e.json dc export r.db -f inspect --out w/e.json
each lm-eval sr w/none dc export r.db -f lm-eval --out w
each sweep sro w/p.json dc sweep r.db --percentile-analysis w/p.json
each train sro w/j.dcj dc train-judge --data l.csv --out w/j.dcj
each validate sro w/v.json dc validate-judge --judge keywords --data l.csv --out w/v.json
each judge sro w/o.csv dc judge --judge keywords --input l.csv --quiet --out w/o.csv
each merge srow w/none merge
[ $n_ended -gt 40 ] || die "only $n_ended"
