# One allocation fails, whosever it is: the program ends with "out of memory" or
# another error, or what it writes is right. It never writes something else.
. "$CLI_TESTS/lib.bash"
fault_shim
POINTS=9
ulimit -c 0
run --data "$DEMO" -n 2 --out r.db --quiet >/dev/null
"$DEEPCONF" export r.db -f jsonl --out r.jsonl >/dev/null
labelled >l.csv
{
    echo '{"prompt": "a", "response": "No, I will not.", "label": "refuse"}'
    echo '{"prompt": "b", "response": ["Sure.", "Yes, here."], "label": "answer"}'
} >i.jsonl
"$DEEPCONF" export r.db -f inspect --out log.json >/dev/null
python3 - <<'PY'
import json, zipfile
log = json.load(open("log.json"))
with zipfile.ZipFile("log.eval", "w", zipfile.ZIP_DEFLATED) as z:
    for s in log.pop("samples"):
        z.writestr(f"samples/{s['id']}_epoch_{s['epoch']}.json", json.dumps(s))
    z.writestr("header.json", json.dumps(log))
PY
printf 'run:\n  backend: fake\n  model: "%s"\n  data: l.csv\n  out: x.db\nsweep:\n  seed: 3\n' \
    "$FAKE" >e.yaml
check() { "$DEEPCONF" experiment e.yaml --check >checked; }
n_right=0
n_ended=0
# each NAME FILE COMMAND...: FILE is what it writes; a run file is compared by
# its export.
each() {
    local name=$1 file=$2 n k rc
    shift 2
    rm -rf "$file"*
    FAULT_CALLS=a FAULT_COUNT=n LD_PRELOAD=$PWD/fault.so "$@" >/dev/null
    n=$(cat n)
    [ "$n" -gt 50 ] || die "$name: $n allocations"
    same "$file" good."$name" || die "$name: nothing made"
    for ((i = 0; i < POINTS; i++)); do
        k=$((1 + (2 * i + 1) * n / (2 * POINTS)))
        rm -rf "$file"*
        rc=0
        { FAULT_CALLS=a FAULT_AT=$k LD_PRELOAD=$PWD/fault.so "$@" >/dev/null 2>err
        } 2>/dev/null || rc=$?
        if [ $rc = 0 ]; then
            same "$file" good."$name" || die "$name: allocation $k of $n: exit code 0, other output"
            n_right=$((n_right + 1))
        else
            [ -s err ] || die "$name: allocation $k of $n: exit code $rc, not a word"
            # popt takes the end of memory for the end of the arguments
            grep -qi 'memory\|experiment needs FILE' err || die "$name: allocation $k of $n: $rc: $(cat err)"
            n_ended=$((n_ended + 1))
        fi
    done
}
# same FILE GOOD: made now, or the same as before.
same() {
    local file=$1
    [ -e "$file" ] || return 1
    if [[ $file == *.db ]]; then
        "$DEEPCONF" export "$file" -f csv --out t.csv >/dev/null || return 1
        file=t.csv
    fi
    [ -e "$2" ] || cp -r "$file" "$2"
    diff -r -I '"seconds"' "$file" "$2" >&2
}
each report rep "$DEEPCONF" report r.db --no-plots --out rep
each sweep p.json "$DEEPCONF" sweep r.db --percentile-analysis p.json
each validate v.json "$DEEPCONF" validate-judge --judge keywords --data l.csv --out v.json
each import i.db "$DEEPCONF" import i.jsonl -f jsonl --out i.db
each again d.db "$DEEPCONF" import r.jsonl -f deepconf --out d.db
each archive a.db "$DEEPCONF" import log.eval -f inspect --out a.db
each yaml checked check
each export e.jsonl "$DEEPCONF" export r.db -f jsonl --out e.jsonl
[ $n_ended -gt 0 ] || die "nothing failed"
echo "$n_right right, $n_ended ended" >&2
