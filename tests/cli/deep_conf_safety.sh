# The files of deep_conf_safety: its published counts from a fixture with those
# totals, imported, held against their traces, and written again.
. "$CLI_TESTS/lib.bash"
SWEEP=toxicchat_percentile_safety_analysis.json
make_run() {
    mkdir -p "r$1"
    python3 "$REPO/tests/seed_fixture.py" "r$1" "$1" || {
        echo "SKIP: no python3"
        exit 77
    }
}
take() { # RUN WORD FILE: import a fixture
    dc import "r$1/predictions.jsonl" --format deep-conf-safety \
        --data "r$1/data.csv" --benchmark toxicchat \
        --confidence-means "$2" --out "$3"
}

# Run 1: harmful prompts answered are its TP.
make_run 1
take 1 nll one.db >said
tells '5,083 prompts read: 5083 used, 0 left out' cat said
tells '5,083 prompts found in --data by the number that their id ends in' \
    cat said
alarms() { dc show "$1" --judge refused --json | json_get \
    'sorted(a["id"] for a in d["alarms"])'; }
[ "$(alarms one.db)" = "['confidence-inverted', 'label-inverted', \
'not-above-baseline']" ] || die "alarms: $(alarms one.db)"
[ "$(dc show one.db --judge refused --json | json_get \
    '[d["by_gold_label"]["refuse"][k] for k in ("refusal", "compliance")]')" \
    = "[24, 338]" ] || die "decisions"
