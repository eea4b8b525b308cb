# sweep: every policy over one run; text, JSON, CSV and the request's file agree,
# figures recomputed here, and what can't be answered is refused.
. "$CLI_TESTS/lib.bash"
run --benchmark demo --data "$DEMO" -n 40 --stop fixed --out f.db --quiet >/dev/null
run --benchmark demo --data "$DEMO" -n 40 --out c.db --quiet >/dev/null

"$DEEPCONF" sweep f.db --permutations 10 --threads 1 --json >a
"$DEEPCONF" sweep f.db --permutations 10 --threads 3 --json | cmp - a
"$DEEPCONF" sweep f.db --permutations 10 --csv >csv
"$DEEPCONF" sweep f.db --percentile-analysis p.json >text
"$DEEPCONF" list policies --json >policies
"$DEEPCONF" show f.db --json >shown
"$DEEPCONF" show c.db --json >curtailed
python3 - <<'PY'
import csv, json
d, shown = json.load(open("a")), json.load(open("shown"))
rows = {r["setting"]: r for r in d["rows"]}
names = {r["policy"].split("(")[0] for r in d["rows"]}
assert names == {p["name"] for p in json.load(open("policies"))["policies"]}
tokens = [r["tokens"] for r in d["rows"]]
assert tokens == sorted(tokens), "not sorted by cost"
m = rows["fixed"]["matrix"]
assert m == {k: shown["matrix"][k] for k in m}, (m, shown["matrix"])
assert rows["fixed"]["traces"] == 10 and rows["fixed"]["changed"]["k"] == 0
# A live curtailed run drew what the replay says.
live = json.load(open("curtailed"))["spent"]
assert rows["curtail"]["traces"] == live["traces"] / 40, live
assert rows["curtail"]["tokens"] == live["tokens"] / 40, live
for r in d["rows"]:
    c, x = r["changed"], r["matrix"]
    assert c["n"] == 40 and c["lo"] <= c["value"] <= c["hi"]
    assert sum(x.values()) + r["undetermined"] == 40
    for k, a, b in (("sensitivity", "tp", "fn"), ("specificity", "tn", "fp"),
                    ("precision", "tp", "fp")):
        if x[a] + x[b]:
            assert abs(r[k]["value"] - x[a] / (x[a] + x[b])) < 1e-15
    p = r["permutations"]["changed"]
    assert p["min"] <= p["mean"] <= p["max"]
    beaten = any((o["tokens"] < r["tokens"] and o["changed"]["k"] <= c["k"]) or
                 (o["tokens"] <= r["tokens"] and o["changed"]["k"] < c["k"])
                 for o in d["rows"])
    assert r["pareto"] == (not beaten), r["setting"]
table = list(csv.DictReader(open("csv")))
assert [t["setting"] for t in table] == [r["setting"] for r in d["rows"]]
for t, r in zip(table, d["rows"]):
    assert float(t["seconds_saved"]) == r["seconds_saved"]
    assert float(t["sensitivity_lo"]) == r["sensitivity"]["lo"]
    assert float(t["perm_changed"]) == r["permutations"]["changed"]["mean"]
# The request's file: its keys first, plain numbers, 20 to 90.
text = open("p.json").read()
keys = ["percentile", "accuracy", "sensitivity", "specificity", "precision",
        "f1_score", "token_savings_pct"]
got = json.loads(text)
assert list(got) == ["results", "own_percentile"]
assert [g["percentile"] for g in got["results"]] == list(range(20, 100, 10))
assert '"percentile": 20,' in text
for g in got["results"]:
    assert list(g)[:7] == keys
    assert all(isinstance(g[k], (int, float)) for k in keys), g
    r = rows["confidence-percentile(%d) of mean_prob" % g["percentile"]]
    assert g["accuracy"] == r["accuracy"]["value"]
    assert g["f1_score"] == r["f1"]
    assert g["token_savings_pct"] == 100 * r["tokens_saved"]
    assert g["threshold_from"] == "cross-fit"
# The rule that the evaluation ran: a threshold of the prompt's own.
own = got["own_percentile"]
assert [g["percentile"] for g in own] == [*range(20, 100, 10), 95]
for g in own:
    r = rows["own-percentile(%d,3,mean_prob)" % g["percentile"]]
    assert g["token_savings_pct"] == 100 * r["tokens_saved"]
    assert g["threshold_from"] is None and g["measure"] == "mean_prob"
    assert 3 <= r["traces"] <= 10
