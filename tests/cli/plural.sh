# One of a kind is said in the singular, in all that is printed.
. "$CLI_TESTS/lib.bash"
one=(--benchmark demo --data "$DEMO" -n 1 --min-traces 1 --max-traces 1)
run "${one[@]}" --max-tokens 1 --out a.db >said 2>&1
run "${one[@]}" --max-tokens 1 --out a.db >>said 2>&1
"$DEEPCONF" show a.db --prompt demo-001 >>said
run "${one[@]}" --stop confidence-percentile --out b.db >>said 2>&1
"$DEEPCONF" show b.db --prompt demo-001 >>said
"$DEEPCONF" plan --backend fake --model "$FAKE" "${one[@]}" --quiet >>said
nouns='prompt|trace|token|decision|refusal|compliance|session|value'
if grep -nE "(^|[^0-9.,])1 (calibration )?($nouns)s" said; then die "plural"; fi
tr -s ' \n' ' ' <said >line
for s in 'all 1 prompt decided' '1 to 1 trace a prompt, at most 1 token;' \
    'of at most 1 trace,' ': 1 token in' 'going on: 1 of 1 prompt decided' \
    '1 trace of 1 calibration prompt,' 'drawn to all 1 trace ' \
    'up to 1 trace each' 'with all 1 trace: 1 trace, '; do
    grep -q -- "$s" line || die "not said: $s"
done
printf 'prompt\na\n' >d.csv
expect 2 'd.csv: --num-instances 3: the data has 1 prompt; ask for 1 at most' \
    run --data d.csv --out c.db -n 3
