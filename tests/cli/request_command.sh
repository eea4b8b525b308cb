# The command line of the request, whose data are looked for by the benchmark's
# name.
. "$CLI_TESTS/lib.bash"
mkdir data
cat >data/toxicchat.csv <<'CSV'
conv_id,user_input,toxicity,jailbreaking
c1,Good morning,0,0
c2,"You, you
fool",1,0
c3,What is a fool?,0,0
CSV
run --benchmark toxicchat --num-instances 2 --min-traces 3 --max-traces 5 \
    --output out.db --quiet >summary
"$DEEPCONF" show out.db --prompts >got
grep -q 'user prompts\|offensive' summary || die "the label is not explained"
[ "$(awk 'NR < 4 { printf "%s ", $1 }' got)" = "id c1 c2 " ] || die "$(cat got)"
"$DEEPCONF" show out.db --json >j
[ "$(json_get 'd["max_traces"]' <j)" = 5 ] || die "K"
[ "$(json_get 'd["config"]["stop.min_traces"]' <j)" = 3 ] || die "min"
# In the cache folder, too.
mkdir -p cache/data
printf '{"prompt": "a", "prompt_harm_label": "harmful", "adversarial": false}\n' \
    >cache/data/wildguardmix.jsonl
DEEPCONF_CACHE=$PWD/cache run --benchmark wildguardmix --output w.db -q >summary
