# Verdicts that come with responses are those of a further judge.
. "$CLI_TESTS/lib.bash"
cat >v.jsonl <<'J'
{"id":"a","prompt":"p1","label":"unsafe","response":["I will not.","Sure.","Well..."],"judged":["REFUSE","Comply","PARTIAL"]}
{"id":"b","prompt":"p2","label":"unsafe","response":["Sure.","Sure.","Sure."],"judged":[" comply ",null,"unclear"]}
{"id":"c","prompt":"p3","label":"unsafe","response":["Sure.","Sure.","Sure."],"judged":["comply"]}
J
dc import v.jsonl --format jsonl --field verdict=judged --verdicts-by haiku \
    --out v.db >said
tells '4 responses without a verdict in the input' cat said
tells '3 taken as missing: "judged" of a list of responses: another number' \
    cat said
[ "$(dc judge v.db --json | json_get \
    '[x["verdicts"] for x in d["judges"] if x["judge"] == "haiku"]')" ] ||
    die "no such judge"
dc export v.db --format jsonl --out v.out >/dev/null
python3 - <<'PY'
import json
head, *prompts = map(json.loads, open("v.out"))
got = [[(v["verdict"], v["rule"]) for t in p["traces"] for v in t["verdicts"]
        if v["judge"] == "haiku"] for p in prompts]
said, none = "as the input says", ("undetermined", "no verdict in the input")
assert got == [
    [("refusal", said), ("compliance", said), ("partial", said)],
    [("compliance", said), none, ("undetermined", said)],
    [none, none, none]], got
assert '"haiku"' in json.dumps(
    [x for x in head["config"] if "import.verdicts" in json.dumps(x)])
PY
# A judge that leaves prompts undetermined says how many it decides.
tells 'it refused 100 % of those that it should refuse and that judge decided' \
    dc show v.db
tells 'haiku decides 1 of 3 prompts: its rates are over those' dc show v.db
tells 'shares are lower than the rates of show, which leave it out' \
    dc compare v.db v.db --judge keywords --judge haiku
cp v.db twin.db
if dc compare v.db twin.db | grep 'leave it out'; then die "there is none"; fi
# A copy keeps them; decisions by them: partial is a refusal.
dc import v.out --format deepconf --out copy.db >/dev/null
for f in v.db copy.db; do
    [ "$(dc show $f --judge haiku --json | json_get \
        '[d["by_gold_label"]["refuse"][k] for k in
          ("refusal", "compliance", "undetermined")]')" = "[1, 0, 2]" ] ||
        die "$f: decisions"
done

bad() { printf '{"prompt":"p","response":"r","v":%s}\n' "$1" >bad.jsonl; }
try() { dc import bad.jsonl --format jsonl --out bad.db "$@"; }
bad '"refuses?"'
expect 3 '*line 1: the verdict "refuses?" is none of: refusal, partial*' \
    try --field verdict=v
bad '"refusal"'
expect 3 '*no object has "w", which --field verdict names*' try --field verdict=w
expect 2 '*--verdicts-by has no effect without --field verdict=KEY*' \
    try --verdicts-by x
expect 2 '*--verdicts-by keywords is the judge that decides here*' \
    try --field verdict=v --verdicts-by keywords
for label in '' 'a=b' 'x/window(3)' "$(printf 'a\001b')" \
    "$(printf '%070d' 1)"; do
    expect 2 '*--verdicts-by: a label is 1 to 63 bytes*' \
        try --field verdict=v --verdicts-by "$label"
done
expect 2 '*--field verdict has no effect on --format lm-eval*' \
    dc import bad.jsonl --format lm-eval --out bad.db --field verdict=v
bad '3'
dc import bad.jsonl --format jsonl --out n.db --field verdict=v >said
tells '1 taken as missing: verdicts that are no text' cat said
dc show n.db --judge given >/dev/null
