# An experiment file is what the commands make of its keys: checked with line
# numbers, run to the end, and gone on with after a failure.
. "$CLI_TESTS/lib.bash"
for f in "$REPO"/experiments/*.yaml; do
    [ "$("$DEEPCONF" experiment "$f" --check)" = "$f: is right" ] || die "$f"
done
[ "$(ls "$REPO"/experiments/*.yaml | wc -l)" = 6 ] || die "six files"

cat >e.yaml <<END
about: a test
run:
  backend: fake
  model: $FAKE
  benchmark: demo
  data: $DEMO
  num-instances: 12
  stop: fixed
  quiet: true
judge:
  judge: [keywords]
  quiet: yes
sweep:
  policy: [curtail, fixed]
  judge: keywords
report:
END
"$DEEPCONF" experiment e.yaml >said
for want in '^e.db: finished, all 12' '^Verdicts on traces' \
    '^12 prompts replayed' '^e-report: '; do
    grep -q "$want" said || die "no line $want: $(cat said)"
done
[ -f e-report/COMPREHENSIVE_REPORT.md ] || die "no report"
"$DEEPCONF" export e.db -f jsonl --out a.jsonl >/dev/null
# Again: the same. From a run that failed: the same, times apart.
"$DEEPCONF" experiment e.yaml >again
diff <(grep -v 'also judged' again) said
"$DEEPCONF" export e.db -f jsonl | cmp - a.jsonl
sed "s/model: .*/model: $FAKE,fail_step=20/" e.yaml >f.yaml
rc=0
"$DEEPCONF" experiment f.yaml >out 2>err || rc=$?
[ $rc = 4 ] && grep -q '^deepconf: f.yaml: run: ' err || die "$rc: $(cat err)"
has 'NOT FINISHED' "$DEEPCONF" show f.db
"$DEEPCONF" experiment f.yaml --set "model=$FAKE" --set sweep.judge=keywords \
    --set run.num-instances=12 >out
diff <("$DEEPCONF" show f.db --prompts) <("$DEEPCONF" show e.db --prompts)
expect 2 'e.yaml: run: e.db: holds a run with another configuration*' \
    "$DEEPCONF" experiment e.yaml --set seed=5

# What is wrong, and on which line; nothing is begun.
bad() {
    local want=$1
    shift
    "$@" <e.yaml >b.yaml
    expect 3 "$want" "$DEEPCONF" experiment b.yaml
    [ ! -e b.db ] || die "b.db was made"
}
bad 'b.yaml: line 4: there is no key of the section run "modle"; did you mean model?' \
    sed 's/model:/modle:/'
bad 'b.yaml: line 10: there is no section "jugde"; did you mean judge?' \
    sed 's/^judge:/jugde:/'
bad 'b.yaml: line 7: --num-instances twelve: expected a whole number*' \
    sed 's/num-instances: 12/num-instances: twelve/'
bad 'b.yaml: line 7: --num-instances 0: expected a whole number, 1 to*' \
    sed 's/num-instances: 12/num-instances: 0/'
bad 'b.yaml: line 9: quiet: expected true or false' \
    sed 's/quiet: true/quiet: maybe/'
bad 'b.yaml: line 9: quiet: expected one value, got a list of 2' \
    sed 's/quiet: true/quiet: [true, false]/'
bad 'b.yaml: line 15: judge: expected one value, got a list of 2' \
    sed 's/judge: keywords$/judge: [keywords, phrases10]/'
bad 'b.yaml: line 9: "stop" stands on line 8 already' \
    sed 's/quiet: true/stop: curtail/'
bad 'b.yaml: line 17: while scanning a quoted scalar from line 4 on: *expected YAML' sed '4s/model:/model: "/'
bad 'b.yaml: the section run has no key "model"*' sed '/model:/d'
bad 'b.yaml: line 1: "name" stands where a section does; expected a section*' \
    sh -c 'echo "name: x"'
bad 'b.yaml: line 1: expected sections such as*' sh -c 'echo 7'
bad 'b.yaml: is empty*' true
bad 'b.yaml: line 18: a second document*expected one experiment*' \
    sed '$a---\nrun:\n  seed: 2'
bad 'b.yaml: line 8: a tab; YAML indents with spaces' sed '8s/^ */\t/'
bad 'b.yaml: line 3: a control character (0x07)*' sed 's/^run:/run:\n# \x07/'
bad 'b.yaml: line 8: is no text in UTF-8*' sed '8s/fixed/\xff/'
bad 'b.yaml: line 8: expected a word*' sed 's/stop: fixed/stop: {a: 1}/'
# So are mistakes that only the command itself would see, in any section.
bad 'b.yaml: line 5: --benchmark: there is no benchmark "dmo"; did you mean demo?' \
    sed 's/benchmark: demo/benchmark: dmo/'
