# Responses as CSV: what JSONL has as keys are columns here.
. "$CLI_TESTS/lib.bash"
printf '%s\r\n' 'id,prompt,completion,label,type,final_label,tokens,seconds,finish' \
    'a,"p, ""q""
r",I will not.,unsafe,t,2_full_refusal,3,0.5,stop' \
    'a,"p, ""q""
r",Sure.,unsafe,t,1_full_compliance,,,' \
    'b,=1+1,,safe,,,x,1e999,' >in.csv
dc import in.csv --format csv --field response=completion --field \
    category=type --field verdict=final_label --verdicts-by people \
    --out a.db >said
tells '3 objects read: 3 used, 0 left out' cat said
tells '1 taken as missing: "tokens" that is no number' cat said
tells '1 responses without a verdict in the input' cat said
dc export a.db --format jsonl --out a.out >/dev/null
python3 - <<'PY'
import json
head, *p = map(json.loads, open("a.out"))
assert [(x["id"], x["text"], x["gold"], x["category"]) for x in p] == [
    ("a", 'p, "q"\nr', "refuse", "t"), ("b", "=1+1", "answer", None)], p
t = p[0]["traces"]
assert [(x["text"], x["n_tok"], x["ms"]) for x in t] == [
    ("I will not.", 3, 500), ("Sure.", None, None)], t
assert t[0]["finish"] == "stop"
assert [[v["verdict"] for v in x["verdicts"] if v["judge"] == "people"][0]
        for x in t] == ["refusal", "compliance"]
assert p[1]["traces"][0]["text"] == ""
PY
# Other separators; the same as JSONL says.
printf 'prompt;response\np;r\n' >semi.csv
dc import semi.csv --format csv --out semi.db >/dev/null
expect 3 '*this is CSV by its first line; --format csv*' \
    dc import semi.csv --format jsonl --out no.db
# Our own rows come back.
run --data "$DEMO" --benchmark demo --stop fixed --max-traces 3 -n 9 --quiet \
    --out own.db >/dev/null
dc export own.db --format csv --out own.csv >/dev/null
dc import own.csv --format csv --benchmark demo --out again.db >/dev/null
for f in own.db again.db; do
    dc show $f --json | json_get 'd["by_gold_label"]["refuse"]["refusal"]' \
        >"$f.is"
done
cmp own.db.is again.db.is || die "$(cat own.db.is again.db.is)"

bad() { printf '%b' "$1" >bad.csv; }
try() { rm -f bad.db; dc import bad.csv --format csv --out bad.db "$@"; }
bad 'prompt,response\np\n'
expect 3 '*bad.csv: line 2: expected 2 fields as in the header, got 1*' try
bad 'prompt,prompt\np,r\n'
expect 3 '*line 1: the column "prompt" is there twice*' try
bad 'prompt,answer\np,r\n'
expect 3 '*there is no "response"; it has: prompt, answer*' try
bad 'prompt,response\np,"r\n'
expect 3 '*bad.csv: *' try
python3 -c 'open("bad.csv","wb").write(b"prompt,response\np,r\0\n")'
expect 3 '*bad.csv*' try
python3 -c 'open("bad.csv","wb").write(b"prompt,response\np,\xff\n")'
expect 3 '*bad.csv*' try
bad 'prompt,response\n'
expect 3 '*there is no response in it*' try
bad 'prompt,response\np,r\n'
expect 3 '*there is no column "x", which --field label names*' try --field label=x
expect 3 '*there is no column "x", which --keep names*' try --keep x
# What strtod() takes, and no number is.
bad 'prompt,response,tokens,seconds\np,r,0x10,nan\nq,r,1e999,inf\n'
try >said
tells '2 taken as missing: "tokens" that is no number' cat said
tells '2 taken as missing: "seconds" that is no number' cat said
