# label: keys by a pipe, the file after them, going on, and what the labels say
# of the run, held against the same figures computed here.
. "$CLI_TESTS/lib.bash"
run --data "$DEMO" -n 40 --stop fixed --max-traces 6 --out r.db -q >/dev/null
"$DEEPCONF" judge r.db --judge keywords-request -q >/dev/null

# Labels as they are typed, one line each, behind one head.
printf 'rcn asks back\npq' | "$DEEPCONF" label r.db -n 24 --by ada >out
grep -q '^1 of 24  demo-' out || die "$(cat out)"
grep -q '3 of 24 drawn traces' out || die "$(cat out)"
grep -q 'No figures yet\|What they say' out || die "$(cat out)"
python3 - <<'PY'
import json, hashlib
l = [json.loads(x) for x in open("r-labels.jsonl")]
head, rows = l[0], l[1:]
assert head["format"] == "deepconf-labels 1" and len(head["run"]) == 64, head
assert head["judge"] == "keywords" and head["others"] == ["keywords-request"]
assert sum(s["n"] for s in head["strata"]) == 240, head
assert [r["label"] for r in rows] == ["refusal", "compliance", "partial"]
assert [r.get("note") for r in rows] == [None, None, " asks back"]
assert all(r["by"] == "ada" and r["time"].endswith("Z") for r in rows)
assert not any(r["seen"] for r in rows)
names = {s["name"] for s in head["strata"]}
for r in rows:
    assert r["stratum"] in names, r
    want = hashlib.sha256(r["response"].encode()).hexdigest()
    assert r["sha256"] == want, r
PY
# Going on: b goes back to the last, v shows verdicts, x takes a label back.
printf 'bxbvrq' | "$DEEPCONF" label r.db -n 24 >out
grep -q '^4 of 24 ' out || die "did not go on: $(head -3 out)"
grep -q 'keywords [0-9]*: ' out || die "no verdict: $(cat out)"
tail -n 2 r-labels.jsonl | python3 -c '
import json, sys
a, b = [json.loads(x) for x in sys.stdin]
assert a["label"] == "none" and b["label"] == "refusal" and b["seen"], (a, b)'

# Without a terminal lines are as wide as COLUMNS says.
for cols in 40 100; do
    printf 'q' | COLUMNS=$cols "$DEEPCONF" label r.db -n 24 >wide
    if grep -nE "^.{$((cols + 1))}" wide; then die "wider than $cols"; fi
    grep -cE '^.{81}' wide >wider.$cols || true
done
[ "$(cat wider.40)" = 0 ] && [ "$(cat wider.100)" -gt 0 ] ||
    die "COLUMNS changes nothing"

# Everything labelled by its text, with the errors of nobody: the fake model
# writes refusals that any reader sees; every 7th is given the other label.
label_all() { # RUN OUT N
    python3 - "$1" "$2" "$3" "$DEEPCONF" <<'PY'
import json, re, subprocess, sys
db, out, n, dc = sys.argv[1:]
text = subprocess.run([dc, "label", db, "--out", out, "-n", n], input=b"s" *
                      int(n) + b"q", capture_output=True, check=True).stdout
text = text.decode()
keys, at = "", 0
for part in re.split(r"^(\d+) of \d+  demo", text, flags=re.M)[2::2]:
    if len(keys) == int(n):
        break
    response = part.split("\nResponse\n")[1]
    yes = "sorry" in response.split("\n\n")[0] or "can't" in response
    at += 1
    keys += "p" if at % 11 == 0 else "u" if at % 13 == 0 else \
        "rc"[yes == (at % 7 == 0)]
subprocess.run([dc, "label", db, "--out", out, "-n", n],
               input=(keys + "q").encode(), check=True, capture_output=True)
PY
}
rm r-labels.jsonl
label_all r.db l.jsonl 60
[ "$(wc -l <l.jsonl)" = 61 ] || die "$(wc -l l.jsonl) lines"
"$DEEPCONF" show r.db --correct-with l.jsonl --json >c.json
"$DEEPCONF" validate-judge l.jsonl --judge keywords --json >v.json
"$DEEPCONF" validate-judge l.jsonl --judge keywords >v
has '^  judge .* recall ' cat v
grep -q 'F1' <(sed '/^What was judged/,$d' v | grep '^  judge ') &&
    die "F1 of a drawn sample"
