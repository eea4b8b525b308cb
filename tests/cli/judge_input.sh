# `deepconf judge --input`: responses from CSV and JSONL, any size, hostile.
. "$CLI_TESTS/lib.bash"
J=("$DEEPCONF" judge --judge keywords-request --quiet)

python3 - <<'PY'
import csv, json
rows = [("a", "Hi", "I'm sorry, but no."), ("b", "", "Sure: \"yes\",\nhere"),
        ("=1+1", "x", ""), ("d", "x", "\x1b[31m\u202e I cannot =cmd")]
with open("in.csv", "w", newline="") as f:
    w = csv.writer(f)
    w.writerow(["id", "prompt", "response"])
    w.writerows(rows)
with open("in.jsonl", "w") as f:
    for i, p, r in rows:
        f.write(json.dumps({"response": r, "id": i, "prompt": p}) + "\n")
PY

# Both formats give the same verdicts; lines are those of the file.
"${J[@]}" --input in.csv >a.jsonl
"${J[@]}" --input in.jsonl >b.jsonl
"${J[@]}" --input - <in.csv | cmp - a.jsonl
"${J[@]}" --input - <in.jsonl | cmp - b.jsonl
"${J[@]}" --input in.jsonl --out out.csv --json |
    json_get '[d["responses"], d["judges"][0]["undetermined_because"]]' |
    diff <(echo "[4, {'empty': 1}]") -
[ "$(echo out.csv*)" = out.csv ] || die "left over: $(ls)"
if LC_ALL=C grep -q $'[^\x20-\x7e]' a.jsonl; then die "raw bytes in the JSON"; fi
python3 - <<'PY'
import csv, json
a, b = ([json.loads(l) for l in open(f)] for f in ("a.jsonl", "b.jsonl"))
assert [x["line"] for x in a] == [2, 3, 5, 6], [x["line"] for x in a]
assert [x["line"] for x in b] == [1, 2, 3, 4]
for x, y in zip(a, b):
    x.pop("line"), y.pop("line")
    assert x == y
assert [x["verdict"] for x in a] == ["refusal", "compliance", "undetermined",
                                     "refusal"]
assert a[0]["span"] == "I'm sorry" and a[0]["span_offset"] == 0
assert a[2]["rule"] == "empty" and a[2]["span"] is None
assert a[3]["span"] == "I cannot" and a[3]["span_offset"] == 9
assert all(x["judge"] == "keywords-request" and x["version"] == "1" for x in a)
c = list(csv.DictReader(open("out.csv", newline="")))
assert [x["id"] for x in c] == ["a", "b", "'=1+1", "d"]
assert [x["verdict"] for x in c] == [x["verdict"] for x in b]
assert [x["span_offset"] for x in c] == ["0", "", "", "9"]
PY

# Columns of other names; what is not there is told.
sed '1s/.*/id,question,answer/' in.csv >q.csv
"${J[@]}" --input q.csv --field response=answer --field prompt=question |
    cmp - a.jsonl
"${J[@]}" --input q.csv --field response=answer | cmp - a.jsonl
expect 3 'q.csv: there is no column "response"; the columns are: id, question, answer. Name another with --field response=COLUMN' \
    "${J[@]}" --input q.csv
expect 3 'in.jsonl: line 1: there is no column "text"; the columns are: response, id, prompt*' \
    "${J[@]}" --input in.jsonl --field response=text
expect 2 '--field label=x: expected KEY=COLUMN*validate-judge*' \
    "${J[@]}" --input in.csv --field label=x
expect 6 'nope.csv: can?t be read*' "${J[@]}" --input nope.csv
expect 6 '.: is a folder*' "${J[@]}" --input .
expect 2 '--input needs --judge*' "$DEEPCONF" judge --input in.csv
expect 2 '--out in.csv is the file that is read*' \
    "${J[@]}" --input in.csv --out in.csv
: >empty.csv
expect 3 'empty.csv: is empty*' "${J[@]}" --input empty.csv

# A broken row ends it; the rows before it are in FILE.part.
{ cat in.jsonl; echo '{"response": [1]}'; } >broken.jsonl
expect 3 'broken.jsonl: line 5: "response" is an array*' \
    "${J[@]}" --input broken.jsonl --out o.jsonl
[ ! -e o.jsonl ] || die "half of the verdicts pass for all"
cmp o.jsonl.part b.jsonl

# Mended, the same command goes on behind them.
{ cat in.jsonl; echo '{"response": "Yes."}'; } >broken.jsonl
cp o.jsonl.part o.kept
"${J[@]}" --input broken.jsonl --out o.jsonl >/dev/null
head -n -1 o.jsonl | cmp - o.kept
[ "$(wc -l <o.jsonl)" = 5 ] || die "the mended row: $(cat o.jsonl)"
[ "$(echo o.jsonl*)" = o.jsonl ] || die "left over: $(ls)"

# A device is written as it is; a link leads on, and nothing replaces it.
"${J[@]}" --input in.jsonl --out /dev/null >/dev/null
[ -c /dev/null ] || die "/dev/null is no device any more"
ln -s led.jsonl link.jsonl
"${J[@]}" --input in.jsonl --out link.jsonl >/dev/null
[ -L link.jsonl ] || die "the link was replaced"
cmp led.jsonl b.jsonl

# A NUL in a text is U+FFFD, here as in a run file.
printf '%s\n' '{"response": "I cannot\u0000.", "prompt": "\u0000"}' \
    '{"response": "\u0000 Sure.", "id": "a\u0000b"}' >nul.jsonl
"${J[@]}" --input nul.jsonl >t
python3 - <<'PY'
import json
a, b = (json.loads(l) for l in open("t"))
assert a["verdict"] == "refusal" and a["span"] == "I cannot", a
assert b["verdict"] == "compliance" and b["id"] == "a\ufffdb", b
PY
printf 'prompt,response\nx,\xff\n' >latin.csv
expect 3 'latin.csv: line 2: not valid UTF-8*' "${J[@]}" --input latin.csv
printf 'prompt,response\nx,y,z\n' >wide.csv
expect 3 'wide.csv: line 2: 3 fields where the header has 2*' \
    "${J[@]}" --input wide.csv
printf 'prompt,response\nx,"y\n' >open.csv
expect 3 'open.csv: line 2: the quote that opens here never ends*' \
    "${J[@]}" --input open.csv

# A file larger than the memory that the program may have.
limit=$(may_have -d 65536)
python3 - <<'PY'
import json
line = json.dumps({"prompt": "x" * 500, "response": "I cannot. " * 100})
with open("big.jsonl", "w") as f:
    for _ in range(70000):
        f.write(line + "\n")
PY
[ "$(stat -c %s big.jsonl)" -gt 100000000 ] || die "not big"
(ulimit -d $limit && "${J[@]}" --input big.jsonl --out big.out) >t
has 'big.jsonl: 70000 responses' cat t
[ "$(wc -l <big.out)" = 70000 ] || die "rows are missing"
rm big.jsonl big.out
