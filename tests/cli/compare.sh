# compare: pairs, differing configurations, alarms, and what may not differ.
. "$CLI_TESTS/lib.bash"
args=(--benchmark demo --data "$DEMO" -n 40 --quiet --json)
run "${args[@]}" --stop fixed --out f.db >f.json
run "${args[@]}" --out c.db >/dev/null
run "${args[@]}" --stop fixed --seed 2 --out s.db >s.json
"$DEEPCONF" compare f.db c.db --json >fc
"$DEEPCONF" compare f.db s.db --json >fs
python3 - <<'PY'
import json
f, s, fc, fs = (json.load(open(x)) for x in ("f.json", "s.json", "fc", "fs"))
assert fc["alarms"] == fs["alarms"] == []
assert fc["outputs"]["same"] == fc["outputs"]["texts"] > 0
assert fs["outputs"]["same"] < fs["outputs"]["texts"] == 400
assert fc["changed"]["k"] == 0  # curtail never changes a decision
assert [k["key"] for k in fc["configuration"] if k["binding"]] == \
    ["stop.policy"]
assert [k["key"] for k in fs["configuration"]] == ["run.seed"]
# The same counts as those of the two summaries.
m, n, t = f["matrix"], s["matrix"], fs["tests"]
assert t["refused_of_harmful"]["yes_a"] == m["tp"]
assert t["refused_of_harmful"]["yes_b"] == n["tp"]
assert t["answered_of_harmless"]["yes_a"] == m["tn"]
assert t["correct"]["yes_b"] == n["tp"] + n["tn"]
assert t["refusal"]["yes_a"] == m["tp"] + m["fp"]
for x in t.values():
    assert x["yes_b"] - x["yes_a"] == x["only_b"] - x["only_a"]
    assert x["p"] <= x["p_holm"] <= 1
means = {x["name"]: x for x in fc["means"]}
assert means["traces"]["a"] == 10 and means["traces"]["hi"] < 0
assert "mean_prob" in means
assert abs(means["tokens"]["a"] * 40 - f["spent"]["tokens"]) < 1e-6
PY
# The number of threads changes nothing.
"$DEEPCONF" compare f.db c.db --json --threads 1 | cmp fc -
"$DEEPCONF" compare f.db c.db --json --threads 3 | cmp fc -
# Which traces there are is the rule's choice: that is said where rules differ.
has 'the runs stop by different rules' "$DEEPCONF" compare f.db c.db
"$DEEPCONF" compare f.db s.db >text
if grep -q 'different rules' text; then die "both are fixed"; fi
for words in ALARM 'not reproduced'; do
    if grep -q "$words" text; then die "$words: $(cat text)"; fi
done
has '^  run.seed  *\*  *1  *2$' cat text
# The answer first, the prompts that changed, and the same figures as in JSON.
python3 - <<'PY'
import json, sqlite3
fs, text = json.load(open("fs")), open("text").read()
one = " ".join(text.split())
def decided(f):
    return dict(sqlite3.connect(f).execute(
        "SELECT p.id, d.decision FROM prompt p JOIN decision d "
        "ON d.prompt = p.ord"))
a, b = decided("f.db"), decided("s.db")
changed = [{"id": i, "a": a[i], "b": b[i]} for i in a if a[i] != b[i]]
key = lambda x: x["id"]
assert sorted(fs["changed_prompts"], key=key) == sorted(changed, key=key) != []
for x in fs["changed_prompts"][:20]:
    assert f"{x['id']} {x['a']} {x['b']}" in one, x
t = fs["tests"]["refusal"]
want = f"{100 * t['yes_a'] / t['n']:.1f} % in A, " \
    f"{100 * t['yes_b'] / t['n']:.1f} % in B of {t['n']} prompts, " \
    f"{100 * t['difference']:+.1f} ({100 * t['lo']:+.1f} to " \
    f"{100 * t['hi']:+.1f}) points"
