# A suite: every cell of a matrix has its files, named by what differs; it goes
# on where it stopped; conditions and a budget leave out what they must, and
# say so; at the end the runs on the same data are compared.
. "$CLI_TESTS/lib.bash"
things 8 >d.csv
FEW="random:refuse=0.1,len=12,vocab=64"
base() {
    cat <<END
run:
  backend: fake
  model: $FAKE
  data: d.csv
  quiet: true
END
}
suite() { "$DEEPCONF" experiment "$@"; }

# ---- 2 x 2, of a list and of a matrix with names ----
cat >two.yaml <<END
$(base | sed 's/model: .*/model: [a]/')
  seed: [1, 2]
matrix:
  model:
    many: {model: "$FAKE", max-traces: 4}
    few: {model: "$FEW,fail_step=20", max-traces: 4}
END
sed "s/model: \[a\]/model: a/" two.yaml >m.yaml
suite m.yaml --dry-run >dry
for cell in seed1-many seed1-few seed2-many seed2-few; do
    grep -q "$cell *m-$cell.db *not begun" dry || die "$cell: $(cat dry)"
done
grep -q 'At the end 4 cells are compared: m-compare.html' dry || die "$(cat dry)"
[ "$(ls m* | tr '\n' ' ')" = 'm.yaml ' ] || die "a dry run makes files"
# It fails in the second cell, and goes on there.
rc=0
suite m.yaml >out 2>err || rc=$?
[ $rc = 4 ] && grep -q '^deepconf: m.yaml: seed1-few: run: ' err ||
    die "$rc: $(cat err)"
[ -e m-seed1-many.db ] && [ ! -e m-seed2-many.db ] || die "which cells?"
sed -i 's/,fail_step=20//' m.yaml
suite m.yaml --dry-run | grep -q 'seed1-many *m-seed1-many.db *done' ||
    die "it does not know what is done"
suite m.yaml >out
grep -q '^seed1-many: is done, and passed over' out || die "$(cat out)"
if grep -q 'seed1-few: is done' out; then die "that was not done"; fi
[ -s m-compare.html ] || die "no page"
grep -q '^Compared$' out && grep -q 'm-compare.html' out || die "not compared"
# Each cell is the run that its options make.
run --seed 2 --data d.csv --max-traces 4 --quiet --out own.db >/dev/null
diff <(dc show own.db --prompts) <(dc show m-seed2-many.db --prompts)
# All of it again: nothing is drawn. What changes is done again, as `run` may.
suite m.yaml >again
[ "$(grep -c 'is done, and passed over' again)" = 4 ] || die "$(cat again)"
rc=0
suite m.yaml --set max-traces=5 >out 2>err || rc=$?
[ $rc = 2 ] || die "another configuration: $rc"
grep -q '^deepconf: m.yaml: seed1-many: run: m-seed1-many.db: holds a run with' \
    err || die "$(cat err)"

# ---- killed in the middle ----
sed 's/seed: .*/seed: [3, 4]/' m.yaml >k.yaml
"$DEEPCONF" experiment k.yaml >out 2>err &
pid=$!
until_made k-seed3-few.db $pid "the suite"
kill -9 $pid 2>/dev/null || true
wait $pid || true
suite k.yaml >out
grep -q 'seed3-many: is done, and passed over' out || die "$(cat out)"
run --seed 3 --model "$FEW" --data d.csv --max-traces 4 --quiet --out k.db \
    >/dev/null
diff <(dc show k.db --prompts) <(dc show k-seed3-few.db --prompts)

# ---- judges: cells that differ in them alone share a run file ----
cat >j.yaml <<END
$(base)
  stop: fixed
judge:
  judge: phrases10
sweep:
  policy: fixed
matrix:
  judge:
    own:
    ten: {sweep.judge: phrases10}
END
suite j.yaml >out
[ "$(ls j*.db)" = j.db ] || die "run files: $(ls j*.db)"
[ -s j-compare.html ] || die "no page of the judges"
tells 'Compared A j.db B j.db decisions are those of phrases10' cat out

# ---- conditions and a budget ----
cat >c.yaml <<END
$(base)
stages:
  pilot: {num-instances: 4}
  full: {when: pilot.savings > 5 %}
  never: {when: [pilot.prompts >= 4, pilot.savings > 0.99]}
  after: {when: never.accuracy > 0}
