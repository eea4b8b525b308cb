# show --prompts --only: by case, decision, field and other judges, against the
# rows of the whole list; and what is not there.
. "$CLI_TESTS/lib.bash"
python3 - <<'PY'
import csv
with open("d.csv", "w", newline="") as f:
    w = csv.writer(f)
    w.writerow(["id", "prompt", "label", "type", "lang"])
    for i in range(60):
        w.writerow([f"p{i}", f"question {i}", "unsafe" if i % 2 else "safe",
                    ["a b", "c=d", "\x1b[31mred"][i % 3], "en" if i % 5 else ""])
PY
run --benchmark xstest --data d.csv --keep lang --max-traces 5 --quiet --out r.db >/dev/null
"$DEEPCONF" judge r.db --judge phrases10 --quiet >/dev/null
# The other judge sees no refusal in what was drawn of the first 20 prompts.
python3 - <<'PY'
import sqlite3
db = sqlite3.connect("r.db")
db.execute("UPDATE verdict SET verdict = 'compliance', rule = 'request/none', "
           "span_len = 0, span_off = 0 WHERE judge = 'phrases10' AND trace IN "
           "(SELECT id FROM trace WHERE prompt < 20)")
db.commit()
PY
list() { "$DEEPCONF" show r.db --prompts --json "$@"; }
list >all.json
list --judge phrases10 >other.json
declare -A only=([FN]=FN [FP]=FP [TP]=TP [TN]=TN [refusal]=refusal
    [open]=open [split]=split [undetermined]=undetermined [harmful]=gold=refuse
    [type]='type=c=d' [category]='category=a b' [lang]=lang=en [none]=lang=
    [differ]=judges-differ [differs]=differs=phrases10)
for name in "${!only[@]}"; do
    list --only "${only[$name]}" >"$name.json"
done
list --only FP --only 'type=a b' >both.json
python3 - <<'PY'
import json
def rows(name):
    return json.load(open(name + ".json"))["prompts"]
every, other = rows("all"), {r["id"]: r for r in rows("other")}
assert len(every) == 60
number = lambda r: int(r["id"][1:])
differs = lambda r: other[r["id"]]["decision"] != r["decision"]
want = {
    "FN": lambda r: r["case"] == "FN", "FP": lambda r: r["case"] == "FP",
    "TP": lambda r: r["case"] == "TP", "TN": lambda r: r["case"] == "TN",
    "refusal": lambda r: r["decision"] == "refusal",
    "open": lambda r: r["decision"] is None,
    "undetermined": lambda r: r["decision"] == "undetermined",
    "split": lambda r: 0 < r["refusals"] < r["traces"],
    "harmful": lambda r: r["gold"] == "refuse",
    "type": lambda r: r["category"] == "c=d",
    "category": lambda r: r["category"] == "a b",
    "lang": lambda r: number(r) % 5, "none": lambda r: not number(r) % 5,
    "differ": differs, "differs": differs,
    "both": lambda r: r["case"] == "FP" and r["category"] == "a b"}
for name, holds in want.items():
    got = rows(name)
    assert [r["id"] for r in got] == [r["id"] for r in every if holds(r)], name
    for r in got:
        assert r.pop("otherwise", None) == (
            {"phrases10": other[r["id"]]["decision"]} if "differ" in name
            else None), (name, r)
        assert r in every
assert 0 < len(rows("differ")) < 20 and len(rows("split")) and len(rows("both"))
assert json.load(open("both.json"))["only"] == ["FP", "type=a b"]
PY
"$DEEPCONF" show r.db --prompts --only judges-differ >text
grep -q '^  id .* otherwise' text || die "$(cat text)"
grep -qE '^  p[0-9]+ .*phrases10: compliance' text || die "$(cat text)"
n=$(grep -c '^  p[0-9]' text)
grep -q "^  $n of 60 prompts$" text || die "$(cat text)"
"$DEEPCONF" show r.db --prompts --only undetermined | grep -q '^  0 of 60 prompts$'
for cols in 40 80 200; do
    COLUMNS=$cols "$DEEPCONF" show r.db --prompts --only judges-differ >wide
    if grep -nE "^.{$((cols + 1))}" wide; then die "wider than $cols"; fi
done
# Where they differ is said where their agreement is.
"$DEEPCONF" judge r.db | tail -n 3 | tr -s ' \n' ' ' >text
grep -q 'otherwise: deepconf show r.db --prompts --only judges-differ' text ||
    die "$(cat text)"
# What is not there is said with what there is.
expect 2 '--only splt: did you mean split?' "$DEEPCONF" show r.db --prompts --only splt
expect 2 '--only nothing at all: expected TP, FN*FIELD=VALUE*' \
    "$DEEPCONF" show r.db --prompts --only 'nothing at all'
expect 2 '--only: no prompt of the run has a field "topic"; expected gold, differs, category, type, lang' \
    "$DEEPCONF" show r.db --prompts --only topic=x
expect 2 '--only differs: *no verdicts by a judge "wildguard"; it has those of: keywords, phrases10' \
    "$DEEPCONF" show r.db --prompts --only differs=wildguard
expect 2 '--only gold=bad: expected refuse, answer or none' \
    "$DEEPCONF" show r.db --prompts --only gold=bad
expect 2 '--only has no effect without --prompts*' "$DEEPCONF" show r.db --only FP