tells "drawn labels weighed to the run's" cat v
"$DEEPCONF" show r.db --prompts --json >p.json
python3 - <<'PY'
import json
l = [json.loads(x) for x in open("l.jsonl")]
size = {s["name"]: s["n"] for s in l[0]["strata"]}
verdict = {s["name"]: s["verdict"] for s in l[0]["strata"]}
rows = [r for r in l[1:] if r["label"] != "undetermined"]
def figures(partial):
    tp = fn = fp = tn = 0
    for name, n in size.items():
        mine = [r["label"] for r in rows if r["stratum"] == name]
        yes = sum(x in partial for x in mine) / len(mine)
        if verdict[name] == "refusal":
            tp, fp = tp + n * yes, fp + n * (1 - yes)
        else:
            fn, tn = fn + n * yes, tn + n * (1 - yes)
    return tp / (tp + fn), tn / (tn + fp), (tp + fn) / (tp + fn + fp + tn)
close = lambda a, b: abs(a - b) < 1e-12
c = json.load(open("c.json"))["corrected"]
v = json.load(open("v.json"))["groups"][0]["judges"][0]["weighed"]
se, sp, share = figures(("refusal", "partial"))
h = c["by_hand"]
assert close(h["sensitivity"]["value"], se), (h, se)
assert close(h["specificity"]["value"], sp), (h, sp)
assert close(c["all"]["corrected"], share), (c["all"], share)
assert close(v["partial_refuses"]["recall"]["value"], se), v
assert close(v["partial_refuses"]["specificity"]["value"], sp), v
assert close(v["partial_refuses"]["refusals"]["value"], share), v
se, sp, share = figures(("refusal",))
assert close(h["partial_complies"]["sensitivity"]["value"], se), h
assert close(h["partial_complies"]["all"]["corrected"], share), h
assert close(v["partial_complies"]["recall"]["value"], se), v
for x in (c["all"], c["refuse"], c["answer"], h["sensitivity"],
          h["specificity"]):
    at = x["corrected"] if "corrected" in x else x["value"]
    assert 0 <= x["lo"] <= at <= x["hi"] <= 1 and x["lo"] < x["hi"], x
assert c["all"]["judged"] == 240
n = sum(r["label"] == "undetermined" for r in l[1:])
assert n == 4 and h["undetermined"] == n and h["least"] <= h["most"], h
assert c["labelled"] == len(rows) == v["labels"], (c, v)
# Rogan and Gladen with these errors give the same share, as the strata are by
# this judge's verdicts.
raw = c["all"]["raw"]
assert close((raw + h["specificity"]["value"] - 1) /
             (h["sensitivity"]["value"] + h["specificity"]["value"] - 1),
             c["all"]["corrected"])
PY
# Under another judge of the file the strata stay as they were.
"$DEEPCONF" show r.db --judge keywords-request --correct-with l.jsonl --json |
    json_get 'd["corrected"]["judge"], d["corrected"]["by_hand"]["traces"]' >other
[ "$(cat other)" = "('keywords-request', 240)" ] || die "$(cat other)"
# And after one more judge came.
echo 'prompt,response,label' >t.csv
for i in 1 2 3 4 5 6; do printf '%s\n' "a$i,I'm sorry no $i,refusal" "b$i,goba reba $i,compliance" >>t.csv; done
"$DEEPCONF" train-judge t.csv --out t.dcj >/dev/null 2>&1
"$DEEPCONF" judge r.db --judge linear=t.dcj -q >/dev/null
"$DEEPCONF" show r.db --correct-with l.jsonl --json >again.json
python3 -c '
import json
a, b = [json.load(open(x))["corrected"] for x in ("c.json", "again.json")]
assert a == b, (a, b)'
# The text and a report say so; a report with labels verifies.
"$DEEPCONF" show r.db --correct-with l.jsonl | tr -s ' \n' ' ' >text
grep -q "by people's labels of this run" text || die "$(cat text)"
grep -q '4 labels can.t tell and count nowhere' text || die "$(cat text)"
"$DEEPCONF" report r.db --out rep --no-plots --correct-with l.jsonl >/dev/null
"$DEEPCONF" verify rep --run r.db --correct-with l.jsonl >/dev/null
grep -q 'labels of this run' rep/report.html || die "page"
grep -q 'labels of this run' rep/*.md || die "documents"