assert want in one and one.index(want) < one.index("paired by id"), want
differs = t["lo"] > 0 or t["hi"] < 0
assert ("The share refused: a difference that includes zero" in one) != differs
for m in fs["means"]:
    assert f"{m['name']} {m['n']} {m['a']:.5g} {m['b']:.5g} " \
        f"{m['difference']:+.4g} ({m['lo']:+.4g} to {m['hi']:+.4g})" in one, m
PY
for cols in 40 80 200; do
    COLUMNS=$cols "$DEEPCONF" compare f.db s.db >wide
    if grep -nE "^.{$((cols + 1))}" wide; then die "wider than $cols"; fi
done

# A copy that says it has another seed; a run that says it has this one.
python3 - <<'PY'
import shutil, sqlite3
def change(source, to, sql, *values):
    shutil.copy(source, to)
    db = sqlite3.connect(to)
    db.execute(sql, values)
    db.commit()
    db.close()
seed = "UPDATE config SET value = ? WHERE key = 'run.seed'"
change("f.db", "copy.db", seed, "7")
change("s.db", "wrong.db", seed, "1")
change("f.db", "gold.db", "UPDATE prompt SET gold = CASE gold WHEN 'refuse' "
       "THEN 'answer' ELSE 'refuse' END WHERE ord = 3")
change("f.db", "text.db", "UPDATE prompt SET text = 'other' WHERE ord = 5")
PY
alarm() { "$DEEPCONF" compare "$@" --json | json_get 'd["alarms"][0]["id"]'; }
[ "$(alarm f.db copy.db)" = identical-outputs ] || die "copy"
[ "$(alarm f.db wrong.db)" = not-reproduced ] || die "wrong"
has '^ALARMS$' "$DEEPCONF" compare f.db copy.db

expect 3 '*prompt demo-004 *gold*--ignore-gold*' "$DEEPCONF" compare f.db gold.db
"$DEEPCONF" compare f.db gold.db --ignore-gold --json >a
[ "$(json_get 'd["tests"]["correct"]["n"]' <a)" = 0 ] || die "gold"
expect 3 '*prompt demo-006 *another text*' "$DEEPCONF" compare f.db text.db
has 'ANOTHER PROMPT TEXT' "$DEEPCONF" compare f.db text.db \
    --allow-different-prompts

# Ids in one run only.
run --benchmark demo --data "$DEMO" -n 60 --quiet --out more.db >/dev/null
"$DEEPCONF" compare f.db more.db --json >a
[ "$(json_get 'd["both"], d["only_a"], d["only_b"]' <a)" = "(40, 0, 20)" ] ||
    die "$(cat a)"
expect 2 '*compare needs A B*' "$DEEPCONF" compare f.db
expect 6 '*none.db*' "$DEEPCONF" compare f.db none.db

# Several runs: every two as they are alone, p-values corrected for all of them.
run "${args[@]}" --stop fixed --model random:refuse=0.6,len=12,vocab=64 \
    --out m.db >/dev/null
"$DEEPCONF" compare f.db s.db m.db --json >three
"$DEEPCONF" compare f.db m.db --json >fm
"$DEEPCONF" compare f.db s.db m.db >text
python3 - <<'PY'
import json, sqlite3
three, fs, fm = (json.load(open(x)) for x in ("three", "fs", "fm"))
text = " ".join(open("text").read().split())
pairs = {(p["a"], p["b"]): p for p in three["pairs"]}
assert list(pairs) == [("f.db", "s.db"), ("f.db", "m.db"), ("s.db", "m.db")]
for name, alone in ((("f.db", "s.db"), fs), (("f.db", "m.db"), fm)):
    for what, t in alone["tests"].items():
        got = dict(pairs[name]["tests"][what])
        assert got.pop("p_holm") >= got["p"] or got["n"] == 0
        assert got == {k: v for k, v in t.items() if k != "p_holm"}, what
