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
"$DEEPCONF" list >a
"$DEEPCONF" list --json | json_get '" ".join(d)' | tr ' ' '\n' >want
grep '^[^ ]' a | diff want -
"$DEEPCONF" list backends >a
if grep -q fake a; then die "the fake backend is listed"; fi
has 'no decision ever changes' "$DEEPCONF" list policies
