# Every command of docs/REQUEST.md runs as it stands, on a small run.
. "$CLI_TESTS/lib.bash"
mock_plays '{"judge": "yes"}'
mkdir -p bin experiments
python3 "$REPO/tests/seed_fixture.py" . 0
mv toxicchat_percentile_safety_analysis.json sweep.json
cp "$REPO/experiments/four-runs.yaml" experiments/
python3 - "$REPO/docs/REQUEST.md" >commands <<'PY'
import re, sys
seen = []
for line in open(sys.argv[1]):
    for cell in re.findall(r"`(deepconf [^`]+)`", line):
        if cell not in seen:
            seen.append(cell)
# what makes runs and verdicts comes before what reads them
for start in "run ", "import ", "judge ", "":
    for c in [c for c in seen if c.startswith("deepconf " + start)]:
        seen.remove(c)
        print(c)
PY
[ "$(wc -l <commands)" -ge 20 ] || die "only $(wc -l <commands) commands"
while read -r line; do
    real=${line/#deepconf/$DEEPCONF}
    real=${real/--model model.gguf/--backend fake --model $FAKE}
    real=${real/--set model=model.gguf/--set backend=fake --set model=$FAKE}
    real=${real/wildguard=wildguard.gguf/wildguard=$URL#mock}
    want=0
    case $line in
    *'verify sweep.json'* | *' calibrate '*) want=1 ;;
    esac
    code=0
    # shellcheck disable=SC2086 # words of a command
    $real </dev/null >out 2>err || code=$?
    [ $code = $want ] || die "$line: exit code $code: $(tail -3 err)"
    [ -s out ] || [ -s err ] || die "$line: said nothing"
done <commands
# What the page says of them.
dc show their.db --judge refused --json >j
[ "$(json_get '[a["id"] for a in d["alarms"]
    if a["id"].endswith("inverted")]' <j)" = \
    "['label-inverted', 'confidence-inverted']" ] || die "alarms: $(cat j)"
# Each judge, topic and file that it names is there.
for f in $(grep -o '](\([A-Z]*\.md\))' "$REPO/docs/REQUEST.md" | tr -d '])('); do
    [ -f "$REPO/docs/$f" ] || die "docs/$f is not there"
done
for f in ANALYSIS_SUMMARY.md COMPREHENSIVE_REPORT.md viewer.ipynb \
    reproducible.ipynb plots/confusion_matrix_2x2.svg; do
    [ -s "report/$f" ] || [ ! -d report/plots ] || die "report/$f is not there"
done
mock_end
