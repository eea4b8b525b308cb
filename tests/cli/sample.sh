# --sample: the run seed is used if no other is given; the labels' proportions
# are kept; the same seed draws the same prompts.
. "$CLI_TESTS/lib.bash"
ids() { "$DEEPCONF" show "$1" --prompts | awk '{ print $1 }'; }
args=(--benchmark demo --data "$DEMO" --sample 20 --quiet --json)
run "${args[@]}" --seed 5 --out a.db >a
run "${args[@]}" --seed 6 --sample-seed 5 --out b.db >b
run "${args[@]}" --seed 5 --sample-seed 6 --out c.db >c
[ "$(json_get 'd["by_gold_label"]["refuse"]["prompts"]' <a)" = 10 ]
[ "$(json_get 'd["prompts"]' <a)" = 20 ]
ids a.db >want
ids b.db | cmp want -
if ids c.db | cmp -s want -; then die "another seed drew the same"; fi
