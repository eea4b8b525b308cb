# Every plot's SVG as a browser draws it, for several kinds of runs: no text on
# another one, none outside.
. "$CLI_TESTS/lib.bash"
command -v gnuplot >/dev/null || { echo "SKIP: gnuplot is not installed"; exit 77; }
demo() { run --benchmark demo --data "$DEMO" --quiet "$@" >/dev/null; }
demo -n 60 --stop fixed --out fixed.db
demo -n 1 --out one.db
demo -n 20 --stop fixed --max-traces 64 --max-tokens 16 --out long.db
# No labels; long names of everything, and a rule that stops early.
printf 'id,prompt\n1,a\n2,b\n3,c\n' >bare.csv
run --data bare.csv --out bare.db --quiet >/dev/null
python3 - <<'PY'
import csv
names = ["a very long name of a category that says a lot about it", "b",
         "x" * 80, "one more", "\u03a9 unicode \u2713 \u5206\u7c7b"]
with open("long.csv", "w", encoding="utf-8") as f:
    w = csv.writer(f)
    w.writerow(["id", "prompt", "label", "category"])
    for i in range(60):
        w.writerow([i, f"p {i}", ["refuse", "answer"][i % 2], names[i % 5]])
PY
long=a_rather_long_name_of_a_run_file_that_takes_room_in_the_first_line
run --data long.csv --stop 'hypergeometric(0.05)' --out $long.db --quiet >/dev/null
# Nine judges; responses made elsewhere, without confidences.
cp fixed.db many.db
python3 - <<'PY'
import sqlite3
db = sqlite3.connect("many.db")
for k in range(8):
    db.execute("""INSERT INTO verdict SELECT trace, ?, '1', CASE WHEN
        (trace * 7 + ?) % 5 = 0 THEN 'refusal' ELSE verdict END, rule, span_off,
        span_len, score, reply FROM verdict WHERE judge = 'keywords'""",
               (f"judge with a long label, number {k} (and more)", k))
db.commit()
PY
for i in 1 2 3 4 5 6; do
    label=$([ $((i % 2)) = 0 ] && echo refuse || echo answer)
    echo "{\"prompt\": \"p$i\", \"label\": \"$label\", \"response\": \"No.\"}"
done >made.jsonl
"$DEEPCONF" import made.jsonl --format jsonl --out made.db --benchmark demo \
    >/dev/null
for db in *.db; do "$DEEPCONF" report "$db" --out "r-${db%.db}" >/dev/null; done
"$CLI_TESTS/../page/run" svg_test.py r-*
