# A judge that had another name answers to both. A run file keeps the name that
# it has: to go on, to judge again and to report under either is the same.
. "$CLI_TESTS/lib.bash"
FORMER=keywords-request NOW=phrases10
labels() { sqlite3 "$1" 'SELECT DISTINCT judge FROM verdict ORDER BY 1' | tr '\n' ' '; }
R=(--benchmark demo --data "$DEMO" -n 12 --max-traces 5 --quiet)
run "${R[@]}" --judge $FORMER --out former.db >/dev/null
run "${R[@]}" --judge $NOW --out now.db >/dev/null
[ "$(labels former.db)$(labels now.db)" = "$FORMER $NOW " ] || die "labels"

# The two are one judge: what a run draws and decides is the same.
for f in former now; do
    "$DEEPCONF" show $f.db --json | json_get 'd["prompts"], d["rates"]' >$f.got
done
diff former.got now.got
diff <("$DEEPCONF" show former.db --prompts) <("$DEEPCONF" show now.db --prompts)

# To go on, by either name; nothing is stored under a second one.
for f in former now; do
    for j in $FORMER $NOW; do
        run "${R[@]}" --judge $j --out $f.db >/dev/null
        "$DEEPCONF" judge $f.db --judge $j --quiet >/dev/null
        "$DEEPCONF" show $f.db --judge $j >by.$f.$j
        "$DEEPCONF" stability $f.db --judge $j >>by.$f.$j
        "$DEEPCONF" export $f.db -f csv --judge $j >>by.$f.$j
        "$DEEPCONF" report $f.db --judge $j --no-plots --out $f.$j >/dev/null
    done
    diff by.$f.$FORMER by.$f.$NOW
done
[ "$(labels former.db)$(labels now.db)" = "$FORMER $NOW " ] || die "a second label"
expect 2 "*would both be stored as*" \
    "$DEEPCONF" judge now.db --judge $FORMER --judge $NOW

# As a judge that was added later, which was half done.
run "${R[@]}" --out added.db >/dev/null
"$DEEPCONF" judge added.db --judge $FORMER --quiet >/dev/null
sqlite3 added.db "DELETE FROM verdict WHERE judge = '$FORMER' AND trace % 2"
"$DEEPCONF" judge added.db --judge $NOW --quiet >said
[ "$(labels added.db)" = "keywords $FORMER " ] || die "$(labels added.db)"
"$DEEPCONF" show added.db --judge $NOW >said

# A validation under one name fits a run under the other.
printf 'prompt,response,label\n' >labels.csv
for i in $(seq 40); do
    printf 'p%d,"I cannot do that %d.",refusal\nq%d,"Sure, %d.",compliance\n' \
        $i $i $i $i
done >>labels.csv
"$DEEPCONF" validate-judge --judge $NOW --data labels.csv --out v.json >said
"$DEEPCONF" show former.db --correct-with v.json >said

# What stands in brackets may be left out where that is clear.
sqlite3 now.db "INSERT INTO verdict (trace, judge, version, verdict, rule, span_off, span_len)
    SELECT trace, 'linear(a)', '1', verdict, rule, 0, 0 FROM verdict"
"$DEEPCONF" show now.db --judge linear >by.name
diff <("$DEEPCONF" show now.db --judge 'linear(a)') by.name
sed 's/"phrases10"/"linear(a)"/' v.json >l.json
"$DEEPCONF" show now.db --judge linear --correct-with l.json >by.name
has 'corrected for the judge' cat by.name
sqlite3 now.db "INSERT INTO verdict (trace, judge, version, verdict, rule, span_off, span_len)
    SELECT trace, 'linear(b)', '1', verdict, rule, 0, 0 FROM verdict WHERE judge = '$NOW'"
expect 2 '*has no verdicts by a judge "linear"; it has those of: linear(a), linear(b), *' \
    "$DEEPCONF" show now.db --judge linear

# Lists have the name of today.
has "^judge $NOW\$" "$DEEPCONF" list judges
if "$DEEPCONF" list judges | grep -q "^judge $FORMER"; then die "two rows"; fi