bad 'b.yaml: line 8: --stop: no policy is called "fixt"*' sed 's/: fixed/: fixt/'
bad 'b.yaml: line 4: --model is needed*' sed 's/model: .*/model:/'
bad 'b.yaml: line 9: --min-traces is 11 and --max-traces 10: *' \
    sed 's/quiet: true/min-traces: 11/'
bad 'b.yaml: line 9: --min-traces is 3 and --max-traces 2: *' \
    sed 's/quiet: true/max-traces: 2/'
bad 'b.yaml: line 9: --sample-seed has no effect*' \
    sed 's/quiet: true/sample-seed: 3/'
bad 'b.yaml: line 11: --judge: there is no judge "keyword"; did you mean keywords?' \
    sed 's/judge: .keywords.$/judge: [keyword]/'
bad 'b.yaml: line 12: --out has no effect*' sed 's/quiet: yes/out: a/'
bad 'b.yaml: line 14: --policy: no policy is called "unanimus"*' \
    sed 's/policy: .*/policy: [curtail, unanimus(3)]/'
bad 'b.yaml: line 14: --min-traces is 11; the run has at most 10*' \
    sed 's/policy: .*/min-traces: 11/'
bad 'b.yaml: line 14: --answer-window 256: expected*1 to 255*' \
    sed 's/policy: .*/answer-window: 256/'
bad 'b.yaml: line 13: a run drawn with --stop esc(3) can*replayed*--stop fixed' \
    sed 's/stop: fixed/stop: esc(3)/'
bad 'b.yaml: line 13: a run drawn with --stop curtail under another judge can*' \
    sed 's/stop: fixed/stop: curtail/; s/judge: keywords$/judge: keywords-request/; s/\[keywords\]/[keywords-request]/'
bad 'b.yaml: line 14: --threshold x: expected*' sed 's/policy: .*/threshold: x/'
bad 'b.yaml: line 14: --percentile-analysis: /tmp is a folder*' \
    sed 's,policy: .*,percentile-analysis: /tmp,'
bad 'b.yaml: line 15: --judge keyword: the run file will have no verdicts of it; did you mean keywords?*' \
    sed 's/judge: keywords$/judge: keyword/'
bad 'b.yaml: line 17: --judge x: the run file will have no verdicts of it; name it in the section judge' \
    sed 's/^report:/report:\n  judge: x/'
bad 'b.yaml: line 17: --out: / has files that are not of a report*' \
    sed 's,^report:,report:\n  out: /,'
printf '{"format": "deepconf-validation 1", "groups": [{"name": "all",
    "judges": [{"label": "keywords", "version": "0"}]}]}' >v.json
bad 'b.yaml: line 17: --correct-with: v.json: validates keywords in version 0*' \
    sed 's/^report:/report:\n  correct-with: v.json/'
# What is read must be there before the run begins, but not for --check.
gone() {
    local want=$1
    shift
    sed "$@" <e.yaml >b.yaml
    expect 6 "$want" "$DEEPCONF" experiment b.yaml
    [ ! -e b.db ] || die "b.db was made"
    [ "$("$DEEPCONF" experiment b.yaml --check)" = 'b.yaml: is right' ] ||
        die "--check wants the file"
}
gone 'b.yaml: line 6: --data: no.csv: can*t be read*' 's/data: .*/data: no.csv/'
gone 'b.yaml: line 11: --judge: no.dcj: can*t be read*' \
    's/judge: .keywords.$/judge: [linear=no.dcj]/'
gone 'b.yaml: line 14: --percentile-analysis: no/x.json: can*t be written: *' \
    's,policy: .*,percentile-analysis: no/x.json,'
gone 'b.yaml: line 17: --correct-with: no.json: can*t be read*' \
    's/^report:/report:\n  correct-with: no.json/'
expect 6 '--set run.data: --data: no.csv: can*t be read*' \
    "$DEEPCONF" experiment e.yaml --set data=no.csv
expect 2 '--set run.sead: there is no key of the section run "sead"; did you mean seed?' \
    "$DEEPCONF" experiment e.yaml --set sead=1
expect 2 '--set seed: expected SECTION.KEY=VALUE*' \
    "$DEEPCONF" experiment e.yaml --set seed
expect 6 'no.yaml: can*t be read*' "$DEEPCONF" experiment no.yaml
printf 'run:\n  model: "\\e[31m"\n  "\\e]0;x": 1\n' >h.yaml
rc=0
"$DEEPCONF" experiment h.yaml 2>err || rc=$?
[ $rc = 3 ] || die "hostile: $rc"
if LC_ALL=C grep -q "$(printf '\033')" err; then die "an escape sequence"; fi