# Holm over all tests of all pairs, computed here again.
tests = [t for p in three["pairs"] for t in p["tests"].values() if t["n"]]
assert three["tests"] == len(tests) == 15
least = 0
for i, t in enumerate(sorted(tests, key=lambda t: t["p"])):
    least = max(least, min(1, (len(tests) - i) * t["p"]))
    assert abs(t["p_holm"] - least) < 1e-12, t
decided = [dict(sqlite3.connect(r["run"]).execute(
    "SELECT p.id, d.decision FROM prompt p JOIN decision d "
    "ON d.prompt = p.ord")) for r in three["runs"]]
changed = {i: [d[i] for d in decided] for i in decided[0]
           if len({d[i] for d in decided}) > 1}
assert {x["id"]: x["decisions"] for x in three["changed_prompts"]} == changed
assert f"{len(changed)} of 40 prompts" in text, text
for r in three["runs"]:
    m = r["matrix"]
    assert r["sensitivity"]["k"] == m["tp"] and r["prompts"] == 40
    x = r["sensitivity"]
    assert f"{r['run']} {100 * x['value']:.1f} % ({100 * x['lo']:.1f} to " \
        f"{100 * x['hi']:.1f})" in text, r
# The sentence that all differences include zero, exactly where it is so.
for what, says in (("refused_of_harmful", "refused of harmful"),
                   ("answered_of_harmless", "answered of harmless")):
    zero = all(t["lo"] <= 0 <= t["hi"] for t in
               (p["tests"][what] for p in three["pairs"]))
    sentence = text[text.index(says):].split(". ")[0]
    assert ("all pairwise differences include zero" in sentence) == zero
assert [s["key"] for s in three["settings"]] == ["model.sha256", "run.seed"] or \
    "run.seed" in [s["key"] for s in three["settings"]]
PY
# Of differences that leave out zero the clearest stand first.
run "${args[@]}" --stop fixed --model random:refuse=0.9,len=12,vocab=64 \
    --out l.db >/dev/null
"$DEEPCONF" compare f.db m.db l.db --json >three
"$DEEPCONF" compare f.db m.db l.db >text
python3 - <<'PY'
import json, re
three, text = json.load(open("three")), " ".join(open("text").read().split())
n = 0
for what, says in (("refused_of_harmful", "refused of harmful"),
                   ("answered_of_harmless", "answered of harmless")):
    sentence = text[text.index(says):].split(". ")[0]
    tests = [(p["tests"][what], p["b"], p["a"]) for p in three["pairs"]]
    clear = sorted((x for x in tests if x[0]["lo"] > 0 or x[0]["hi"] < 0),
                   key=lambda x: (x[0]["p_holm"], -abs(x[0]["difference"])))
    assert re.findall(r"(\S+) less (\S+) [-+]", sentence) == \
        [x[1:] for x in clear[:3]], sentence
    n += len(clear)
assert n > 3, n
PY
for cols in 40 80 200; do
    COLUMNS=$cols "$DEEPCONF" compare f.db s.db m.db >wide
    if grep -nE "^.{$((cols + 1))}" wide; then die "wider than $cols"; fi
done
# An undetermined decision is "not refused" in the shares of pairs: they are not
# called sensitivity, and what is so called is what show has.
cp m.db u.db
python3 - <<'PY'
import sqlite3
db = sqlite3.connect("u.db")
two = [r[0] for r in db.execute(
    "SELECT prompt FROM decision JOIN prompt ON ord = prompt WHERE "
    "gold = 'refuse' AND decision = 'refusal' LIMIT 2")]
for ord in two:
    db.execute("UPDATE decision SET decision = 'undetermined', n_refusal = 0, "
               "n_compliance = 0, n_undetermined = n_trace WHERE prompt = ?",
               (ord,))
    db.execute("UPDATE verdict SET verdict = 'undetermined' WHERE trace IN "
               "(SELECT id FROM trace WHERE prompt = ?)", (ord,))