assert rows["own-percentile(20,3,mean_prob)"]["traces"] < \
       rows["own-percentile(95,3,mean_prob)"]["traces"]
PY
has 'no decision ever changes' cat text
has 'none, measured' cat text
tr -s ' \n' ' ' <text >line
has 'Cheapest that changed no decision here: [a-z]*' cat line
has 'Cheapest with a proven bound: [a-z]*.* (promise: ' cat line
has 'at most 0.48 % missed,' cat text

# Grids, votes, windows; thresholds fitted on what is scored are marked.
n=$("$DEEPCONF" sweep f.db --policy 'unanimous({3..5})' \
    --policy 'hypergeometric({0.1,0.01})' --vote 'majority' \
    --vote 'weighted(tail)' --csv | wc -l)
[ "$n" = 11 ] || die "a grid of 10 has $n lines"
has 'IN SAMPLE' "$DEEPCONF" sweep f.db --threshold in-sample \
    --policy 'confidence-percentile(20)'
"$DEEPCONF" sweep f.db --policy 'confidence-percentile(20)' >cross
if grep -q 'IN SAMPLE' cross; then die "cross-fit is not in sample"; fi

# A run that stopped early: what needs more traces has no figures.
has 'unanimous(3)' "$DEEPCONF" sweep c.db --policy 'unanimous(3)'
expect 3 '*permutations need all 10 traces*--stop fixed*' \
    "$DEEPCONF" sweep c.db --permutations 5
expect 2 '--percentile-analysis: no row*' \
    "$DEEPCONF" sweep f.db --policy curtail --percentile-analysis q.json
[ ! -e q.json ] || die "an analysis without rows was written"

# One prompt has no other to find a threshold on: those rows alone are left out
# if nobody named them, and the rest is shown, here and in a report.
run --benchmark demo --data "$DEMO" -n 1 --stop fixed --out 1.db --quiet >/dev/null
"$DEEPCONF" sweep 1.db >one
all=$(json_get 'len(d["rows"])' <a)
has '^Left out: 8 rows from confidence-percentile(20) of mean_prob to' cat one
has '^  unanimous(3) ' cat one
for threads in 1 3; do
    "$DEEPCONF" sweep 1.db --json --threads $threads >one.json
    [ "$(json_get 'len(d["rows"])' <one.json)" = $((all - 8)) ] ||
        die "rows: $threads"
    left=$(json_get '([r["setting"].split()[0] for r in d["rows_left_out"]
        if "no other prompt" in r["why"]] ==
        ["confidence-percentile(%d)" % q for q in range(20, 100, 10)])' <one.json)
    [ "$left" = True ] || die "left out: $(cat one.json)"
done
[ "$("$DEEPCONF" sweep 1.db --csv | wc -l)" = $((all - 7)) ] ||
    die "CSV of one prompt"
expect 3 'confidence-percentile(20)*no other prompt*more prompts' \
    "$DEEPCONF" sweep 1.db --policy 'confidence-percentile(20)'
"$DEEPCONF" sweep 1.db --percentile-analysis q.json >/dev/null
[ "$(json_get '(len(d["results"]), "no other prompt" in d["why"],
    len(d["own_percentile"]))' <q.json)" = "(0, True, 9)" ] || die "$(cat q.json)"
rm q.json
"$DEEPCONF" report 1.db --out 1-report >/dev/null
has 'Left out: 8 rows from' cat 1-report/COMPREHENSIVE_REPORT.md
has 'Left out: 8 rows from' cat 1-report/*.html
"$DEEPCONF" verify 1-report --run 1.db >/dev/null

# Mistakes say what is allowed.
expect 2 '*unanimous*' "$DEEPCONF" sweep f.db --policy 'unanimus(3)'
expect 2 '*eps*' "$DEEPCONF" sweep f.db --policy 'hypergeometric(7)'
expect 2 '*majority*' "$DEEPCONF" sweep f.db --vote nobody
expect 2 '*mean_prob*' "$DEEPCONF" sweep f.db --measure nobody
expect 2 '*cross, live or in-sample*' "$DEEPCONF" sweep f.db --threshold x
expect 2 '--answer-window*' "$DEEPCONF" sweep f.db --answer-window -1
expect 2 '*exclude each other*' "$DEEPCONF" sweep f.db --json --csv
expect 2 '*--min-traces*' "$DEEPCONF" sweep f.db --min-traces 11
