# Text from data and models is text in every format: nothing acts on a terminal
# or a spreadsheet, nothing is lost where the format promises so.
. "$CLI_TESTS/lib.bash"
python3 - <<'PY'
import json
evil = ['=cmd|" /C calc"!A0', "+1", "-2", "@x", "\t=1", "'quoted", " =1",
        "</script><script>alert(1)</script>", "\x1b]0;t\x07\x1b[31mred",
        "\u202eevil\u2066 \u2028line", 'a"b,c\nd\re', "\U0001f600 na\u00efve",
        "\u009b31m", "x" * 1000000]
json.dump({"prompts": [{"text": t, "traces": [{"tokens": [t, " tail"]}]}
                       for t in evil]}, open("script.json", "w"))
with open("d.jsonl", "w") as f:
    for i, t in enumerate(evil):
        f.write(json.dumps({"id": f"=id{i}", "prompt": t,
                            "category": "=c\x1b", "label": "unsafe"}) + "\n")
json.dump(evil, open("evil.json", "w"))
PY
"$DEEPCONF" run --backend fake --model script:script.json --data d.jsonl \
    --max-traces 1 --min-traces 1 --stop fixed --out r.db --quiet >/dev/null
for f in jsonl csv inspect; do "$DEEPCONF" export r.db -f $f --out r.$f; done
"$DEEPCONF" export r.db -f lm-eval --out lm
"$DEEPCONF" export r.db -f garak --out ga
python3 - <<'PY'
import csv, glob, json, unicodedata
evil = json.load(open("evil.json"))
want = [t + " tail" for t in evil]
assert [json.loads(x)["traces"][0]["text"] for x in list(open("r.jsonl"))[1:]] == want
log = json.load(open("r.inspect"))
assert [s["output"]["completion"] for s in log["samples"]] == want
assert [s["input"] for s in log["samples"]] == evil
lm = [json.loads(x) for x in open(glob.glob("lm/samples*")[0])]
assert [d["resps"] for d in lm] == [[[t]] for t in want]
ga = [json.loads(x) for x in open("ga/deepconf.report.jsonl")]
assert [x["outputs"][0]["text"] for x in ga if x.get("status") == 2] == want
csv.field_size_limit(10 ** 8)
rows = list(csv.DictReader(open("r.csv", newline="", encoding="utf-8")))
assert len(rows) == len(want)
for r, t in zip(rows, want):
    for cell in r.values():
        assert cell.lstrip(" ")[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n"), cell[:40]
    bad = lambda c: unicodedata.category(c) == "Cc" and c not in "\n\r\t" or c in "\u202e\u2066\u2028"
    clean = "".join("\ufffd" if bad(c) else c for c in t)
    got = r["response"]
    assert (got[1:] if got.startswith("'") else got) == clean, got[:60]
# Nothing of a JSON or CSV file acts on a terminal.
for path in ["r.jsonl", "r.inspect", "r.csv", *glob.glob("lm/*"), *glob.glob("ga/*")]:
    for c in open(path, encoding="utf-8", newline="").read():
        assert c in "\n\r\t" or unicodedata.category(c) != "Cc", (path, hex(ord(c)))
        assert c not in "\u202e\u2066\u2028", path
PY