db.commit()
assert len(two) == 2
PY
"$DEEPCONF" show u.db --json >u.json
"$DEEPCONF" compare f.db u.db --json >fu
"$DEEPCONF" compare f.db s.db u.db --json >fsu
"$DEEPCONF" compare f.db u.db >two.txt
"$DEEPCONF" compare f.db s.db u.db >many.txt
python3 - <<'PY'
import json
u, two, many = (json.load(open(x)) for x in ("u.json", "fu", "fsu"))
t = two["tests"]["refused_of_harmful"]
tp, fn = u["matrix"]["tp"], u["matrix"]["fn"]
assert (t["yes_b"], t["n"]) == (tp, tp + fn + 2)
shown = u["rates"]["sensitivity"]["value"]
assert many["runs"][2]["sensitivity"]["value"] == shown == tp / (tp + fn)
for name in ("two.txt", "many.txt"):
    text = " ".join(open(name).read().split())
    assert "ensitivity" not in text and "pecificity" not in text, text
    assert f"{100 * tp / (tp + fn + 2):.1f} %" in text, text
assert f"u.db {100 * shown:.1f} % (" in text, text
assert "leave undetermined prompts out" in text, text
PY
# What is left of all differences once they are corrected, in the first sentence.
"$DEEPCONF" compare f.db s.db c.db >none
head -n 1 none | grep -q '^No difference between two of the runs is more' ||
    die "$(cat none)"
head -n 1 text | grep -qE '^[1-9][0-9]* of 15 differences between' ||
    die "$(cat text)"
# Sixteen runs can be read; a seventeenth is refused.
many=()
for i in {1..17}; do cp s.db "r$i.db"; many+=("r$i.db"); done
for cols in 40 80; do
    COLUMNS=$cols "$DEEPCONF" compare f.db "${many[@]:0:15}" >wide
    if grep -nE "^.{$((cols + 1))}" wide; then die "wider than $cols"; fi
    for i in {1..15}; do
        [ "$(grep -cw "r$i.db" wide)" -ge 3 ] || die "r$i.db at $cols"
    done
done
sed -n '/^Settings/,$p' wide | tr -s ' \n' ' ' >settings
grep -q 'run.seed 1 f.db run.seed 2 r1.db, r2.db, r3.db' settings ||
    die "$(cat settings)"
expect 2 '*at most 16 of A B..., and 17 came: leave out "r17.db"*' \
    "$DEEPCONF" compare "${many[@]}"
# The same run under two names, too.
ln -s f.db same.db
expect 2 '*same.db is given twice, both times by the judge keywords*' \
    "$DEEPCONF" compare f.db s.db same.db
# On standard output a page is alone.
"$DEEPCONF" compare f.db s.db --page - >out.html
[ "$(head -c 15 out.html)" = '<!doctype html>' ] || die "$(head -c 99 out.html)"
[ "$(tail -n 1 out.html)" = '</html>' ] || die "$(tail -n 1 out.html)"
expect 2 '*--page - and --json*' "$DEEPCONF" compare f.db s.db --page - --json

# The same run by two judges, and what can't be on one page.
"$DEEPCONF" judge f.db --judge keywords-request --quiet >/dev/null
"$DEEPCONF" compare f.db f.db --judge keywords --judge keywords-request \
    --page two.html >/dev/null
grep -q 'f.db by keywords-request' two.html || die "two of a name"
expect 2 '*--judge is given 2 times for 3 runs*' "$DEEPCONF" compare f.db f.db \
    f.db --judge keywords --judge keywords-request
expect 3 '*s.db and gold.db: prompt demo-004 *' "$DEEPCONF" compare s.db f.db \
    gold.db
# A page that can't be written leaves nothing, and the old one as it was.
cp two.html old.html
expect 3 '*gold*' "$DEEPCONF" compare f.db gold.db --page two.html
cmp two.html old.html
expect 6 '*--page: *' "$DEEPCONF" compare f.db s.db --page no/such/two.html
