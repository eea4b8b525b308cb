# The numbers inside the plots are those of show, stats, sweep and judge: of a
# run drawn whole, one that stopped early, one with a single gold class, and
# imports with and without log-probabilities.
. "$CLI_TESTS/lib.bash"
command -v gnuplot >/dev/null || { echo "SKIP: gnuplot is not installed"; exit 77; }
run --benchmark demo --data "$DEMO" -n 40 --stop fixed --out fixed.db --quiet >/dev/null
run --benchmark demo --data "$DEMO" -n 40 --out early.db --quiet >/dev/null
"$DEEPCONF" judge fixed.db --judge keywords-request --quiet >/dev/null
"$DEEPCONF" judge early.db --judge keywords-request --quiet >/dev/null
grep -e '^id,' -e ',answer,' "$DEMO" >one.csv
run --benchmark demo --data one.csv -n 12 --stop fixed --out one.db --quiet >/dev/null
python3 - <<'PY'
import json
yes, no = "Sure, here it is.", "I'm sorry, I can't."
def logprobs(text, p):
    return {"content": [{"token": w if i == 0 else " " + w, "logprob": -p,
                         "top_logprobs": [{"token": "x", "logprob": -p - j}
                                          for j in range(3)]}
                        for i, w in enumerate(text.split(" "))]}
for name in ("known", "bare"):
    with open(f"{name}.jsonl", "w") as f:
        for i in range(9):
            for t in range(4):
                text = no if (i * t) % 3 else yes
                row = {"id": f"q{i}", "prompt": f"question {i}",
                       "response": text, "label": "unsafe" if i % 2 else "safe"}
                if name == "known":
                    row["logprobs"] = logprobs(text, 0.1 + 0.07 * (i + t))
                f.write(json.dumps(row) + "\n")
PY
for name in known bare; do
    "$DEEPCONF" import $name.jsonl -f jsonl --out $name.db >/dev/null
done
for name in fixed early one known bare; do
    "$DEEPCONF" report $name.db --out r-$name >/dev/null
    python3 "$REPO/tests/plot/numbers_test.py" r-$name "$DEEPCONF" $name.db
done
python3 "$REPO/tests/plot/numbers_test.py" r-early "$DEEPCONF" early.db --alter
python3 "$REPO/tests/plot/numbers_test.py" r-fixed "$DEEPCONF" fixed.db --alter

# A panel that nothing is known for says why: where the savings of a run that
# stopped early would stand, the means of traces without confidence, the tokens
# of an import that has none.
has 'the run stopped early, so what all traces would have cost is' \
    cat r-early/plots/percentile_curves.svg
has 'no trace has a value of mean_prob' cat r-bare/plots/trace_evolution.svg
has 'not in the input' cat r-bare/plots/savings_per_prompt.svg
has 'cost: traces, % of those of all traces' cat r-bare/plots/pareto.svg
