# Reports under another judge of the run file than the run's own.
. "$CLI_TESTS/lib.bash"
R=(--judge keywords-request --benchmark demo --data "$DEMO" --quiet)
run "${R[@]}" -n 60 --stop fixed --out f.db >/dev/null
run "${R[@]}" -n 60 --out c.db >/dev/null

# Two further judges: "same" says what the run's judge says, in another word;
# "other" turns every fifth trace and leaves every seventh undetermined.
for f in f.db c.db; do
    python3 - $f <<'PY'
import sqlite3, sys
h = sqlite3.connect(sys.argv[1])
h.execute("""INSERT INTO verdict SELECT trace, 'same', '1',
    CASE verdict WHEN 'refusal' THEN 'partial' ELSE verdict END, 'r', 0, 0,
    NULL, NULL FROM verdict""")
h.execute("""INSERT INTO verdict SELECT trace, 'other', '2',
    CASE WHEN trace % 7 = 0 THEN 'undetermined'
         WHEN trace % 5 <> 0 THEN verdict
         WHEN verdict = 'refusal' THEN 'compliance' ELSE 'refusal' END,
    CASE WHEN trace % 7 = 0 THEN 'reply not understood' ELSE 'r' END, 0, 0,
    0.25, 'Answer:' || char(27) || '[31m yes' FROM verdict
    WHERE judge = 'keywords-request'""")
h.commit()
PY
done

# The same verdicts, partial for refusal: the same decisions and figures.
for f in f.db c.db; do
    "$DEEPCONF" show $f --json >a.json
    "$DEEPCONF" show $f --judge same --json >b.json
    python3 - <<'PY'
import json
a, b = (json.load(open(f)) for f in ("a.json", "b.json"))
for x in a, b:  # what stopping hides is known of the judge that stopped
    del x["ties"]["expected_hidden_by_stopping"]
for k in a:
    if k not in ("judge",):
        assert a[k] == b[k], k
assert a["judge"]["note"] is None and b["judge"]["judge"] == "same"
assert "0 of 60 differ from the run's" in b["judge"]["note"]
assert [x["judge"] for x in a["judges"]] == ["keywords-request", "other", "same"]
PY
    "$DEEPCONF" show $f --prompts --judge same --json | sed /judge/d >b
    "$DEEPCONF" show $f --prompts --json | sed /judge/d | cmp - b
    "$DEEPCONF" stats $f --resamples 50 --json | sed '/"judge"/,/}/d' >a
    "$DEEPCONF" stats $f --judge same --resamples 50 --json |
        sed '/"judge"/,/}/d' | cmp - a
done

# Whatever the vote and the policy: the same verdicts give the same decisions.
for how in '--vote weighted(mean_prob) --stop fixed' '--stop deepconf(0.5)' \
    '--vote filtered(0.5,nll)' '--stop confidence-percentile(40)'; do
    rm -f w.db
    # shellcheck disable=SC2086 # options
    run "${R[@]}" -n 40 $how --out w.db >/dev/null
    python3 - <<'PY'
import sqlite3
h = sqlite3.connect("w.db")
h.execute("INSERT INTO verdict SELECT trace, 'same', version, verdict, rule, "
          "span_off, span_len, score, reply FROM verdict")
h.commit()
PY
    "$DEEPCONF" show w.db --prompts --json | sed /judge/d >a
    "$DEEPCONF" show w.db --prompts --judge same --json | sed /judge/d |
        cmp - a || die "$how"
    grep -q '"refusal"' a || die "$how: no refusal"
    # Further judges say of a trace that has no vote what the engine says.
    "$DEEPCONF" judge w.db --json |
        json_get '[d["judges"][0]["undetermined_because"] ==
            d["judges"][1]["undetermined_because"],
            d["agreement"][0]["prompts"]["kappa"]]' |
        diff <(echo '[True, 1.0]') - || die "$how"
done

# Another judge: decisions are the vote over its verdicts on what was drawn.
"$DEEPCONF" show f.db --judge other --json >f.json
"$DEEPCONF" show c.db --judge other --json >c.json
"$DEEPCONF" judge c.db --json >j.json
"$DEEPCONF" show c.db --judge other --prompts --json >p.json
python3 - <<'PY'
import json, re, sqlite3
h = sqlite3.connect("c.db")
traces, K = {}, 10
for p, v in h.execute("""SELECT t.prompt, v.verdict FROM trace t
        JOIN decision d ON d.prompt = t.prompt AND t.idx < d.n_trace
        JOIN verdict v ON v.trace = t.id AND v.judge = 'other'"""):
    traces.setdefault(p, []).append(v)
def decide(v):
    r, c, n = v.count("refusal"), v.count("compliance"), len(v)
    certain = 2 * r > K or 2 * c >= K
    if not certain:
        left = K - n
        certain = 2 * (r + left) <= K and 2 * (c + left) < K
    if 2 * r > n: return "refusal", certain or n == K
    if 2 * c >= n: return "compliance", certain or n == K
    return "undetermined", certain or n == K
