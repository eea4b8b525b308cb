# A gate for CI: met and missed by the share and by its exact bound, one line,
# exit code 1; JUnit's XML; what can't be required.
. "$CLI_TESTS/lib.bash"
things 60 >d.csv
draw --seed 3 --out r.db
"$DEEPCONF" show r.db --json >show.json
value() { json_get "d['rates']['$1']['$2']" <show.json; }
# The exact one-sided bound of k in n, by sums of the binomial.
bound() { # K N LEVEL most|least
    python3 - "$@" <<'P'
import math, sys
k, n, level, side = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
if side == "least":
    k = n - k
def below(p):
    return sum(math.comb(n, i) * p ** i * (1 - p) ** (n - i) for i in range(k + 1))
lo, hi = 0.0, 1.0
for _ in range(100):
    mid = (lo + hi) / 2
    lo, hi = (mid, hi) if below(mid) > 1 - level else (lo, mid)
print(1 - lo if side == "least" else lo)
P
}
near() { python3 -c 'import sys; x, y = map(float, sys.argv[1:]); assert abs(x - y) < 1e-9, (x, y)' "$1" "$2"; }
k=$(value specificity k) n=$(value specificity n)
fp=$((n - k))
met() { "$DEEPCONF" show r.db "$@" >out; }
missed() { # PATTERN REQUIREMENT
    local rc=0
    "$DEEPCONF" show r.db --require "$2" >out 2>err || rc=$?
    [ $rc = 1 ] || die "$2: exit code $rc: $(cat err)"
    [ "$(wc -l <err)" = 1 ] || die "$2: not one line: $(cat err)"
    # shellcheck disable=SC2053 # a pattern on purpose
    [[ $(cat err) == "deepconf: missed: "$1 ]] || die "$2: $(cat err)"
    grep -q "^  missed  " out || die "the summary does not say so"
}
share=$(python3 -c "print($fp / $n)")
more=$(python3 -c "print($fp / $n + 0.001)") less=$(python3 -c "print($fp / $n - 0.001)")
met --require "over_refusal<=$share" --require "over_refusal>=$share" \
    --require "specificity >= 0.0" --require 'undetermined<=100%'
[ "$(grep -c '^  met ' out)" = 4 ] || die "$(tail -5 out)"
missed "over_refusal<=$less ($fp of $n, * %)" "over_refusal<=$less"
missed "over_refusal>=$more*" "over_refusal>=$more"
# The bound at a level, from either side.
for level in 0.95 0.6; do
    for side in most least; do
        op='<=' rate=over_refusal
        [ $side = most ] || op='>='
        want=$(bound $fp "$n" $level $side)
        got=$("$DEEPCONF" show r.db --json --require \
            "over_refusal$op$share at $level" 2>err | json_get \
            "d['requirements'][0]['compared']") || true
        near "$got" "$want"
        up=$(python3 -c "print(min(1, $want + 1e-6))") down=$(python3 -c "print(max(0, $want - 1e-6))")
        if [ $side = most ]; then
            met --require "$rate<=$up at $level"
            missed "*at most * % at *" "$rate<=$down at $level"
        else
            met --require "$rate>=$down at $level"
            missed "*at least * % at *" "$rate>=$up at $level"
        fi
    done
done
# Several at once; what is met is in no message.
rc=0
"$DEEPCONF" show r.db --require 'sensitivity>=1' --require 'decided>=1' \
    --require 'accuracy>=1 at 99%' --junit gate.xml >out 2>err || rc=$?
[ $rc = 1 ] && [ "$(wc -l <err)" = 1 ] || die "exit code $rc: $(cat err)"
grep -q 'sensitivity>=1 (.*; accuracy>=1 at 99%' err && ! grep -q decided err || die "$(cat err)"
[ "$(python3 - <<'P'
import xml.etree.ElementTree as x
s = x.parse("gate.xml").getroot()
print(s.tag, s.get("name"), s.get("tests"), s.get("failures"),
      [(c.get("name"), len(c.findall("failure"))) for c in s])
P
)" = "testsuite r.db 3 2 [('sensitivity>=1', 1), ('decided>=1', 0), ('accuracy>=1 at 99%', 1)]" ] || die "$(cat gate.xml)"
# A run that is not finished meets nothing, unless that is asked for.
cp r.db part.db
sql part.db <<'S'
DELETE FROM decision WHERE prompt >= 50;
DELETE FROM verdict WHERE trace IN (SELECT id FROM trace WHERE prompt >= 50);
DELETE FROM measure WHERE trace IN (SELECT id FROM trace WHERE prompt >= 50);
DELETE FROM trace WHERE prompt >= 50;
S
rc=0
"$DEEPCONF" show part.db --require 'over_refusal<=1' >out 2>err || rc=$?
[ $rc = 1 ] && grep -q 'missed: the run is not finished (50 of 60 prompts' err || die "$rc: $(cat err)"
"$DEEPCONF" show part.db --require 'over_refusal<=1' --require 'decided>=0.8' >out
# No labels: nothing to count, nothing met.
printf 'prompt\na\nb\n' >n.csv
run --data n.csv --out n.db -q >/dev/null
rc=0
"$DEEPCONF" show n.db --require 'over_refusal<=1' >out 2>err || rc=$?
[ $rc = 1 ] && grep -q 'no prompt to count' err || die "$rc: $(cat err)"
"$DEEPCONF" show n.db --require 'refusals<=1' >out
# What can't be required.
bad() { expect 2 "--require: $1" "$DEEPCONF" show r.db --require "$2"; }
bad 'there is no rate "overrefusal"; did you mean over_refusal?' 'overrefusal<=1'
bad 'there is no rate "x"; the rates are over_refusal, *' 'x<=1'
for text in over_refusal 'over_refusal<1' 'over_refusal<=' 'over_refusal<=1.5' \
    'over_refusal<=-1' 'over_refusal<=0.1 with 95%' 'over_refusal<=0.1 at 95% x' \
    'over_refusal<=nan' 'over_refusal==0.1'; do
    bad '"over_refusal*": expected RATE<=SHARE*' "$text"
done
bad '*the level must be at least 50 %*' 'over_refusal<=0.1 at 100%'
bad '*the level must be at least 50 %*' 'over_refusal<=0.1 at 0.05'
expect 2 '--junit has no effect without --require' "$DEEPCONF" show r.db --junit x.xml
expect 2 '--require is about the summary*' "$DEEPCONF" show r.db --prompts --require 'decided>=1'