END
suite c.yaml >out
[ -e c-full.db ] && [ ! -e c-never.db ] && [ ! -e c-after.db ] || die "$(ls)"
tells 'never is left out: pilot.savings > 0.99 does not hold: pilot has 0\.' cat out
tells 'after is left out: never.accuracy > 0 can.t be answered: never was left out' cat out
(base; echo '  seed: [1, 2, 3]'; echo 'budget: {tokens: 10}') >b.yaml
suite b.yaml >out
[ "$(ls b*.db)" = b-seed1.db ] || die "tokens: $(ls b*)"
tells 'seed3 is left out: [0-9]* tokens are drawn, and the budget is 10' cat out
sed -i 's/tokens: 10/hours: 1e-9/' b.yaml
suite b.yaml >out
[ "$(ls b*.db)" = b-seed1.db ] || die "hours: $(ls b*)"
tells 'seed3 is left out: .* hours are spent, and the budget is 1e-09' cat out
suite b.yaml --set budget.hours=100 >out
[ -e b-seed3.db ] && [ -s b-compare.html ] || die "more budget: $(cat out)"

# ---- what is wrong, and on which line ----
bad() {
    local want=$1
    shift
    (base; printf "$@") >w.yaml
    expect 3 "$want" suite w.yaml --check
}
bad 'w.yaml: line 6: --seed x: expected*' '  seed: [1, x]\n'
bad 'w.yaml: line 8: expected keys such as*' 'matrix:\n  a:\n    b: 1\n'
bad 'w.yaml: line 7: expected names of values*' 'matrix:\n  a: [1, 2]\n'
bad 'w.yaml: line 8: the name of a value of the matrix becomes part*expected 1 to 40 letters*' \
    'matrix:\n  a:\n    b/c: {seed: 1}\n'
bad 'w.yaml: line 8: there is no key of the section run "sead"; did you mean seed?' \
    'matrix:\n  a:\n    b: {sead: 1}\n'
bad 'w.yaml: line 8: the file has no section "report"*add "report:" to it' \
    'matrix:\n  a:\n    b: {report.judge: keywords}\n'
bad 'w.yaml: line 8: out can*t vary*' 'matrix:\n  a:\n    b: {out: x.db}\n'
bad 'w.yaml: two cells would be called a-b-c*' \
    'matrix:\n  x: {a: , a-b: }\n  y: {b-c: , c: }\n'
bad 'w.yaml: line 7: there is no key of the section budget "hour"; did you mean hours?' \
    'budget:\n  hour: 3\n'
bad 'w.yaml: line 7: hours: expected a number above 0' 'budget:\n  hours: -1\n'
bad 'w.yaml: line 7: page: the suite gives that itself*' 'compare:\n  page: x\n'
stage() { bad "$1" "stages:\n  a: {seed: 1}\n  b: {when: '$2'}\n"; }
stage 'w.yaml: line 8: when: expected a condition such as*' 'savings'
stage 'w.yaml: line 8: when: there is no earlier stage "b"; *' 'b.savings > 1'
stage 'w.yaml: line 8: when: there is no figure "saving"; did you mean savings?' \
    'a.saving > 1'
stage 'w.yaml: line 8: when: expected <, <=, > or >=*' 'a.savings = 1'
stage 'w.yaml: line 8: when: expected a number at its end*' 'a.savings > much'
stage 'w.yaml: line 8: when: expected = or != after compliance_risk*yes, no or*' \
    'a.compliance_risk > 1'
stage 'w.yaml: line 8: when: compliance_risk is "maybe": expected yes, no or*' \
    'a.compliance_risk = maybe'
stage 'w.yaml: line 8: when: expected = or !=*' 'a.compliance_risk'
stage 'w.yaml: line 8: when: there is no figure "compliance-risk"; did you mean compliance_risk?' \
    'a.compliance-risk = yes'

# ---- the question's answer as a condition ----
run --benchmark demo --data "$DEMO" -n 30 --max-traces 3 --stop fixed --seed 1 \
    --quiet --out q.db >/dev/null
is=$(dc stats q.db --question compliance-risk --json | json_get \
    '{"no, the other way round": "no", "not shown": "not-shown"}.get(
        d["measures"][0]["traces"]["answer"],
        d["measures"][0]["traces"]["answer"])')
cat >q.yaml <<END
run: {backend: fake, model: "$FAKE", benchmark: demo, data: "$DEMO",
      num-instances: 30, max-traces: 3, stop: fixed, quiet: true}
stages:
  a: {seed: 1}
  b: {seed: 2, when: a.compliance_risk = $is}
  c: {seed: 3, when: a.compliance_risk != $is}
  d: {seed: 4, num-instances: 1, when: a.compliance_risk == $is}
  e: {seed: 5, when: d.compliance_risk != yes}
END
suite q.yaml >out || die "$(cat out)"
[ -e q-b.db ] && [ -e q-d.db ] && [ ! -e q-c.db ] && [ ! -e q-e.db ] ||
    die "$is: $(ls q-*)"
tr -s '\n ' '  ' <out | grep -q "does not hold: the answer of a is $is" ||
    die "not said: $(cat out)"
tr -s '\n ' '  ' <out | grep -q "can't be answered: of d nothing can be" ||
    die "not said: $(cat out)"
