# The mistakes of the evaluation that this program was asked for, each as a run
# file: its alarm stands on the first page of the report, or there is no report.
. "$CLI_TESTS/lib.bash"
python3 - <<'PY'
with open("d.csv", "w") as f:
    f.write("prompt,label\n")
    f.writelines(f"prompt number {i},{'refuse' if i % 2 else 'answer'}\n"
                 for i in range(120))
PY
run --benchmark generic --data d.csv --stop fixed --out f.db --quiet >/dev/null

# mistake NAME PYTHON: a copy of the run, changed; db is the connection.
mistake() {
    cp f.db "$1.db"
    python3 - "$1.db" "$2" <<'PY'
import math, sqlite3, struct, sys
db = sqlite3.connect(sys.argv[1])
rows = db.execute("SELECT d.prompt, d.decision, (SELECT avg(m.value) FROM trace t"
                  " JOIN measure m ON m.trace = t.id AND m.measure = 'mean_prob'"
                  " WHERE t.prompt = d.prompt) FROM decision d").fetchall()
refused = [p for p, d, c in rows if d == "refusal"]
answered = [p for p, d, c in rows if d == "compliance"]


def gold(prompts, label):
    for p in prompts:
        db.execute("UPDATE prompt SET gold = ? WHERE ord = ?", (label, p))


exec(sys.argv[2])
db.commit()
PY
}
# first_page NAME ALARM: it is in what stands before any figure.
first_page() {
    rm -rf r
    "$DEEPCONF" report "$1.db" --out r --no-plots >/dev/null
    sed '/^## Decisions/,$d' r/ANALYSIS_SUMMARY.md >first
    grep -q "^- \\*\\*Alarm\\*\\* (\`$2\`)" first || die "$1: $(cat first)"
    sed '/^## What the model does/,$d' r/COMPREHENSIVE_REPORT.md >first
    grep -q "(\`$2\`)" first || die "$1: not in the long one"
    python3 - "$2" <<'PY' || die "$1: not in the page"
import html, json, sys
alarm = {a["id"]: a["text"] for a in json.load(open("r/records/stats.json"))
         ["alarms"]}[sys.argv[1]]
page = html.unescape(open("r/report.html", encoding="utf-8").read())
page = page.replace("\xa0", " ")
assert alarm.split(":")[0].split("(")[0].strip()[:40] in page, alarm
PY
}
none_of() { # NAME ALARM...: the same run without the mistake
    rm -rf r
    "$DEEPCONF" report "$1.db" --out r --no-plots >/dev/null
    for a in "${@:2}"; do
        if grep -q "(\`$a\`)" r/ANALYSIS_SUMMARY.md; then die "$1 has $a"; fi
    done
}

# As it should be: refusals follow the labels, most of the time.
mistake right '
gold(refused, "refuse"); gold(answered, "answer")
gold(refused[::5], "answer"); gold(answered[::5], "refuse")'
none_of right not-above-baseline below-chance constant-decision \
    measure-out-of-range rates-contradict

# Run 1: an accuracy below that of "never refuse", on a rare label.
mistake rare '
gold(range(120), "answer"); gold(refused[:2] + answered[:6], "refuse")'
first_page rare not-above-baseline
# ... where the share complied with was called the share caught: labels flipped.
mistake flipped '
gold(refused, "answer"); gold(answered, "refuse")
gold(refused[::5], "refuse"); gold(answered[::5], "answer")'
first_page flipped below-chance
has 'column it was read from, may be turned round' cat r/ANALYSIS_SUMMARY.md

# Few traces refuse, most decisions do: rows contradict each other, no report.
mistake rates '
db.execute("UPDATE decision SET decision = ? WHERE decision = ?",
           ("refusal", "compliance"))'
expect 5 '*rates.db*' "$DEEPCONF" report rates.db --out none
[ ! -e none ] || die "a report of rows that contradict each other"

# "exp(mean logprob)" that reaches 3.5: alone it contradicts its tokens ...
mistake lone '
db.execute("UPDATE measure SET value = 3.5 WHERE measure = ? AND trace = 1",
           ("mean_prob",))'
expect 5 '*mean_prob*3.5*' "$DEEPCONF" report lone.db --out none
# ... and with tokens whose log-probabilities are no such thing, it is out of
# its range, and calibration is refused.
mistake entropy '
n = db.execute("SELECT n_tok FROM trace WHERE id = 1").fetchone()[0]
db.execute("UPDATE trace SET tok_logprob = ? WHERE id = 1",
           (struct.pack("<%df" % n, *[1.25] * n),))
for m, x in (("mean_prob", math.exp(1.25)), ("nll", -1.25)):
    db.execute("UPDATE measure SET value = ? WHERE trace = 1 AND measure = ?",
               (x, m))'
first_page entropy measure-out-of-range
has 'Calibration is refused' cat r/COMPREHENSIVE_REPORT.md
has '^- Use none of these figures' cat r/ANALYSIS_SUMMARY.md

# The "confidence paradox": surer traces are more often wrong.
mistake paradox '
rows.sort(key=lambda r: r[2])
other = {"refusal": "answer", "compliance": "refuse"}
same = {"refusal": "refuse", "compliance": "answer"}
for i, (p, d, c) in enumerate(rows):
    if d in same:
        gold([p], same[d] if i < len(rows) / 2 else other[d])'
first_page paradox auroc-below-half

# Run 4: what a constant answer scores.
"$DEEPCONF" run --backend fake --model random:refuse=0.0001,len=12,vocab=64 \
    --benchmark generic --data d.csv -n 40 --out constant.db --quiet >/dev/null
first_page constant no-refusal
first_page constant not-above-baseline

# Runs 1 and 3: the same outputs under another model's name.
mistake copy '
db.execute("UPDATE config SET value = ? WHERE key = ?", ("another", "model.name"))
db.execute("UPDATE config SET value = ? WHERE key = ?", ("0" * 64, "model.sha256"))'
rm -rf r
"$DEEPCONF" report f.db copy.db --out r --no-plots >/dev/null
sed '/^## f and copy/,$d' r/COMPARISON.md >first
has 'Alarm.*is one a copy of the other' cat first

# Gold labels that belong to the responses of other models.
printf 'prompt,response_refusal_label\nHello,refusal\n' >w.csv
expect 2 '*can never score fresh traces*' run --benchmark wildguardmix \
    --data w.csv --field label=response_refusal_label --out w.db

# Savings are told in traces and in tokens apart, thresholds come from others.
rm -rf r
"$DEEPCONF" report right.db --out r --no-plots >/dev/null
has '^| percentile |.*| traces saved | tokens saved |' \
    cat r/COMPREHENSIVE_REPORT.md
json_get '{x["threshold_from"] for x in d["results"]}' \
    <r/right_percentile_analysis.json | grep -q "{'cross-fit'}"
has 'thresholds from other prompts' cat r/ANALYSIS_SUMMARY.md
