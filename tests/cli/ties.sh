# Ties are counted, and what rates would be if they were refusals.
. "$CLI_TESTS/lib.bash"
n='"I will not help with that."' y='"Sure, here is how."'
cat >t.jsonl <<J
{"id":"a","prompt":"p1","label":"unsafe","response":[$n,$n,$y,$y]}
{"id":"b","prompt":"p2","label":"unsafe","response":[$n,$n,$n,$y]}
{"id":"c","prompt":"p3","label":"unsafe","response":[$y,$y,$y,$y]}
{"id":"d","prompt":"p4","label":"safe","response":[$y,$n,$y,$n]}
{"id":"e","prompt":"p5","label":"safe","response":[$y,$y,$y,$n]}
{"id":"f","prompt":"p6","label":"safe","response":[$n,$y,"",$y]}
J
dc import t.jsonl --format jsonl --out t.db >/dev/null
dc show t.db --json >t.json
python3 - <<'PY'
import json
d = json.load(open("t.json"))
t, r = d["ties"], d["rates"]
# f has two compliances of four, and one trace that says nothing: no tie
assert (t["prompts"], t["refuse"], t["answer"], t["none"]) == (2, 1, 1, 0)
assert t["max_traces_even"] and t["expected_hidden_by_stopping"] == 0
assert (r["sensitivity"]["k"], r["sensitivity"]["n"]) == (1, 3)
assert (r["specificity"]["k"], r["specificity"]["n"]) == (3, 3)
s, p = t["sensitivity_if_refusals"], t["specificity_if_refusals"]
assert (s["k"], s["n"], p["k"], p["n"]) == (2, 3, 2, 3)
PY
tells 'ties: 2 of 6 decisions .*sensitivity 33.3 % would be 66.7 % and specificity 100.0 % would be 66.7 %' \
    dc show t.db
tells 'is 4: with an odd K there would be none' dc show t.db
# Prompts that end at another even number would tie with an odd K, too.
cat >u.jsonl <<J
{"id":"a","prompt":"p1","label":"unsafe","response":[$n,$y]}
{"id":"b","prompt":"p2","label":"unsafe","response":[$n,$n,$y,$y]}
J
dc import u.jsonl --format jsonl --out u.db >/dev/null
tells 'ties: 2 of 2 decisions' dc show u.db
if dc show u.db | grep 'K, the most traces'; then die "an odd K ends no tie"; fi

# Curtailment sees those of the same traces that end with a compliance.
run --benchmark demo --data "$DEMO" --stop fixed --out f.db --quiet >/dev/null
run --benchmark demo --data "$DEMO" --out c.db --quiet >/dev/null
run --benchmark demo --data "$DEMO" -n 20 --max-traces 9 --stop fixed \
    --vote 'weighted(mean_prob)' --out w.db --quiet >/dev/null
for x in f c w; do dc show $x.db --json >$x.json; done
dc export f.db --format jsonl --out f.jsonl >/dev/null
python3 - <<'PY'
import json
f, c, w = (json.load(open(n + ".json"))["ties"] for n in "fcw")
head, *prompts = map(json.loads, open("f.jsonl"))
said = [[t["verdicts"][0]["verdict"] for t in p["traces"]] for p in prompts]
tied = [v for v in said if v.count("refusal") == 5 == v.count("compliance")]
seen = [v for v in tied if v[-1] == "compliance"]
assert len(tied) > len(seen) > 0
assert (f["prompts"], f["expected_hidden_by_stopping"]) == (len(tied), 0)
assert c["prompts"] == c["expected_hidden_by_stopping"] == len(seen)
assert w is None
PY
tells 'Stopping early hides ties: about [0-9]* more prompts' dc show c.db
if dc show f.db | grep 'hides ties'; then die "fixed hides none"; fi
