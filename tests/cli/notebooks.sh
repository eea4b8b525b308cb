# notebooks: valid, executed, and at the program's numbers.
. "$CLI_TESTS/lib.bash"
command -v gnuplot >/dev/null || { echo "SKIP: gnuplot is not installed"; exit 77; }
run --benchmark demo --data "$DEMO" -n 60 --stop fixed --out f.db --quiet >/dev/null
"$DEEPCONF" report f.db --out r >/dev/null
"$CLI_TESTS/../notebook/run" notebook_test.py r f.db "$DEEPCONF"

# A run with three judges, one of them with a name that a shell, JSON and Python
# each quote in another way; under its own judge and under another one.
run --benchmark demo --data "$DEMO" -n 40 --out j.db --quiet >/dev/null
"$DEEPCONF" judge j.db --judge keywords-request --quiet >/dev/null
odd=$(python3 - j.db <<'PY'
import sqlite3
import sys
db = sqlite3.connect(sys.argv[1])
odd = "it's \"odd\" \\ \U000e0041\u200b"
db.execute("""INSERT INTO verdict SELECT trace, ?, '1', CASE verdict
    WHEN 'refusal' THEN 'compliance' ELSE 'refusal' END, rule, span_off,
    span_len, score, reply FROM verdict WHERE judge = 'keywords-request'""",
           (odd,))
db.commit()
print(odd)
PY
)
"$DEEPCONF" report j.db --out own >/dev/null
"$DEEPCONF" report j.db --judge "$odd" --out other >/dev/null
for to in own other; do
    under=()
    [ $to = own ] || under=("$odd")
    "$CLI_TESTS/../notebook/run" notebook_test.py $to j.db "$DEEPCONF" \
        "${under[@]}" | tee said
    grep -q ' [1-9] other judges$' said || die "$to: not all judges"
done
# The commands of facts.json are what a shell reads.
python3 - own/facts.json >commands <<'PY'
import json
import sys
facts = json.load(open(sys.argv[1], encoding="utf-8"))["facts"]
odd = [f for f in facts if f["name"].startswith("show[it's")]
for f in odd[:1] + odd[-1:]:
    print(f["command"].split(" | ")[0].replace("RUN", "j.db"))
PY
[ "$(wc -l <commands)" = 2 ] || die "no figures of the odd judge"
while read -r line; do
    bash -c "\"$DEEPCONF\" ${line#deepconf }" | json_get 'd["judge"]["judge"]'
done <commands >said
[ "$(sort -u said)" = "$odd" ] || die "another judge: $(cat said)"
