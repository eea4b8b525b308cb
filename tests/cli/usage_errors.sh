# Everything wrong with a command line: exit code 2, one message, nearest name.
. "$CLI_TESTS/lib.bash"
u() { expect 2 "$@"; }
u 'there is no command "rnu"; did you mean run[?]' "$DEEPCONF" rnu
u 'there is no command "qqqqqq"; `deepconf help`*' "$DEEPCONF" qqqqqq
u 'the command comes first*' "$DEEPCONF" --model x run
u 'there is no command or topic "accurasy"; did you mean accuracy[?]' \
    "$DEEPCONF" help accurasy
u 'there is no list "models2"; did you mean models[?]' "$DEEPCONF" list models2
u 'list: unexpected argument "votes"*' "$DEEPCONF" list models votes
u 'show needs FILE*' "$DEEPCONF" show
u '--prompt and --prompts exclude*' "$DEEPCONF" show a --prompt b --prompts
u '--model is needed*' "$DEEPCONF" run
u '--out FILE is needed*' "$DEEPCONF" run --model x.gguf
u 'unknown option --modle; did you mean --model[?]' "$DEEPCONF" run --modle x
u 'unknown option -Z; --help lists them' "$DEEPCONF" run -Z
u 'option --data needs a value' "$DEEPCONF" run --data
u 'option --quiet takes no value' "$DEEPCONF" run --quiet=1
u 'run: unexpected argument "x.db"*' run --data "$DEMO" --out o.db x.db

# Ranges: the option, what was given, what is right.
for bad in --min-traces=0 --max-traces=4097 --max-tokens=0 --num-instances=0 \
    --sample=-1 --logprobs=0 --logprobs=257 --slots=0 --threads=0 --ctx=1 \
    --gpu-layers=-2 --top-k=-1 --max-traces=ten --max-traces=3.5 \
    --answer-window=0 --answer-window=65537; do
    u "${bad%%=*} ${bad#*=}: expected a whole number, * to *" \
        run --data "$DEMO" --out o.db "$bad"
done
for bad in --temperature=-1 --temperature=nan --top-p=0 --top-p=1.1 --min-p=1 \
    --calibration-share=0 --calibration-share=2 --audit-share=-1 \
    --audit-share=1.5; do
    u "${bad%%=*} ${bad#*=}: expected a number, *" \
        run --data "$DEMO" --out o.db "$bad"
done
u '--seed -1: expected a whole number, 0 to 18446744073709551615' \
    run --data "$DEMO" --out o.db --seed -1
u '--min-traces is 5 and --max-traces 4: *' \
    run --data "$DEMO" --out o.db --min-traces 5 --max-traces 4

# Names of tables.
o=(--data "$DEMO" --out o.db)
u '--stop: no policy is called "curtial"; there are: curtail, fixed, *' \
    run "${o[@]}" --stop curtial
u '--stop: "curtail(3)": curtail takes no parameters' \
    run "${o[@]}" --stop 'curtail(3)'
for bad in nan 0x10 ' , ' '1,2' '(1)'; do
    u '--stop: *confidence-percentile(q)*' \
        run "${o[@]}" --stop "confidence-percentile($bad)"
done
for bad in 101 x -1 inf; do
    u '--stop: *: q is "*"; expected a number from 0 and up to 100 (*' \
        run "${o[@]}" --stop "confidence-percentile($bad)"
done
for bad in 'confidence-percentile(20' 'confidence-percentile(2)3'; do
    u '--stop: *: expected confidence-percentile(q) and its parameters in *' \
        run "${o[@]}" --stop "$bad"
done
u '--stop: unanimous(m): m is "2.5"; expected a whole number from 1 *' \
    run "${o[@]}" --stop 'unanimous(2.5)'
u '--stop: sprt(*): p0 is 0.5 and p1 0.5; p0 must be smaller' \
    run "${o[@]}" --stop 'sprt(0.5, 0.5)'
u '--measure: no measure is called "meanprob"; there are: mean_prob, *' \
    run "${o[@]}" --measure meanprob
u '--vote: no vote is called "x"; there are: majority, weighted(MEASURE), *' \
    run "${o[@]}" --vote x
u '--vote: no measure is called "x"; there are: *' \
    run "${o[@]}" --vote 'weighted(x)'
u '--vote weighted(mean): the policy deepconf decides by a rule of its own*' \
    run "${o[@]}" --stop deepconf --vote weighted
u '--answer-window is 256 and --max-tokens 256; the window must be smaller' \
    run "${o[@]}" --answer-window 256
u '--answer-window reads the first tokens*' \
    run "${o[@]}" --answer-window 8 --think on
u '--judge: there is no judge "x"; see *' run "${o[@]}" --judge x
u '--benchmark: there is no benchmark "toxichat"; did you mean toxicchat[?]' \
    run "${o[@]}" --benchmark toxichat
u '--backend: there is no backend "lama"; did you mean llama[?]' \
    "$DEEPCONF" run --backend lama --model x "${o[@]}"
u 'no model is called "nosuch"; the names are *' \
    "$DEEPCONF" run --model nosuch "${o[@]}"
u '--think maybe: expected auto, off or on' run "${o[@]}" --think maybe
u '--field prompt: expected KEY=COLUMN*' run "${o[@]}" --field prompt
u '--field text=a: expected KEY=COLUMN*' run "${o[@]}" --field text=a
u '--field prompt is given twice' \
    run "${o[@]}" --field prompt=a --field prompt=b
u '--sample-seed has no effect without --sample N' \
    run "${o[@]}" --sample-seed 3
u 'no data: name a CSV or JSONL file*' run --benchmark toxicchat --out o.db

# Options that would do nothing, or contradict each other.
for policy in curtail fixed; do
    u "--calibration-share has no effect under the policy $policy*" \
        run "${o[@]}" --stop $policy --calibration-share 0.1
done
u '--audit-share has no effect without --answer-window N*' \
    run "${o[@]}" --audit-share 0.1
u '--full has no effect with --by*' "$DEEPCONF" show o.db --full --by category
u '--full has no effect with --prompts*' \
    "$DEEPCONF" show o.db --full --prompts

# A forgotten text does not swallow the option behind it.
u '--system needs a value, and --out is an option; *write --system=TEXT' \
    run --data "$DEMO" --system --out o.db
u '--system needs a value, and --out=o.db is*' \
    run --data "$DEMO" --system --out=o.db
u '--data needs a value, and --quiet is an option*--data=FILE' \
    run -qd --quiet
u '--prompt needs a value, and --json is*' "$DEEPCONF" show r.db --prompt --json
[ ! -e o.db ] || die "a run file was made"
