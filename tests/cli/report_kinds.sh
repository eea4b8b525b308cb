# Runs of odd kinds (nothing decided, stopped half way, one prompt, one trace a
# prompt, no gold labels, one class, nothing that can be judged): each gets a
# report that says so, gives no figure that isn't there, and is verified.
. "$CLI_TESTS/lib.bash"
command -v gnuplot >/dev/null || { echo "SKIP: gnuplot is not installed"; exit 77; }
python3 - <<'PY'
import json
yes, no = "Sure, here it is.", "I'm sorry, I can't."
def rows(name, n, label, text):
    with open(f"{name}.jsonl", "w") as f:
        for i in range(n):
            for t in range(4):
                row = {"id": f"q{i}", "prompt": f"question {i}",
                       "response": text(i, t)}
                says = label(i) if callable(label) else label
                f.write(json.dumps(row | ({"label": says} if says else {})) + "\n")
mixed = lambda i, t: no if i % 3 == 0 or t == 1 else yes
rows("unlabelled", 12, None, mixed)
rows("oneclass", 12, "unsafe", mixed)
rows("unsure", 12, lambda i: "unsafe" if i % 2 else "safe", mixed)
rows("unclear", 6, "unsafe", lambda i, t: "")
rows("agreed", 6, "safe", lambda i, t: yes)
PY
for n in unlabelled oneclass unsure unclear agreed; do
    "$DEEPCONF" import $n.jsonl -f jsonl --out $n.db >/dev/null
done
for n in nothing:2 half:60; do
    expect 4 '*' "$DEEPCONF" run --backend fake --model "$FAKE,fail_step=${n#*:}" \
        --benchmark demo --data "$DEMO" -n 40 --out "${n%:*}.db" --quiet
done
run --benchmark demo --data "$DEMO" -n 1 --stop fixed --out prompt.db --quiet >/dev/null
run --benchmark demo --data "$DEMO" -n 20 --max-traces 1 --min-traces 1 \
    --stop fixed --out single.db --quiet >/dev/null

for n in unlabelled oneclass unsure unclear agreed nothing half prompt single; do
    plots=--no-plots # they take seconds
    case $n in unclear | nothing | prompt) plots= ;; esac
    # shellcheck disable=SC2086 # none, or an option
    "$DEEPCONF" report $n.db --out r-$n $plots >/dev/null
    "$DEEPCONF" verify r-$n --run $n.db >/dev/null
    if grep -nwE -e '-?nan|-?inf|NaN|[^.0-9]1 (prompts|traces)|[0-9] %[^,]*, 0 of 0' r-$n/*.md; then
        die "r-$n: a figure that isn't there"
    fi
done

# told yes|no NAME TEXT...: whether the long report of the run says each text,
# line breaks aside.
told() {
    local want=$1 name=$2 got text
    shift 2
    tr -s '\n ' '  ' <r-"$name"/COMPREHENSIVE_REPORT.md >line
    for text; do
        got=no
        if grep -qF -- "$text" line; then got=yes; fi
        [ $got = "$want" ] || die "$name: says it: $got, expected $want: $text"
    done
}
said() { told yes "$@"; }
never() { told no "$@"; }
said nothing 'No alarm could be raised: no prompt is decided yet.' \
    'Nothing is known: no prompt is decided yet.' 'Let the run go on'
never nothing 'take at least' 'No alarm was raised'
said half 'Let the run go on' '(not yet decided)' 'saved: over the'
said unlabelled 'Give gold labels' 'could not be looked at'
never unlabelled 'refusal rate on harmful' 'take at least'
said oneclass 'refusal rate on harmful'
never unclear 'no-refusal' # there is nothing to judge it by
said unclear 'Nothing can be said of confidence: no trace has a verdict'
said unsure 'Nothing can be said of confidence: no trace has a confidence'
never unsure 'too few prompts have a right trace'
said agreed 'has no value: all verdicts are the same'
said prompt 'there is no other prompt to find its threshold on'
said single 'majority over all 1 trace.'
has 'No prompt is decided yet' cat r-nothing/report.html
