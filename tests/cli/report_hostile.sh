# Hostile text in every file of a report and of the exports: nothing that acts
# on a terminal or hides, as bytes; JSON readers read it whole all the same.
. "$CLI_TESTS/lib.bash"
command -v gnuplot >/dev/null || { echo "SKIP: gnuplot is not installed"; exit 77; }
cat >make.py <<'PY'
import pathlib, sys
sys.path.insert(0, sys.argv[1])
import hostile
hostile.write(pathlib.Path("."))
PY
python3 make.py "$REPO/tests/page"
"$DEEPCONF" run --backend fake --model script:hostile.json --data hostile.jsonl \
    --max-traces 2 --min-traces 1 --stop fixed --out r.db --quiet >/dev/null
"$DEEPCONF" judge r.db --judge keywords-request --quiet >/dev/null
"$DEEPCONF" report r.db --out report >/dev/null
"$DEEPCONF" verify report --run r.db >/dev/null
mkdir more
"$DEEPCONF" show r.db --json >more/show.json
"$DEEPCONF" show r.db --prompts --json >more/prompts.json
"$DEEPCONF" judge r.db --json >more/judge.json
"$DEEPCONF" judge --input hostile.jsonl --response-field prompt --out more/j.jsonl \
    >/dev/null 2>&1 || rm -f more/j.jsonl
for f in jsonl csv inspect; do
    "$DEEPCONF" export r.db -f $f --out more/r.$f >/dev/null
done
"$DEEPCONF" export r.db -f lm-eval --out more/lm >/dev/null
"$DEEPCONF" export r.db -f garak --out more/garak >/dev/null
cat >check.py <<'PY'
import json, os, re, sys
sys.path.insert(0, sys.argv[1])
import hostile
BAD = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f"
                 "\u2028-\u202e\u2066-\u2069]")
HID = re.compile("[\xad\u180e\u200b-\u200d\u2060-\u2064\ufeff\ufff9-\ufffb"
                 "\U000e0000-\U000e007f]")
n = 0
for top in ("report", "more"):
    for folder, _, files in os.walk(top):
        for name in files:
            path = os.path.join(folder, name)
            if name.endswith(".png"):
                continue
            text = open(path, encoding="utf-8", newline="").read()
            n += 1
            for what in (BAD,) + ((HID,) if not name.endswith("csv") else ()):
                m = what.search(text)
                assert not m, (path, m.start(), ascii(text[m.start() - 40:m.end() + 20]))
            if name.endswith((".json", ".ipynb", ".inspect")):
                json.loads(text)
            if name.endswith("jsonl"):
                [json.loads(line) for line in text.splitlines()]
assert n > 30, n
want = list(hostile.ATTACKS.values())
got = [json.loads(x) for x in open("report/predictions.jsonl", encoding="utf-8")]
assert [p["prompt"] for p in got[:len(want)]] == want
assert [p["traces"][0]["text"] for p in got[:len(want)]] == [f"I'm sorry, {t}" for t in want]
PY
python3 check.py "$REPO/tests/page"
