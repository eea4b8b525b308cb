# `deepconf judge` on a run file: a second judge, resumed, other versions.
. "$CLI_TESTS/lib.bash"
run --judge keywords-request --benchmark demo --data "$DEMO" -n 40 \
    --out r.db --quiet >/dev/null

# The judge that the run has: nothing to do, and the table.
"$DEEPCONF" judge r.db --judge keywords-request >t 2>err
grep -q 'nothing to do' err || die "said: $(cat err)"
"$DEEPCONF" judge r.db | diff t -
"$DEEPCONF" judge r.db --json | json_get '[len(d["judges"]), d["agreement"]]' |
    diff <(echo '[1, []]') -

# As if the run had another judge, which says partial for refusal; then a second
# one gives the same sides.
sql r.db <<'SQL'
UPDATE config SET value = 'first' WHERE key IN ('judge', 'judge.spec');
UPDATE verdict SET judge = 'first';
UPDATE verdict SET verdict = 'partial' WHERE verdict = 'refusal';
SQL
cp r.db before.db
"$DEEPCONF" judge r.db -j keywords-request --quiet --json >j.json 2>err
[ ! -s err ] || die "--quiet said: $(cat err)"
[ ! -e r.db-lock ] && [ ! -e r.db-wal ] || die "left over: $(ls)"
python3 - <<'PY'
import json, sqlite3
d = json.load(open("j.json"))
first, second = d["judges"]
assert first["judge"] == "first" and first["own"] and not second["own"]
assert second["judge"] == "keywords-request" and second["version"] == "1"
n = d["traces"]
assert first["traces"] == second["traces"] == n
assert first["verdicts"]["partial"] == second["verdicts"]["refusal"] > 0
assert first["decisions"] == second["decisions"]
assert sum(first["decisions"].values()) == d["decided_prompts"] == 40
(p,) = d["agreement"]
assert p["traces"]["n"] == p["traces"]["agree"] == n
assert p["traces"]["kappa"] == p["prompts"]["kappa"] == 1
rows = lambda f, sql: sqlite3.connect(f).execute(sql).fetchall()
own = "SELECT * FROM verdict WHERE judge = 'first'"
assert rows("before.db", own) == rows("r.db", own)
q = "SELECT * FROM decision"
assert rows("before.db", q) == rows("r.db", q)
PY

# The same for people.
COLUMNS=80 "$DEEPCONF" judge r.db >t
for row in 'first  *0  *[1-9][0-9]*  *[1-9][0-9]*  *0  *1' \
    'keywords-request  *[1-9][0-9]*  *0  *[1-9][0-9]*  *0  *1' \
    "first is the run's own judge" \
    'first  *keywords-request  *traces  *100.0 %  *\([0-9]*\) of \1  *1.000  *0' \
    'first  *keywords-request  *prompts  *100.0 %  *40 of 40  *1.000  *0'; do
    has "^  $row\$" cat t
done

# Interrupted: the rest is judged, and what is there is left alone.
cp r.db part.db
sql part.db <<'SQL'
DELETE FROM verdict WHERE judge = 'keywords-request' AND trace % 3 = 0;
UPDATE verdict SET rule = 'kept' WHERE judge = 'keywords-request' AND trace = 1;
SQL
has 'has judged [0-9]* of [0-9]* traces' "$DEEPCONF" judge part.db
"$DEEPCONF" judge part.db -j keywords-request >t 2>err
grep -q 'traces judged in .* before$' err || die "said: $(cat err)"
python3 - <<'PY'
import sqlite3
q = "SELECT trace, verdict FROM verdict WHERE judge = 'keywords-request'"
a, b = (sqlite3.connect(f).execute(q).fetchall() for f in ("r.db", "part.db"))
assert a == b
(x,) = sqlite3.connect("part.db").execute(
    "SELECT rule FROM verdict WHERE judge = 'keywords-request' AND trace = 1")
assert x == ("kept",)
PY

# Another version: --again alone replaces it, and a mixture is told.
sql part.db <<'SQL'
UPDATE verdict SET version = '0.9' WHERE judge = 'keywords-request' AND trace > 5;
SQL
has 'of several versions' "$DEEPCONF" judge part.db
expect 2 'part.db: * verdicts by keywords-request of version 0.9, and this is version 1: --again replaces them' \
    "$DEEPCONF" judge part.db -j keywords-request -q
"$DEEPCONF" judge part.db -j keywords-request --again -q --json |
    json_get '[(x["version"], x["traces"] == d["traces"]) for x in d["judges"]]' |
    diff <(echo "[('1', True), ('1', True)]") -

# The run's own verdicts are not replaced: its decisions rest on them.
cp before.db own.db
sql own.db <<'SQL'
UPDATE config SET value = 'keywords-request' WHERE key IN ('judge', 'judge.spec');
UPDATE config SET value = '0.5' WHERE key = 'judge.version';
UPDATE verdict SET judge = 'keywords-request', version = '0.5';
SQL
expect 2 '*own judge, in version 0.5*' \
    "$DEEPCONF" judge own.db -j keywords-request --again -q

# What can't be.
expect 2 '--judge: there is no judge "phrase10"; did you mean phrases10?' \
    "$DEEPCONF" judge r.db -j phrase10
expect 2 '--judge: "b.json" behind "cascade=a," is no judge: a comma parts judges*' \
    "$DEEPCONF" judge r.db -j cascade=a,b.json
expect 2 '--judge: there is no judge "b.json"*' "$DEEPCONF" judge r.db -j keywords,b.json
expect 2 '--judge: there is no judge ""*' "$DEEPCONF" judge r.db -j keywords,
expect 2 '*would both be stored as keywords-request*' \
    "$DEEPCONF" judge r.db -j keywords-request -j keywords-request
expect 6 'nope.db: no such file*' "$DEEPCONF" judge nope.db -j keywords-request
[ ! -e nope.db ] || die "made a run file"
expect 2 'judge needs a run file*' "$DEEPCONF" judge
expect 2 '--again has no effect*' "$DEEPCONF" judge r.db --again
expect 2 '--out has no effect*' "$DEEPCONF" judge r.db --out x
expect 2 'a run file and --input*' "$DEEPCONF" judge r.db --input x
cp before.db bad.db
sql bad.db <<<'DELETE FROM trace WHERE id = 3;'
expect 5 'bad.db: *' "$DEEPCONF" judge bad.db -j keywords-request -q
