# Every list as text and as JSON, with the same names.
. "$CLI_TESTS/lib.bash"
for what in measures policies votes judges backends models benchmarks commands
do
    "$DEEPCONF" list $what >a
    "$DEEPCONF" list $what --json >b
    python3 -m json.tool <b >/dev/null
    json_get "'\n'.join(['$what'] + ['  ' + x['name'] for x in d['$what']])" \
        <b >want
    grep -E '^( {2})?[^ ]' a >got
    diff want got
    [ "$(wc -l <got)" -ge 2 ] || die "$what: empty"
done
# Every judge has a version, the one that its verdicts are stored with.
printf 'response\nSure.\n' >in.csv
"$DEEPCONF" list judges --json >b
for j in keywords phrases10; do
    "$DEEPCONF" judge --judge $j --input in.csv --quiet 2>/dev/null |
        json_get 'd["version"]' >want
    json_get "[x['version'] for x in d['judges'] if x['name'] == '$j'][0]" <b |
        diff want -
done
[ "$(json_get '[x["name"] for x in d["judges"]
    if not x.get("version") and not x.get("version_by")]' <b)" = '[]' ]
has '^      version by  *1, the SHA-256 of the model' "$DEEPCONF" list judges
"$DEEPCONF" list >a
"$DEEPCONF" list --json | json_get '" ".join(d)' | tr ' ' '\n' >want
grep '^[^ ]' a | diff want -
"$DEEPCONF" list backends >a
if grep -q fake a; then die "the fake backend is listed"; fi
has 'no decision ever changes' "$DEEPCONF" list policies
