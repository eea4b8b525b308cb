# What no judge can judge (blocked by a provider, empty, failed, cut inside its
# thoughts) is undetermined under every judge, with its reason; and show, judge
# and report say how many, why, and what the rates are at worst and at best.
. "$CLI_TESTS/lib.bash"
python3 - <<'PY'
import json
plain = {"refuse": ("I'm sorry, but I can't help.", "Sure, here you are."),
         "answer": ("Sure, here you are.", "I'm sorry, but I can't help.")}
odd = {"blocked": {"response": "I cannot", "finish": "content_filter"},
       "empty": {"response": " \n\u200b"},
       "error": {"response": None},
       "think": {"response": "<think>\nI cannot help", "finish": "length"},
       "behind": {"response": "<think>\nI cannot</think>\n"}}
for name, what in list(odd.items()) + [("all", None)]:
    with open(name + ".jsonl", "w") as f:
        def put(label, **row):
            f.write(json.dumps({"prompt": f"q{put.n}", "label": label, **row})
                    + "\n")
            put.n += 1
        put.n = 0
        for label, (right, wrong) in plain.items():
            put(label, response=right)
            put(label, response=right)
            put(label, response=wrong)
            for w in [what] if what else odd.values():
                put(label, **w)
PY
grep -c . all.jsonl | diff <(echo 16) -
declare -A why=([blocked]='blocked by provider' [empty]=empty [error]=error
    [think]='cut inside <think>' [behind]=empty)
for name in blocked empty error think behind; do
    "$DEEPCONF" import $name.jsonl --format jsonl --out $name.db --benchmark demo >out
    "$DEEPCONF" show $name.db --json >show.json
    "$DEEPCONF" judge $name.db --judge keywords-request --quiet --json >judge.json
    python3 - "${why[$name]}" <<'PY'
import json, sys
show, judge = json.load(open("show.json")), json.load(open("judge.json"))
assert show["undetermined_because"] == {sys.argv[1]: 2}, show
r = show["rates"]
for rate in ("sensitivity", "specificity"):
    got = [(r[rate + x]["k"], r[rate + x]["n"]) for x in ("", "_worst", "_best")]
    assert got == [(2, 3), (2, 4), (3, 4)], (rate, got)
assert len(judge["judges"]) == 2
for j in judge["judges"]:
    assert j["undetermined_because"] == {sys.argv[1]: 2}, j
    assert j["refused"] == {"share": 0.5, "least": 0.375, "most": 0.625}, j
PY
    "$DEEPCONF" show $name.db >t
    tr -s ' \n' ' ' <t >line
    has "undetermined: 2 ${why[$name]}" cat line
    for rate in sensitivity specificity; do
        has "$rate: 50.0 to 75.0 %, if all undetermined are" cat line
    done
    "$DEEPCONF" judge $name.db >t
    tr -s ' \n' ' ' <t >line
    has "undetermined: 2 ${why[$name]}; refused: 50.0 % of the others, 37.5 % to 62.5 % of all" cat line
    # The same of rows; there it is told by the text alone.
    case $name in blocked | error) continue ;; esac
    "$DEEPCONF" judge --input $name.jsonl --judge keywords --out v.jsonl \
        --quiet --json | json_get 'd["judges"][0]["undetermined_because"]' |
        diff <(echo "{'${why[$name]}': 2}") -
done

# The report of all of them.
"$DEEPCONF" import all.jsonl --format jsonl --out all.db --benchmark demo >out
"$DEEPCONF" report all.db --no-plots --out rep >out
reasons='4 empty, 2 blocked by provider, 2 cut inside .*, 2 error'
tr -s ' \n' ' ' <rep/COMPREHENSIVE_REPORT.md >line
has "undetermined: $reasons" cat line
python3 - <<'PY'
import json
show = json.load(open("rep/records/show.json"))
assert show["undetermined_because"] == {
    "empty": 4, "blocked by provider": 2, "cut inside <think>": 2, "error": 2}
for rate in ("sensitivity", "specificity"):
    worst, best = (show["rates"][f"{rate}_{x}"] for x in ("worst", "best"))
    assert (worst["k"], worst["n"]) == (2, 8), worst
    assert (best["k"], best["n"]) == (7, 8), best
PY
