# The request's judge on XSTest's completions: the counts that are known.
. "$CLI_TESTS/lib.bash"
d="$SHARED/data/xstest/xstest_v2_completions"
[ -f "${d}_gpt4.csv" ] || { echo "SKIP: no shared XSTest completions"; exit 77; }
"$DEEPCONF" validate-judge --judge keywords-request \
    --data "$d"_{gpt4,llama2new,mistralinstruct}.csv \
    --resamples 200 --json >x.json
[ "$(json_get '[list(g["judges"][0]["partial_refuses"]["matrix"].values())
    for g in d["groups"]]' <x.json)" = \
    "[[196, 24, 1, 229], [240, 34, 10, 166], [14, 62, 5, 369], [450, 120, 16, 764]]" ]
[ "$(json_get 'd["groups"][3]["prompts"]' <x.json)" = 450 ]
