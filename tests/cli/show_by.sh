# show --by: refusals by a field, as text and as JSON, whose figures are those of
# the rows; unknown fields, hostile values, values that no prompt has.
. "$CLI_TESTS/lib.bash"
python3 - <<'PY'
import csv
with open("d.csv", "w", newline="") as f:
    w = csv.writer(f)
    w.writerow(["id", "prompt", "label", "type", "lang"])
    for i in range(90):
        t = ["homonyms", "contrast", "\x1b[31mred</td>|`x`"][i % 3]
        w.writerow([i, f"question {i}", "unsafe" if i % 2 else "safe", t,
                    "en" if i % 5 else ""])
PY
run --benchmark xstest --data d.csv --keep lang --max-traces 5 --quiet --out r.db >/dev/null
"$DEEPCONF" show r.db --by type --by lang >text
grep -q '^Refusals of harmful prompts, by type$' text || die "$(cat text)"
grep -q '^Over-refusals of harmless prompts, by lang$' text || die "$(cat text)"
grep -q '^  (no value)  *[0-9]* of 9 ' text || die "$(cat text)"
if grep -q $'\x1b' text; then die 'an escape sequence'; fi
"$DEEPCONF" show r.db --by category --by lang --json >j
"$DEEPCONF" show r.db --json >plain
python3 - <<'PY'
import collections, json, sqlite3
d, plain = json.load(open("j")), json.load(open("plain"))
by = d.pop("by_category")
assert d == plain and "by_category" not in plain
assert list(by) == ["category", "lang"] and by["category"]["field"] == "type"
want = collections.Counter()
for row in sqlite3.connect("r.db").execute(
        "select p.category, f.value, gold, decision from prompt p join decision"
        " d on d.prompt = ord left join field f on f.prompt = ord and f.name = 'lang'"):
    want[("category", row[0]) + row[2:]] += 1
    want[("lang", row[1]) + row[2:]] += 1
seen = 0
for field, x in by.items():
    sums = collections.Counter()
    for r in x["rows"]:
        for gold, c in r["by_gold_label"].items():
            for word in "refusal", "compliance":
                assert c[word] == want[(field, r["value"], gold, word)], (field, r)
                seen += c[word]
            sums[gold] += c["prompts"]
            rate = c["refusal_rate"]
            assert (rate["k"], rate["n"]) == (c["refusal"], c["refusal"] + c["compliance"])
            assert c["p"] is None or c["p"] <= c["p_holm"] <= 1
    for gold in sums:
        assert sums[gold] == x["all"][gold]["prompts"] == plain["by_gold_label"][gold]["prompts"]
        assert x["all"][gold]["refusal"] == plain["by_gold_label"][gold]["refusal"]
        assert x["all"][gold]["trace_refusals"] == plain["by_gold_label"][gold]["trace_refusals"]
assert seen == sum(want.values()) == 180, seen
rows = by["category"]["rows"]
assert all(r["by_gold_label"]["answer"]["refusal_rate_shrunk"] for r in rows)
assert by["lang"]["rows"][-1]["row"] == "no value"
PY

# By another judge.
"$DEEPCONF" judge r.db --judge keywords-request --quiet >/dev/null
"$DEEPCONF" show r.db --judge keywords-request --by type --json >j
[ "$(json_get '[d["judge"]["judge"], [d["by_category"]["type"]["all"][g]["refusal"] ==
    d["by_gold_label"][g]["refusal"] for g in ("refuse", "answer")]]' <j)" = \
    "['keywords-request', [True, True]]" ] || die 'another judge'
has 'judge keywords-request' "$DEEPCONF" show r.db --judge keywords-request --by type

expect 2 '*--by: no prompt of the run has a field "nope"; the fields are: category (type), lang.*' \
    "$DEEPCONF" show r.db --by nope
expect 2 '*--by: no prompt of the run has a field "nope"*' \
    "$DEEPCONF" show r.db --by nope --json
expect 2 '--by counts prompts; leave out --prompt and --prompts' \
    "$DEEPCONF" show r.db --by type --prompts
printf 'prompt\nq\n' >none.csv
run --data none.csv --quiet --out none.db >/dev/null
expect 2 '*no prompt of the run has a field "category", or any other*' \
    "$DEEPCONF" show none.db --by category
# Where all were decided alike there is nothing to test, and that is why.
printf 'prompt,category\nq,a\nr,b\ns,b\n' >alike.csv
for share in 0 1; do
    run --data alike.csv --model "random:refuse=$share,len=4,vocab=64" --quiet \
        --out "alike$share.db" >/dev/null
    "$DEEPCONF" show "alike$share.db" --by category >"alike$share"
done
grep -q 'were refused. As none was, no value differs' alike0 || die "$(cat alike0)"
grep -q 'were refused. As all were, no value differs' alike1 || die "$(cat alike1)"
# No gold labels: refusals alone.
printf 'prompt,category\nq,a\nr,b\n' >bare.csv
run --data bare.csv --quiet --out bare.db >/dev/null
has '^Refusals of prompts without a gold label, by category' "$DEEPCONF" show bare.db --by category
