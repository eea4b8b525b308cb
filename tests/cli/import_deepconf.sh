# A run exported and read back is the same run: bytes of the export, summary,
# every command; but it can't be gone on with.
. "$CLI_TESTS/lib.bash"
args=(--benchmark demo --data "$DEMO" -n 40 --quiet)
rc=0
"$DEEPCONF" run --backend fake --model "$FAKE,fail_step=60" "${args[@]}" \
    --stop 'confidence-percentile(50)' --out a.db >/dev/null 2>&1 || rc=$?
[ $rc = 4 ] || die "exit code $rc"
round() {
    "$DEEPCONF" export a.db -f jsonl --out a.jsonl >/dev/null
    rm -f b.db
    "$DEEPCONF" import a.jsonl --format "$1" --out b.db >said
    "$DEEPCONF" export b.db -f jsonl | cmp - a.jsonl
}
round deepconf # not finished, no threshold yet
grep -q 'NOT FINISHED' said
run "${args[@]}" --stop 'confidence-percentile(50)' --out a.db >/dev/null
"$DEEPCONF" judge a.db --judge keywords-request --quiet >/dev/null
for f in deepconf jsonl; do round $f; done
grep -q 'imported *a copy, read from a.jsonl' said
for c in "show --json" "show --prompts" "show --prompt demo-003 --full" \
    "show --judge keywords-request --json" "sweep --json" "stats --json" judge; do
    diff <("$DEEPCONF" $c a.db | grep -v 'a\.db\|import\.copy' | sed 's/,$//') \
        <("$DEEPCONF" $c b.db | grep -v 'b\.db\|import\.copy\|imported ' |
            sed 's/,$//') >d ||
        die "$c differs: $(head -5 d)"
done
# The same again from the copy, and not onto a run that is there.
"$DEEPCONF" export b.db -f jsonl --out b.jsonl >/dev/null
"$DEEPCONF" import b.jsonl -f deepconf --out c.db >/dev/null
"$DEEPCONF" export c.db -f jsonl | cmp - a.jsonl
expect 2 'b.db: holds a run already: name another file with --out' \
    "$DEEPCONF" import a.jsonl -f deepconf --out b.db
expect 2 'b.db: was imported, and no further trace can be added*' \
    run "${args[@]}" --stop 'confidence-percentile(50)' --out b.db
# Broken copies: where, what was expected; nothing is left behind.
broken() {
    local want=$1
    shift
    "$@" <a.jsonl >x.jsonl
    expect 3 "$want" "$DEEPCONF" import x.jsonl -f deepconf --out x.db
    [ ! -e x.db ] || die "x.db was left"
}
broken 'x.jsonl: line 1: is no run exported by deepconf*' sed 1d
broken 'x.jsonl: line 1: expected version 1 of the format*' \
    sed '1s/"deepconf_run":1/"deepconf_run":7/'
broken 'x.jsonl: line 3: traces: "tok_conf": expected a list*' \
    sed '3s/"tok_conf":\[/"tok_conf":[1,/'
broken 'x.jsonl: line 2: the prompt: "gold": expected a text' \
    sed '2s/"gold":"[a-z]*"/"gold":7/'
# Numbers that no run has, of which sums would overflow, and times that are none.
for n in -1 2147483648 9223372036854775807; do
    broken 'x.jsonl: line 2: the prompt: "n_tok": expected a whole number*' \
        sed "2s/\(\"gold\".*\"n_tok\":\)[0-9]*\(,\"problem\"\)/\1$n\2/"
    broken 'x.jsonl: line 1: segments: "n_slots": expected a whole number*' \
        sed "1s/\"n_slots\":[0-9]*/\"n_slots\":$n/"
done
for t in 9223372036854775807 2026-13-01T00:00:00Z 20260102 '' now; do
    broken 'x.jsonl: line 1: segments: "started": expected a time*' \
        sed "1s/\"started\":\"[^\"]*\"/\"started\":\"$t\"/"
done
broken 'x.jsonl: line 4: the file ends in the middle of a value*' \
    sh -c 'head -n 3; head -c 100'
broken 'x.jsonl: is empty: there is no response in it' true
sed '2s/"n_refusal":[0-9]*/"n_refusal":1/; 2s/"n_trace":[0-9]*/"n_trace":9/' \
    a.jsonl >x.jsonl
rc=0
"$DEEPCONF" import x.jsonl -f deepconf --out x.db >o 2>err || rc=$?
[ $rc = 3 ] && [ ! -e x.db ] || die "exit code $rc: $(cat err)"
expect 2 '--judge has no effect on --format deepconf*' \
    "$DEEPCONF" import a.jsonl -f deepconf --judge keywords --out x.db
