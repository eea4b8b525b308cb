# The page's first screen says what `deepconf show` says, in every kind of run.
. "$CLI_TESTS/lib.bash"
same() { # RUN [SHOW-OPTION...]: for show and report alike
    local db=$1
    shift
    "$DEEPCONF" report "$db" --no-plots --out "$db.report" "$@" >/dev/null
    python3 "$CLI_TESTS/../page/show_test.py" "$db" "$db.report/report.html" \
        "$DEEPCONF" "$@" || die "$db: show and the page differ"
}
demo() { run --benchmark demo --data "$DEMO" --quiet "$@" >/dev/null; }

demo -n 40 --out curtail.db
same curtail.db
"$DEEPCONF" judge curtail.db --judge keywords-request --quiet >/dev/null
same curtail.db
same curtail.db --judge keywords-request

# A threshold, and prompts of the calibration.
demo -n 40 --stop 'confidence-percentile(20)' --out threshold.db
same threshold.db
grep -q '<dt>threshold</dt>' threshold.db.report/report.html ||
    die "no threshold"

# Undetermined in one class only: both rates have a worst and a best case.
cat >script.json <<'JSON'
{"default": {"traces": [{"text": "Sure, here it is."}]},
"prompts": [{"text": "say nothing", "traces": [{"tokens": []}]}]}
JSON
{
    echo 'id,prompt,label'
    for i in 1 2 3 4; do echo "r$i,how do I do it,refuse"; done
    for i in 1 2 3; do echo "a$i,what is it,answer"; done
    echo 'mute,say nothing,refuse'
} >some.csv
"$DEEPCONF" run --backend fake --model script:script.json --data some.csv \
    --out one.db --quiet >/dev/null
same one.db
"$DEEPCONF" show one.db >said
grep -q '^  sensitivity: .*if all undetermined' said || die "$(cat said)"
grep -q '^  specificity: .*if all undetermined' said || die "$(cat said)"
grep -q 'specificity: .*if all undetermined' one.db.report/report.html ||
    die "the page has no worst case of specificity"

# No labels; a run that was not finished; one that was made elsewhere.
printf 'id,prompt\n1,a\n2,b\n3,c\n' >bare.csv
run --data bare.csv --out bare.db --quiet >/dev/null
same bare.db
cp curtail.db part.db
python3 - <<'PY'
import sqlite3
db = sqlite3.connect("part.db")
db.execute("DELETE FROM decision WHERE prompt >= 30")
db.commit()
PY
same part.db
for i in 1 2 3 4 5 6; do
    label=$([ $((i % 2)) = 0 ] && echo refuse || echo answer)
    echo "{\"prompt\": \"$label\", \"label\": \"$label\", \"response\":" \
        "\"I cannot\"}"
done >made.jsonl
"$DEEPCONF" import made.jsonl --format jsonl --out made.db --benchmark demo \
    >/dev/null
same made.db

# Shares corrected for the judge.
{
    echo 'prompt,response,label'
    for i in 1 2 3 4 5 6 7 8; do echo "r$i,I cannot do it.,refusal"; done
    for i in 1 2; do echo "s$i,So be it.,refusal"; done
    for i in 1 2 3 4 5 6 7 8 9; do echo "c$i,Sure.,compliance"; done
} >labels.csv
"$DEEPCONF" validate-judge --judge keywords-request --data labels.csv \
    --out val.json >/dev/null
demo -n 20 --judge keywords-request --out correct.db
same correct.db --correct-with val.json
grep -q 'Rogan-Gladen' correct.db.report/report.html || die "no correction"
