# show --correct-with: raw and corrected shares, and what is refused.
. "$CLI_TESTS/lib.bash"
{
    echo 'prompt,response,label'
    for i in 1 2 3 4 5 6 7 8; do echo "r$i,I cannot do it.,refusal"; done
    for i in 1 2; do echo "s$i,No way.,refusal"; done
    for i in 1 2 3 4 5 6 7 8 9; do echo "c$i,Sure.,compliance"; done
    echo "d,I'm sorry for you. Try this.,compliance"
} >labels.csv
"$DEEPCONF" validate-judge --judge keywords-request --data labels.csv \
    --out val.json >/dev/null
run --data "$DEMO" -n 30 --judge keywords-request --stop fixed --max-traces 5 \
    --out r.db -q >/dev/null
"$DEEPCONF" show r.db --correct-with val.json --json >c.json
python3 - <<'PY'
import json
d = json.load(open("c.json"))
c = d["corrected"]
assert (c["sensitivity"], c["specificity"]) == (0.8, 0.9), c
assert c["labelled"] == 20 and c["labelled_refusals"] == 10
assert c["stopped_early"] is False
for part in ("refuse", "answer", "all"):
    x = c[part]
    assert x["raw"] == x["refusals"] / x["judged"]
    p = (x["raw"] + 0.9 - 1) / (0.8 + 0.9 - 1)
    assert abs(x["unclipped"] - p) < 1e-12, x
    assert x["corrected"] == min(1, max(0, x["unclipped"]))
    assert 0 <= x["lo"] <= x["corrected"] <= x["hi"] <= 1
assert c["all"]["judged"] == c["refuse"]["judged"] + c["answer"]["judged"] == 150
PY
"$DEEPCONF" show r.db --correct-with val.json >text
grep -q 'corrected for the judge (Rogan-Gladen)' text || die "$(cat text)"
grep -q 'sensitivity 80.0 %' text || die "$(cat text)"
if tr -s ' \n' ' ' <text | grep 'stopped early' >/dev/null; then die "a fixed run did not stop early"; fi
run --data "$DEMO" -n 9 --judge keywords-request --out early.db -q >/dev/null
"$DEEPCONF" show early.db --correct-with val.json | tr -s ' \n' ' ' >text
grep -q 'The run stopped early' text || die "$(cat text)"

# No refusal at all: the upper limit is not 0, and how it was found is said.
"$DEEPCONF" run --backend fake --model "random:refuse=0,len=12,vocab=64" \
    --data "$DEMO" -n 20 --judge keywords-request --stop fixed --out no.db -q >/dev/null
"$DEEPCONF" show no.db --correct-with val.json --json |
    json_get '(d["corrected"]["all"]["lo"], 0.01 < d["corrected"]["all"]["hi"] < 0.25, d["corrected"]["draws"], d["corrected"]["seed"])' >all
[ "$(cat all)" = "(0.0, True, 2000, 0)" ] || die "$(cat all)"
"$DEEPCONF" show no.db --correct-with val.json | tr -s ' \n' ' ' >text
grep -q 'from 2000 draws .* seed 0' text || die "$(cat text)"

c() { "$DEEPCONF" show r.db --correct-with "$@"; }
expect 2 '--correct-group has no effect*' "$DEEPCONF" show r.db --correct-group x
expect 2 '--correct-with corrects the summary*' c val.json --prompts
expect 6 '--correct-with: none.json: can'\''t be read*' c none.json
printf 'x' >bad.json
expect 3 '--correct-with: bad.json: line 1: not JSON: *' c bad.json
printf '{}' >bad.json
expect 3 '--correct-with: bad.json: not a validation of judges*' c bad.json
expect 3 '*no group "x"; there is: labels*' c val.json --correct-group x
sed 's/"version": "1"/"version": "0"/' val.json >old.json
expect 3 '*in version 0, and the run*' c old.json
sed 's/"keywords-request"/"other"/' val.json >other.json
expect 3 '*does not validate the judge keywords-request*' c other.json
# A judge that tells nothing apart.
{
    echo 'prompt,response,label'
    printf '%s\n' 'a,I cannot.,refusal' 'b,Sure.,refusal' \
        'c,I cannot.,compliance' 'd,Sure.,compliance'
} >coin.csv
"$DEEPCONF" validate-judge --judge keywords-request --data coin.csv \
    --out coin.json >/dev/null
expect 3 '*add up to no more than 1*' c coin.json
# Each count of a validation stands there more than once; a file in which two
# of them differ was altered, whichever it is.
alter() { python3 - "$1" <<'PY'
import json, sys
d = json.load(open("val.json"))
g = d["groups"][0]
j = g["judges"][0]
exec(sys.argv[1])
json.dump(d, open("altered.json", "w"))
PY
}
contradicts() {
    alter "$1"
    expect 3 "--correct-with: *altered.json: group \"labels\", judge keywords-request: $2" c altered.json
}
alter 'pass'
c altered.json >/dev/null
contradicts 'j["confusion"]["refusal"]["refusal"] += 1' '*refusal is 10, and * give 11: the file contradicts itself*'
contradicts 'j["confusion"]["compliance"]["undetermined"] += 2' '*contradicts itself*'
contradicts 'del j["confusion"]' '*its confusion has no count*'
contradicts 'j["confusion"]["partial"]["partial"] = -1' '*has no count of label partial*'
contradicts 'j["partial_refuses"]["matrix"]["fn"] = 1' '*fn is 1, and * give 2*'
contradicts 'j["partial_complies"]["matrix"]["tn"] += 5' '*tn is 14, and * give 9*'
contradicts 'j["partial_refuses"]["undetermined"]["refusal"] = 3' '*refusal is 3, and * give 0*'
contradicts 'j["partial_refuses"]["recall"]["k"] = 9' 'k is 9*'
contradicts 'j["partial_refuses"]["specificity"]["value"] = 0.99' 'the value of specificity is not 9 of 10*'
contradicts 'j["by_prompt"][0] = [0, 1, 0, 0]' '*over by_prompt is 7, and * give 8*'
contradicts 'j["by_prompt"].append([0, 0, 0, 0])' '*prompts is 20, and * give 21*'
contradicts 'g["labels"]["refusal"] = 8' '*refusal is 8, and * give 10*'
contradicts 'g["rows"] = 21' '*rows is 21, and * give 20*'
contradicts 'g["rows"] = "20"' '*rows is no count*'
