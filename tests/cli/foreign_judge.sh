# The judge's file that a run file names may be anybody's: `sweep` and `report`
# open it only if it is the one that the verdicts are by, told by its hash; they
# wait for nothing and never show what is in it. The user may name it.
. "$CLI_TESTS/lib.bash"
cp "$REPO/data/keywords.rules" mine.rules
echo '# the secret of the file' >>mine.rules
run --data "$DEMO" -n 20 --stop fixed --judge keywords=mine.rules --quiet \
    --out r.db >/dev/null
windows() { json_get 'sum(1 for r in d["rows"] if r["answer_window"])'; }
[ "$("$DEEPCONF" sweep r.db --json | windows)" -gt 0 ] ||
    die "the judge's own file is not used"

# Changed since, or gone: the rows are left out, and the user can name it.
echo '# more' >>mine.rules
[ "$("$DEEPCONF" sweep r.db --json | windows)" = 0 ] || die "another file is"
expect 3 "*keywords(mine)*changed since*--judge keywords=FILE*" \
    "$DEEPCONF" sweep r.db --answer-window 4
cp "$REPO/data/keywords.rules" mine.rules
echo '# the secret of the file' >>mine.rules
mkdir elsewhere
mv mine.rules elsewhere
"$DEEPCONF" sweep r.db --judge keywords=elsewhere/mine.rules --answer-window 4 \
    --json >x
[ "$(windows <x)" -gt 0 ] || die "the file that was named is not used"

# names LABEL SPEC: what the run file says.
names() {
    python3 - "$@" <<'PY'
import sqlite3, sys
c = sqlite3.connect("r.db")
for k, v in zip(("judge", "judge.spec"), sys.argv[1:]):
    c.execute("UPDATE config SET value = ? WHERE key = ?", (v, k))
c.execute("UPDATE verdict SET judge = ?", (sys.argv[1],))
c.commit()
PY
}
# A pipe, a text, a model: nobody waits, and nothing of them is shown.
mkfifo pipe
echo 'top secret' >text
tried() {
    timeout 60 "$DEEPCONF" sweep r.db >out 2>&1 || die "$*: $(cat out)"
    rc=0
    timeout 60 "$DEEPCONF" sweep r.db --answer-window 4 >>out 2>&1 || rc=$?
    [ $rc = 3 ] || die "$*: exit code $rc: $(cat out)"
    rc=0
    timeout 60 "$DEEPCONF" calibrate r.db --alpha 0.9 --answer-window 4 \
        >>out 2>&1 || rc=$?
    [ $rc = 3 ] || die "$*: calibrate: exit code $rc: $(cat out)"
    if grep -q 'secret\|root:' out; then die "$*: $(cat out)"; fi
}
for said in 'keywords(pipe) keywords=pipe' 'keywords(text) keywords=text' \
    'linear(text) linear=text' 'keywords(passwd) keywords=/etc/passwd' \
    'keywords(null) keywords=/dev/null'; do
    # shellcheck disable=SC2086 # two words
    names $said
    # shellcheck disable=SC2086
    tried $said
done
names 'keywords(pipe)' keywords=pipe
timeout 100 "$DEEPCONF" report r.db --no-plots --out rep >out 2>&1 ||
    die "report: $(cat out)"

# What can't be the judge's is not even opened: a writer of the pipe still waits.
for said in 'keywords keywords=pipe' 'keywords-request keywords-request=pipe' \
    'llm(pipe) llm=pipe' 'cascade(pipe) cascade=pipe' \
    'wildguard(pipe) wildguard=pipe'; do
    # shellcheck disable=SC2086
    names $said
    (: >pipe) &
    writer=$!
    # shellcheck disable=SC2086
    tried $said
    kill $writer || die "$said: somebody has opened the pipe"
    wait $writer || true
done
