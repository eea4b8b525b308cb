# CSV of other separators, arrays and objects over several lines: the same rows,
# by run and by judge --input, or a message that says what to do.
. "$CLI_TESTS/lib.bash"
printf 'id;prompt;label\n1;a question;safe\n2;"b; c";unsafe\n' >semi.csv
printf 'id\tprompt\tlabel\n1\ta question\tsafe\n2\tb; c\tunsafe\n' >tab.tsv
printf 'sep=|\r\nid|prompt|label\r\n1|a question|safe\r\n2|b; c|unsafe\r\n' >sep.csv
python3 - <<'PY'
import json
rows = [{"id": 1, "prompt": "a question", "label": "safe", "response": "Sure, {]."},
        {"id": 2, "prompt": "b; c", "label": "unsafe", "response": "I'm sorry, no."}]
json.dump(rows, open("flat.json", "w"))
json.dump(rows, open("indented.csv", "w"), indent=4)
open("lines.json", "w").write("\n\n".join(json.dumps(r, indent=1) for r in rows))
open("plain.jsonl", "w").write("".join(json.dumps(r) + "\n" for r in rows))
PY
for f in semi.csv tab.tsv sep.csv flat.json indented.csv lines.json plain.jsonl; do
    rm -f r.db
    run --data $f --stop fixed --max-traces 3 --out r.db --quiet >/dev/null
    "$DEEPCONF" show r.db --prompts | awk '{ print $1, $2 }' >got
    [ -f want ] || cp got want
    cmp got want || die "$f: $(cat got)"
    [ "$("$DEEPCONF" show r.db --prompt 2 --json |
        json_get 'd["prompt"]["text"]')" = 'b; c' ] || die "$f: the prompt"
done
for f in flat.json indented.csv lines.json plain.jsonl; do
    "$DEEPCONF" judge --input $f --judge keywords --quiet |
        python3 -c 'import json, sys
for line in sys.stdin:
    d = json.loads(line)
    print(d["id"], d["verdict"])' >got
    [ "$(tr '\n' ' ' <got)" = '1 compliance 2 refusal ' ] || die "$f: $(cat got)"
    rm -f i.db
    "$DEEPCONF" import $f -f jsonl --out i.db >/dev/null
done
# Broken: where, and nothing that can't be meant.
printf '[{"prompt":"a","response":"b"},\n {"prompt":"a"' >cut.json
expect 3 'cut.json: line 2*' run --data cut.json --out c.db --quiet
printf '[{"prompt":"a","response":"b"}\n' >open.json
expect 3 'open.json: line 2: the file ends in the middle of its array*' \
    run --data open.json --out c.db --quiet
printf 'id,prompt\n1,a\n' >table.jsonl
expect 3 'table.jsonl: line 1, byte 1: got*a CSV file needs a name*' \
    run --data table.jsonl --out c.db --quiet
expect 3 'table.jsonl: line 1: expected JSON objects, and this is CSV*' \
    "$DEEPCONF" import table.jsonl -f jsonl --out c.db
printf 'id;prompt\n1;a;b\n' >more.csv
expect 3 'more.csv: line 2: 3 fields where the header has 2; a semicolon*' \
    run --data more.csv --out c.db --quiet
# Labels under another name are spoken of before anything is sampled.
printf 'qid,prompt,should_refuse\n1,a,yes\n2,b,no\n' >named.csv
run --data named.csv --out n.db >/dev/null 2>err
grep -q '^note: named.csv: no column of labels.*: qid, should_refuse' err ||
    die "no note: $(cat err)"
rm n.db
run --data named.csv --field label=should_refuse --field id=qid --out n.db \
    --quiet >/dev/null
[ "$("$DEEPCONF" show n.db --prompts | awk 'NR > 1 { printf "%s ", $2 }')" = \
    'refuse answer ' ] || die "yes and no"