code=0
dc verify "r1/$SWEEP" --run one.db --json >v.json 2>said || code=$?
[ $code = 1 ] || die "an inverted label passed: $code"
[ "$(json_get '[sorted(a["id"] for a in d["alarms"]), d["n_wrong"], d["judge"],
    all(r["inverted"] and not r["agrees"] for r in d["rows"])]' <v.json)" = \
    "[['below-chance', 'label-inverted', 'not-above-baseline'], 0, 'refused', \
True]" ] || die "verify: $(cat v.json)"
for at in '20.0 331 31 4592 129' '90.0 338 24 4596 125'; do
    read -r q tp fn fp tn <<<"$at"
    [ "$(json_get "[[r[\"said\"][k] for k in (\"tp\", \"fn\", \"fp\", \"tn\")] + \
        [r[\"run\"][k] for k in (\"fn\", \"tp\", \"tn\", \"fp\")] \
        for r in d[\"rows\"] if r[\"percentile\"] == $q][0]" <v.json)" = \
        "[$tp, $fn, $fp, $tn, $tp, $fn, $fp, $tn]" ] || die "counts at $q"
done
(dc verify "r1/$SWEEP" --run one.db 2>&1 || true) | tr -s '\n ' '  ' >said
grep -q 'TP are harmful prompts that were answered' said || die "not said"
grep -q '91.4 % were answered, and 8.6 % refused' said || die "no figures"

# Runs 2 and 3; without the traces the counts alone tell that one is inverted.
for at in '2 695 59 951 20 754' '3 332 30 4505 216 362'; do
    read -r run tp fn fp tn harmful <<<"$at"
    make_run "$run"
    take "$run" nll "$run.db" >/dev/null
    code=0
    dc verify "r$run/$SWEEP" --json >v.json 2>/dev/null || code=$?
    [ "$code$(json_get '[a["id"] for a in d["alarms"]][0]' <v.json)" = \
        1below-chance ] || die "run $run alone"
    dc verify "r$run/$SWEEP" --run "$run.db" --json >v.json 2>/dev/null || true
    [ "$(json_get '[*(d["rows"][0]["said"][k] for k in ("tp", "fn", "fp", "tn")),
        d["rows"][0]["run"]["tp"] + d["rows"][0]["run"]["fn"],
        d["rows"][0]["inverted"]]' <v.json)" = \
        "[$tp, $fn, $fp, $tn, $harmful, True]" ] || die "run $run: counts"
done

# The sign of the confidence: as a probability it is out of range; unexplained
# it is no measure at all.
head -50 r1/predictions.jsonl >few.jsonl
few() { dc import few.jsonl --format deep-conf-safety --data r1/data.csv \
    --benchmark toxicchat "$@" >/dev/null; }
few --confidence-means probability --out prob.db
alarms prob.db | grep -q measure-out-of-range || die "no alarm: probability"
few --out as.db
alarms as.db | grep -q confidence-unknown || die "no alarm: unknown"
tells 'values above 1 are no probability' dc show as.db
[ "$(dc export as.db --format jsonl | tail -1 | json_get \
    '[d["traces"][0]["measures"][k] for k in
     ("confidence_as_given", "mean_prob", "nll")]')" = "[0.9, None, None]" ] ||
    die "a number that nobody explains became a measure"
few --confidence-means logprob --out log.db

# Written again: their keys, our meanings, and the counts of the run.
dc export one.db --format deep-conf-safety --judge refused --out out >/dev/null
dc verify "out/$SWEEP" --run one.db --json >v.json 2>/dev/null ||
    die "our own sweep does not follow"
[ "$(json_get 'all(r["agrees"] for r in d["rows"])' <v.json)" = True ] ||
    die "our own sweep is not the run's"
python3 - "out/$SWEEP" <<'PY' || die "keys"
import json, sys
lines = [json.loads(x) for x in open("out/predictions.jsonl")]
theirs = json.loads(open("r1/predictions.jsonl").readline())
assert set(theirs) <= set(lines[0]), set(theirs) - set(lines[0])
assert lines[0]["confidence_means"] == "mean_prob"
assert lines[0]["decision"] == "compliance"
d = json.load(open(sys.argv[1]))
keys = set(json.load(open("r1/" + sys.argv[1][4:]))["results"][0])
for row in d["results"] + [d["best_" + k] for k in (
        "sensitivity", "accuracy", "savings")]:
    assert keys <= set(row), keys - set(row)
    m = row["confusion_matrix"]
    assert [len(m["examples"][k]) for k in ("tp", "tn", "fp", "fn")] == [
        m[k] for k in ("tp", "tn", "fp", "fn")]
first = d["results"][0]
assert first["confusion_matrix_as_published"] == {
    "tp": 331, "tn": 129, "fp": 4592, "fn": 31}
assert abs(first["sensitivity"] - 31 / 362) < 1e-9
a = json.load(open("out/analysis.json"))
assert {"count", "accuracy", "precision_unsafe", "avg_confidence", "avg_traces",
        "avg_tokens", "total_tokens"} <= set(a["confident_compliance"])
assert {"baseline_tokens", "token_savings_percent"} <= set(a["overall"])
PY
# Which ids a list has, and the savings, are held against the traces; of the
# study's own sweep, whose savings are of 10 traces, too.
verify_theirs() { dc verify "r1/$SWEEP" --run one.db || [ $? = 1 ]; }
held() { # FILE CODE WANT: what does not follow of an altered sweep
    python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
r = d["results"]
e = r[1]["confusion_matrix"]["examples"]
exec(sys.argv[2])
json.dump(d, open("turned.json", "w"))' "$1" "$2"
    dc verify turned.json --run one.db --json >v.json 2>/dev/null || true
    [ "$(json_get '[(w["where"], w["said"], w["follows"])
        for w in d["wrong"]]' <v.json)" = "$3" ] || die "$1: $2: $(json_get \
        'd["wrong"]' <v.json)"
}
for of in "out/$SWEEP:tp:fn" "r1/$SWEEP:fn:tp"; do
    IFS=: read -r of tp fn <<<"$of"
    held "$of" 'pass' '[]'
    id() { json_get "d['results'][1]['confusion_matrix']['examples']['$1'][0]" \
        <"$of"; }
    first=$(printf '%s\n' "$(id tp)" "$(id fn)" | sort -t_ -k3n | head -1)
    is=$([ "$first" = "$(id tp)" ] && echo tp || echo fn)
    held "$of" 'e["tp"][0], e["fn"][0] = e["fn"][0], e["tp"][0]' \
        "[('results[1]: examples', '2 ids in another cell, first $first', \
'$is, by its traces')]"
    held "$of" 'e["tp"][0] = "nobody_7"' "[('results[1]: ids that are harmful \
here alone', '1', '0: a label has no percentile'), ('results[1]: examples', \
'1 id', 'ids of prompts that the run has, with a label and a confidence')]"
    held "$of" 'r[2]["token_savings_pct"] = 10; r[2]["cost_reduction"] = "1.1x"' \
        "[('results[2]: token_savings_pct', '10', '$(json_get \
        '"%.6g" % d["results"][2]["token_savings_pct"]' <"$of")')]"
done
tells 'the savings are of 10 traces a prompt, and the run has at most 4' \
    verify_theirs
# A partial refusal is one, there and here.
cat >part.jsonl <<'J'
{"instance_id":"a_0","traces":["x","y","z"],"confidences":[0.1,0.2,0.3],"refused":[true,true,true],"verdicts":["partial","partial","partial"],"prompt":"p","gold":"refuse","label":"1"}
{"instance_id":"a_1","traces":["x","y","z"],"confidences":[0.1,0.2,0.3],"refused":[false,false,false],"verdicts":["compliance","undetermined","compliance"],"prompt":"q","gold":"answer","label":"0"}
J
dc import part.jsonl --format deep-conf-safety --confidence-means probability \
    --out part.db >/dev/null
dc export part.db --format deep-conf-safety --judge refused --out part >/dev/null
dc verify part/*_percentile_safety_analysis.json --run part.db --json >v.json ||
    die "partial: $(cat v.json)"
[ "$(json_get 'd["n_wrong"], [r["agrees"] for r in d["rows"]][0]' <v.json)" = \
    "(0, True)" ] || die "partial: $(cat v.json)"
# What is read of it again is what was written.
dc import out/predictions.jsonl --format deep-conf-safety --data r1/data.csv \
    --benchmark toxicchat --confidence-means probability --out again.db \
    >/dev/null
[ "$(dc show again.db --judge refused --json | json_get \
    '[d["by_gold_label"]["refuse"][k] for k in ("refusal", "compliance")]')" \
    = "[24, 338]" ] || die "decisions, read again"
# Our export says what its confidences are; without its word nobody does.
head -20 out/predictions.jsonl >said.jsonl
dc import said.jsonl --format deep-conf-safety --data r1/data.csv \
    --benchmark toxicchat --out said.db >/dev/null
[ "$(dc show said.db --json | json_get 'd["config"]["import.confidence"]')" = \
    probability ] || die "confidence_means of our own file"
# hypothesis_test, where there are compliances of both kinds.
cat >two.jsonl <<'J'
{"instance_id":"t_0","traces":["Sure.","Sure.","Sure."],"confidences":[0.1,0.2,0.1]}
{"instance_id":"t_400","traces":["Sure.","Sure.","Sure."],"confidences":[0.9,0.8,0.9]}
J
dc import two.jsonl --format deep-conf-safety --data r1/data.csv --benchmark \
    toxicchat --confidence-means probability --out two.db >/dev/null
dc export two.db --format deep-conf-safety --out two >/dev/null
[ "$(json_get '[d["hypothesis_test"][k] for k in (
    "uncertain_compliance_accuracy", "confident_compliance_accuracy",
    "difference")] + [bool(d["hypothesis_test"]["interpretation"])]' \
    <two/analysis.json)" = "[0, 1, 1, True]" ] || die "no hypothesis_test"
# Without all traces there is no sweep, and it says why.
run --data "$DEMO" --benchmark demo --num-instances 9 --out own.db 2>/dev/null \
    >/dev/null
dc export own.db --format deep-conf-safety --out own >/dev/null
[ "$(json_get '[d["results"], "fewer than all traces" in d["why"]]' \
    <own/demo_percentile_safety_analysis.json)" = "[[], True]" ] || die "why"

# Mistakes, and hostile files.
bad() { printf '%s\n' "$1" >bad.jsonl; }
try() { rm -f bad.db; dc import bad.jsonl --format deep-conf-safety \
    --out bad.db "$@"; }
bad '{"instance_id":"a_0","traces":["x"],"confidences":[1e999,2]}'
try >said
tells '1 taken as missing: "confidences" of a prompt: not as many' cat said
bad '{"instance_id":"a_0","traces":["x","y"],"refused":[1,true],"confidences":["0.5",NaN],"tokens_per_trace":null,"other":1,"refusal_rate":0.9}'
try >said
tells '"refused" that is neither true nor false' cat said
tells '"confidences" that is no number' cat said
tells 'keys that are not read (the first: "other")' cat said
tells '"refusal_rate" does not follow from their lists' cat said
bad '{"instance_id":"a\u0000","traces":["x"]}'
expect 3 '*line 1: expected "instance_id" as a text*' try
bad '{"instance_id":"a_0","traces":"x"}'
expect 3 '*line 1: expected "traces" as a list of texts*' try
bad '{"instance_id":"a_0","traces":[{"x":1}]}'
expect 3 '*line 1: expected the response as a text, got an object*' try
bad '{"instance_id":"a_0","traces":["x"'
expect 3 '*line *' try
bad '{"instance_id":"a_0","traces":["\ud800"],"tokens_per_trace":[1e30]}'
expect 3 '*"tokens_per_trace" is 1e*' try
bad '{"instance_id":"a_99999","traces":["x"]}'
expect 3 '*the id "a_99999" is none of --data*' \
    try --data r1/data.csv --benchmark toxicchat
expect 2 "*--confidence-means 'sure' is none of: nll, *" \
    try --confidence-means sure
expect 2 '*--data has no effect on --format jsonl*' \
    dc import bad.jsonl --format jsonl --data r1/data.csv --out bad.db
sweep() { printf '%s' "$1" >bad.json; }
row='"percentile":20,"confusion_matrix":{"tp":1,"fn":1,"fp":0,"tn":2}'
sweep "{\"results\":[{$row,\"sensitivity\":0.9,\"total\":\"x\"}]}"
code=0
dc verify bad.json --json >v.json 2>/dev/null || code=$?
[ "$code $(json_get '[(w["where"], w["said"], w["follows"])
    for w in d["wrong"]]' <v.json)" = "1 [('results[0]: sensitivity', '0.9', \
'0.5'), ('results[0]: total', 'no number', '4')]" ] || die "$(cat v.json)"
sweep '{"results":[]}'
expect 3 '*expected "results", a list of 1 to*' dc verify bad.json
sweep '{"results":[{"percentile":1e300}]}'
expect 3 '*expected "percentile" as a number from 0 to 100*' dc verify bad.json
sweep '{"results":[{"percentile":20,"confusion_matrix":{"tp":-1}}]}'
expect 3 '*expected "tp" in "confusion_matrix" as a whole*' dc verify bad.json
sweep '{"results":[{'
expect 3 '*bad.json*' dc verify bad.json
expect 2 '*bad.json speaks of one run*' dc verify bad.json --run a --run b
bad '{"instance_id":"a_0","traces":["x"],"refused":[true],"refused":[false]}'
expect 3 '*line 1: *the key "refused" more than once*' try
# What no vote can weigh is no value, and what is sure without end has no nll.
bad '{"instance_id":"a_0","traces":["x","y","z"],"confidences":[-0.5,0.3,1e-320]}'
for word in probability token-confidence; do
    try --confidence-means $word >said
    tells '1 taken as missing: "confidences" below 0, which is not' cat said
    dc sweep bad.db --policy fixed --vote 'weighted(mean)' >/dev/null ||
        [ $? = 3 ] || die "sweep of $word"
done
