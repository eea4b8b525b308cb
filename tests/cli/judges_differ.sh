# A result that hangs on the judge says so: an alarm, a sentence, a row for each
# judge; judges that agree raise nothing.
. "$CLI_TESTS/lib.bash"
run --benchmark demo --data "$DEMO" -n 40 --stop fixed --max-traces 3 --quiet \
    --out r.db >/dev/null
judge() { # judge LABEL VERDICT: a judge of the file by an SQL expression
    python3 - "$1" "$2" <<'PY'
import sqlite3, sys
h = sqlite3.connect("r.db")
h.execute(f"""INSERT INTO verdict SELECT trace, ?, '1', {sys.argv[2]}, 'r', 0, 0,
    NULL, NULL FROM verdict WHERE judge = 'keywords'""", (sys.argv[1],))
h.commit()
PY
}
judge same verdict
"$DEEPCONF" show r.db >said
lacks() { if grep -q -e "$1" "$2"; then die "$2 has $1"; fi; }
lacks 'hangs on the judge' said
has '^  same  .* 1.00  1$' cat said
judge strict "'refusal'"
"$DEEPCONF" show r.db | tr -s ' \n' ' ' >said
has '! The result hangs on the judge (refusal rate on harmful prompts [0-9.]* %, by' \
    cat said
has 'label traces by hand with `deepconf label`' cat said
has 'By the other judges of the file it refused [0-9]* to 100 % of those that' \
    cat said
has 'strict 100.0 % (83.9 to 100.0) 100.0 % (83.9 to 100.0) 0.00 1' cat said
"$DEEPCONF" show r.db --json | json_get '[a["id"] for a in d["alarms"]]' >ids
has judges-differ cat ids
