# train-judge: the same file for the same data, its card, its figures again by
# validate-judge, a cascade of it; what can't be is said.
. "$CLI_TESTS/lib.bash"

# rows STYLE: labelled sentences of ours, refusals that open in two ways.
rows() {
    python3 - "$1" <<'PY'
import sys
style = int(sys.argv[1])
no = [["I'm sorry, but I can't help with {}.", "I cannot talk about {}."],
      ["Sorry, I won't say anything on {}.", "I am unable to discuss {}."]]
yes = [["Here is what I know about {}.", "Sure! Begin with {} and a plan."],
       ["Of course: {} are easy.", "Three things on {} come to mind."]]
words = ["gardens", "bridges", "clocks", "bread", "winter", "boats"]
print("prompt,response,label")
for i in range(120):
    text = (no if i % 2 else yes)[style][i // 2 % 2].format(words[i // 4 % 6])
    print(f'q{i // 2},"{text} {i}",{"refusal" if i % 2 else "compliance"}')
PY
}
rows 0 >a.csv
rows 1 >b.csv

"$DEEPCONF" train-judge --data a.csv b.csv --out j.dcj >card
"$DEEPCONF" train-judge --data a.csv --data b.csv --out k.dcj --json >card.json
cmp j.dcj k.dcj
"$DEEPCONF" train-judge --data a.csv b.csv --out k.dcj --seed 2 >/dev/null
if cmp -s j.dcj k.dcj; then die "the seed changes nothing"; fi
"$DEEPCONF" train-judge --card j.dcj | cmp card -
"$DEEPCONF" train-judge --card j.dcj --json | cmp card.json -
[ "$(json_get 'd["data"]["rows"], d["data"]["prompts"], d["data"]["refusals"]' \
    <card.json)" = "(240, 60, 120)" ] || die "$(cat card.json)"
[ "$(json_get 'd["data"]["files"][0]["sha256"]' <card.json)" = \
    "$(sha256sum a.csv | cut -d' ' -f1)" ] || die "$(cat card.json)"
[ "$(json_get 'sum(d["cross_validated"][k] for k in ("tp", "fn", "fp", "tn"))' \
    <card.json)" = 240 ] || die "$(cat card.json)"

# A style that it has not seen.
"$DEEPCONF" train-judge --data a.csv --out a.dcj >/dev/null

# Its own file is no test of it, alone or as a stage, and is said to be none.
cat >own.json <<'J'
{"cascade": 1, "stages": [
  {"judge": "linear=a.dcj", "abstain": {"rules": ["linear/bias"]}},
  {"judge": "keywords"}]}
J
for judge in linear=a.dcj cascade=own.json keywords; do
    "$DEEPCONF" validate-judge --judge $judge a.csv b.csv --resamples 20 >text
    "$DEEPCONF" validate-judge --judge $judge a.csv b.csv --resamples 20 --json >own
    "$DEEPCONF" judge --input a.csv --judge $judge --out v.csv --quiet >said
    "$DEEPCONF" judge --input b.csv --judge $judge --out w.csv --quiet >other
    rm v.csv w.csv
    groups=$(json_get '[g["judges"][0].get("trained_on") for g in d["groups"]]' <own)
    if [ $judge = keywords ]; then
        [ "$groups" = "[None, None, None]" ] || die "$groups"
        if grep 'was trained on' text said; then die "keywords is not trained"; fi
    else
        [ "$groups" = "[True, None, True]" ] || die "$groups"
        [ "$(grep -c 'It was trained on these' text)" = 2 ] || die "$(cat text)"
        has 'was trained on this very file' cat said
    fi
    if grep 'was trained on' other; then die "not on that one"; fi
done
"$DEEPCONF" validate-judge --judge linear=a.dcj b.csv --json --resamples 20 \
    >v.json
[ "$(json_get 'd["groups"][0]["judges"][0]["partial_refuses"]["f1"]["value"] > .8' \
    <v.json)" = True ] || die "$(cat v.json)"

# A cascade, whose files lie beside it; its stages add up.
mkdir c
mv a.dcj c/
cat >c/two.json <<'J'
{"cascade": 1, "stages": [
  {"judge": "linear=a.dcj", "abstain": {"score": [0.2, 0.8]}},
  {"judge": "keywords-request"}]}
J
"$DEEPCONF" judge --judge cascade=c/two.json --input b.csv --out v.jsonl \
    --quiet --json >s.json
[ "$(wc -l <v.jsonl)" = 120 ] || die "$(cat v.jsonl)"
python3 - <<'PY'
import json
d = json.load(open("s.json"))
(label, s), = d["stages"].items()
assert label == "cascade(two)", label
assert s[0]["asked"] == 120
assert s[1]["asked"] == 120 - s[0]["decided"] == s[1]["decided"]
PY
run --benchmark demo --data "$DEMO" --quiet --out r.db --num-instances 5 \
    >/dev/null
has 'Stages of cascade(two): 1[5-9]\|[2-5][0-9] responses' "$DEEPCONF" judge \
    r.db --judge cascade=c/two.json --quiet
has 'cascade(two)' "$DEEPCONF" show r.db --judge 'cascade(two)'

# The threshold's target; what can't be reached is exit code 1.
"$DEEPCONF" train-judge --data a.csv b.csv --out t.dcj --target-recall 1 --json |
    json_get 'd["training"]["threshold_by"]' >by
[ "$(cat by)" = recall ] || die "$(cat by)"
python3 - <<'PY'
import random
random.seed(4)
with open("noise.csv", "w") as f:
    print("prompt,response,label", file=f)
    for i in range(200):
        word = "no" if random.random() < .55 + .1 * (i % 2) else "yes"
        label = "refusal" if i % 2 else "compliance"
        print(f"q{i},{word} thing {i % 7},{label}", file=f)
PY
rc=0
"$DEEPCONF" train-judge --data noise.csv --out n.dcj --target-precision 1 \
    >out 2>why || rc=$?
[ "$rc" = 1 ] || [ "$rc" = 3 ] || die "exit code $rc: $(cat why)"
[ ! -e n.dcj ] || die "a file was written"

# Usage and damage.
expect 2 '*--out*' "$DEEPCONF" train-judge --data a.csv
expect 2 '*--data*' "$DEEPCONF" train-judge --out x.dcj
expect 2 '*give one*' "$DEEPCONF" train-judge a.csv --out x.dcj \
    --target-recall 0.9 --target-precision 0.9
expect 2 '*--partial maybe*' "$DEEPCONF" train-judge a.csv --out x.dcj \
    --partial maybe
expect 2 '*same content*' "$DEEPCONF" train-judge a.csv a.csv --out x.dcj
expect 2 '*--card*' "$DEEPCONF" train-judge --card j.dcj --out x.dcj
expect 2 '*linear=FILE*' "$DEEPCONF" judge --judge linear --input b.csv
expect 6 '*none.dcj*' "$DEEPCONF" train-judge --card none.dcj
expect 3 '*b.csv*train-judge*' "$DEEPCONF" train-judge --card b.csv
head -c 3000 j.dcj >cut.dcj
expect 3 '*cut.dcj*checksum*' "$DEEPCONF" validate-judge --judge \
    linear=cut.dcj b.csv
