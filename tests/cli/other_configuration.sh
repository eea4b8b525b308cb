# Another configuration on the same file is refused, naming the first
# difference; what only changes the speed is not one.
. "$CLI_TESTS/lib.bash"
base=(--benchmark demo --data "$DEMO" -n 10 --quiet --out r.db)
run "${base[@]}" >want
differs() {
    local key=$1
    shift
    expect 2 "r.db: *$key *" run "${base[@]}" "$@"
}
differs run.seed --seed 2
differs data.num_instances -n 11
differs data.sample --sample 5
differs data.field.category --field category=label
differs data.benchmark --benchmark generic
differs sampling.temperature --temperature 0.5
differs sampling.max_tokens --max-tokens 8
differs stop.max_traces --max-traces 9
differs stop.policy --stop fixed
differs stop.measure --measure mean
differs stop.policy --stop 'unanimous(4)'
differs vote --vote weighted
differs window.tokens --answer-window 8
differs confidence.k --logprobs 5
run "${base[@]}" --slots 2 --threads 1 | cmp want -
{ cat "$DEMO"; echo 'one-more,a,answer,b'; } >other.csv
expect 2 'r.db: *data.sha256 *' run "${base[@]}" --data other.csv
