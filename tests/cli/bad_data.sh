# Bad data: exit code 3 (6 if it can't be read), the file and the place named,
# and no run file left behind.
. "$CLI_TESTS/lib.bash"
bad() { expect "$1" "$2" run --data "$3" --out o.db "${@:4}"; }
bad 6 '*nosuch.csv*' nosuch.csv
: >empty.csv
bad 3 '*empty.csv*' empty.csv
printf 'id,prompt\n' >none.csv
bad 3 '*none.csv*' none.csv
printf 'id,text\n1,a\n' >column.csv
bad 3 '*column.csv*prompt*text*' column.csv # names the columns there are
printf 'id,prompt\n1,a\n' >ok.csv
bad 3 '*question*' ok.csv --field prompt=question
printf 'id,prompt\n1,a\xff\n' >utf8.csv
bad 3 '*utf8.csv*2*' utf8.csv
printf 'id,prompt\n1,a\n1,b\n' >twice.csv
bad 3 '*twice.csv*3*' twice.csv
printf 'id,prompt,label\n1,a,refuse\n2,b,maybe\n' >label.csv
bad 3 '*label.csv*3*maybe*' label.csv
printf '{"prompt": "a"}\n{"prompt": \n' >broken.jsonl
bad 3 '*broken.jsonl*2*' broken.jsonl
mkdir folder
bad 6 '*folder*' folder
[ ! -e o.db ] || die "a run file was made"
# A prompt larger than the context is recorded, not fatal; so is 1 MB.
python3 - <<'PY'
with open("large.csv", "w") as f:
    f.write("id,prompt\nsmall,a\nlarge,%s\n" % ("word " * 200000))
PY
run --data large.csv --out o.db --quiet >summary
grep -q 'context overflow' summary || die "the large prompt ran"
has 'not run *context overflow' "$DEEPCONF" show o.db --prompt large
"$DEEPCONF" show o.db --json >j
[ "$(json_get 'd["could_not_run"]' <j)" = 1 ] || die "count"