want = {p: decide(v) for p, v in traces.items()}
rows = json.load(open("p.json"))["prompts"]
assert [r["decision"] for r in rows] == [want[i][0] for i in range(60)]
c = json.load(open("c.json"))
note = c["judge"]["note"]
short = sum(len(v) < K for v in traces.values())
is_open = sum(not w[1] for w in want.values())
own = dict(h.execute("SELECT prompt, decision FROM decision"))
changed = sum(own[p] != want[p][0] for p in own)
assert f"; {changed} of 60 differ" in note and 0 < changed < 60, note
assert f"{short} prompts have fewer than 10 traces" in note, note
assert f"for {is_open} of them" in note and 0 < is_open < short, (note, is_open)
n_und = h.execute("SELECT count(*) FROM verdict WHERE judge = 'other' "
                  "AND verdict = 'undetermined'").fetchone()[0]
assert c["undetermined_because"] == {"reply not understood": n_und}
g = c["by_gold_label"]["refuse"]
worst, best = (c["rates"]["sensitivity_" + x] for x in ("worst", "best"))
assert worst["k"] == g["refusal"] and worst["n"] == g["prompts"]
assert best["k"] == g["refusal"] + g["undetermined"] > worst["k"]
assert "stopped early" not in json.load(open("f.json"))["judge"]["note"]
j = {x["judge"]: x for x in json.load(open("j.json"))["judges"]}
assert j["other"]["decisions"]["refusal"] == \
    sum(w[0] == "refusal" for w in want.values())
PY
"$DEEPCONF" show c.db --judge other >t
has 'also judged  keywords-request, version 1 (the run.s own)' cat t
has 'undetermined: [0-9]* reply not understood' cat t
has 'also judged  other, version 2; same, version 1' "$DEEPCONF" show c.db
if grep -nE '^.{81}' t; then die "a line is too long"; fi

# One prompt: every judge's verdict on each trace, the reply escaped.
"$DEEPCONF" show c.db --judge other --prompt demo-003 >t
for j in keywords-request same other; do
    has "by $j: " cat t
done
tr -s ' \n' ' ' <t >line
has 'in [0-9]* of at most 10 traces, by other' cat line
if grep -q $'\x1b' t; then die "an escape sequence"; fi
"$DEEPCONF" show c.db --prompt demo-003 --json |
    json_get 'd["traces"][0]["verdicts"][1]["score"], d["decision"]["judge"]' |
    diff <(echo "(0.25, 'keywords-request')") -

# The other reports.
"$DEEPCONF" compare c.db c.db -j keywords-request -j other --json >x.json
python3 - <<'PY'
import json
x, p = json.load(open("x.json")), json.load(open("p.json"))["prompts"]
assert x["judge_a"]["judge"] == "keywords-request" and not x["judge_a"]["note"]
assert x["judge_b"] == {**x["judge_b"], "judge": "other", "version": "2"}
rows = x["decisions"]
for d in ("refusal", "compliance", "undetermined"):
    assert sum(rows[r][d] for r in rows) == sum(q["decision"] == d for q in p)
assert not x["alarms"], x["alarms"]
PY
"$DEEPCONF" sweep f.db --judge other --json | json_get 'd["judge"]["judge"]' |
    diff <(echo other) -
"$DEEPCONF" sweep f.db --policy 'unanimous({3,4})' --json |
    sed '/"judge"/,/}/d' >a
"$DEEPCONF" sweep f.db --judge same --policy 'unanimous({3,4})' --json |
    sed '/"judge"/,/}/d' | cmp - a
"$DEEPCONF" calibrate f.db --judge other --alpha 0.9 --json |
    json_get 'd["judge"]["version"]' | diff <(echo 2) -
"$DEEPCONF" stats f.db --judge other --resamples 50 --json |
    json_get 'd["judge"]["judge"]' | diff <(echo other) -
expect 3 'the judge other can?t be asked about answer windows:*' \
    "$DEEPCONF" sweep f.db --judge other --answer-window 4

# A judge that isn't there, has not judged all, or is of two versions.
for c in show stats sweep calibrate 'compare f.db'; do
    # shellcheck disable=SC2086 # two words
    expect 2 'f.db: has no verdicts by a judge "nope"; it has those of: keywords-request, other, same' \
        "$DEEPCONF" $c f.db --judge nope
done
python3 - <<'PY'
import sqlite3
h = sqlite3.connect("f.db")
h.execute("DELETE FROM verdict WHERE judge = 'same' AND trace = 5")
h.execute("UPDATE verdict SET version = '3' WHERE judge = 'other' AND trace = 5")
h.commit()
PY
expect 3 'f.db: same has judged 599 of 600 traces*' "$DEEPCONF" show f.db -j same
expect 3 'f.db: verdicts by other are of the versions 2 and 3*' \
    "$DEEPCONF" show f.db -j other
"$DEEPCONF" show f.db >t # the run's own report does not mind
has 'same, version 1 (599 of 600 traces)' cat t
python3 - <<'PY'
import sqlite3
h = sqlite3.connect("f.db")
h.execute("UPDATE verdict SET version = '3' "
          "WHERE judge = 'keywords-request' AND trace = 5")
h.commit()
PY
expect 5 'f.db: prompt * verdict by keywords-request on trace * is of version 3, expected 1*' \
    "$DEEPCONF" show f.db

# Labels that speak of responses, whatever their column is called.
printf 'prompt,label\nHello,refusal\n' >w.csv
expect 2 'w.csv: line 2: the label "refusal" in column label says what a response did*can never score fresh traces*validate-judge*' \
    run --data w.csv --out w.db
