# Fields of prompts in what is exported, and those that --keep takes of an input.
. "$CLI_TESTS/lib.bash"
fields() { # FILE: "id name=value" a line
    python3 - "$1" <<'PY'
import sqlite3, sys
for r in sqlite3.connect(sys.argv[1]).execute(
        "select p.id, name, value from field join prompt p on p.ord = prompt"
        " order by p.id, name"):
    print(f"{r[0]} {r[1]}={r[2]!r}")
PY
}
python3 - <<'PY'
import csv
with open("d.csv", "w", newline="") as f:
    w = csv.writer(f)
    w.writerow(["id", "prompt", "label", "=lang", "n"])
    w.writerows([["a", "one", "safe", "=1+1", ""], ["b", "two", "unsafe", "\x1b[31m\"", "3"]])
PY
run --data d.csv --keep =lang --keep n --max-traces 3 --quiet --out r.db >/dev/null
fields r.db >want
[ "$(wc -l <want)" = 3 ] || die "$(cat want)"

# Our own format gives them back; a file without them is as before.
"$DEEPCONF" export r.db --format deepconf --out r.jsonl
"$DEEPCONF" import r.jsonl --format deepconf --out back.db >/dev/null
fields back.db | cmp - want || die 'deepconf'
"$DEEPCONF" export back.db --format deepconf --out again.jsonl
tail -n +2 r.jsonl >one
tail -n +2 again.jsonl | cmp - one || die 'not the same again'
for bad in '[]' '{"n": 3}' '{"n": ""}' '{"": "x"}' '{"n": "a\u0000"}'; do
    python3 - "$bad" <<'PY'
import sys
lines = open("r.jsonl").read().split("\n")
lines[1] = lines[1].replace('"fields":{', '"fields":' + sys.argv[1] + ',"x":{', 1)
open("bad.jsonl", "w").write("\n".join(lines))
PY
    expect 3 'bad.jsonl: line 2*"fields": expected *' \
        "$DEEPCONF" import bad.jsonl --format deepconf --out bad.db
    [ ! -e bad.db ] || die 'a file of a failed import'
done

# A table has a column for each, and no formula.
"$DEEPCONF" export r.db --format csv --out r.csv
python3 - <<'PY'
import csv
rows = list(csv.DictReader(open("r.csv", newline="")))
assert list(rows[0])[-2:] == ["field_=lang", "field_n"], list(rows[0])
assert rows[0]["field_=lang"] == "'=1+1" and rows[0]["field_n"] == "", rows[0]
assert rows[-1]["field_n"] == "3" and "\x1b" not in rows[-1]["field_=lang"]
PY

# Inspect: in the metadata, and back from there.
"$DEEPCONF" export r.db --format inspect --out r.json
"$DEEPCONF" import r.json --format inspect --keep =lang --keep n --out i.db >/dev/null
fields i.db | cmp - want || die "inspect: $(fields i.db)"
expect 3 '*no sample'"'"'s metadata has "no", which --keep names' \
    "$DEEPCONF" import r.json --format inspect --keep no --out x.db

cat >in.jsonl <<'JSON'
{"id": "a", "prompt": "p", "response": "Sure.", "topic": " arms ", "n": 7, "list": [1]}
{"id": "a", "prompt": "p", "response": "No.", "lang": "en"}
{"id": "b", "prompt": "q", "response": "I can't.", "topic": null, "list": "x"}
JSON
"$DEEPCONF" import in.jsonl --format jsonl --keep topic --keep lang --keep n --keep list \
    --field category=topic --out j.db >out
fields j.db >got
printf "a lang='en'\na n='7'\na topic='arms'\nb list='x'\n" | cmp - got || die "$(cat got)"
grep -q 'list.* that is a list or an object' out || die "$(cat out)"
has '^Refusals of prompts without a gold label, by lang' "$DEEPCONF" show j.db --by lang
has 'by topic' "$DEEPCONF" show j.db --by category
expect 3 '*no object has "no", which --keep names' \
    "$DEEPCONF" import in.jsonl --format jsonl --keep no --out x.db
expect 2 '*--keep category: the field of that name*' \
    "$DEEPCONF" import in.jsonl --format jsonl --keep category --out x.db
expect 2 '*--keep n is given twice' \
    "$DEEPCONF" import in.jsonl --format jsonl --keep n --keep n --out x.db
expect 2 '*--keep has no effect on --format deepconf*' \
    "$DEEPCONF" import r.jsonl --format deepconf --keep n --out x.db
printf '{"id":"a","prompt":"p","response":"Sure.","t":"x"}\n{"id":"a","prompt":"p","response":"No.","t":"y"}\n' >two.jsonl
expect 3 'two.jsonl: line 2: the id "a" has the t "y" here and "x" before (line 1)*' \
    "$DEEPCONF" import two.jsonl --format jsonl --keep t --out x.db
printf '{"prompt":"p","response":"Sure.","t":"x","t":"y"}\n' >twice.jsonl
expect 3 'twice.jsonl: line 1: the object has the key "t" more than once*' \
    "$DEEPCONF" import twice.jsonl --format jsonl --keep t --out x.db
python3 -c 'import json; print(json.dumps({"prompt": "p", "response": "r", "t": "x" * 1025}))' >long.jsonl
expect 3 'long.jsonl: line 1: a value of 1025 bytes under "t"*' \
    "$DEEPCONF" import long.jsonl --format jsonl --keep t --out x.db
python3 - <<'PY'
import json
doc = {"id": "x", "prompt": "hi", "kind": "k1"}
json.dump({"doc_id": 0, "doc": doc, "target": "", "arguments": {"gen_args_0": {"arg_0": "hi", "arg_1": {}}},
           "resps": [["Sure."]], "filtered_resps": ["Sure."], "filter": "none"},
          open("samples_t.jsonl", "w"))
PY
"$DEEPCONF" import samples_t.jsonl --format lm-eval --keep kind --out l.db >/dev/null
[ "$(fields l.db)" = "x kind='k1'" ] || die "lm-eval: $(fields l.db)"
