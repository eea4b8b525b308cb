# Every list as text and as JSON, with the same names.
. "$CLI_TESTS/lib.bash"
while read -r what one; do
    "$DEEPCONF" list $what >a
    "$DEEPCONF" list $what --json >b
    python3 -m json.tool <b >/dev/null
    json_get "'\n'.join(x['name'] for x in d['$what'])" <b >want
    if [ "$one" ]; then
        sed -n "s/^$one //p" a >got
    else
        [ "$(head -n 1 a)" = "$what" ] || die "$what: no heading"
        sed -n 's/^  \([^ ][^ ]*\)  .*/\1/p' a >got
    fi
    diff want got
    [ "$(wc -l <got)" -ge 1 ] || die "$what: empty"
    COLUMNS=40 "$DEEPCONF" list $what | awk 'length > 40 { exit 1 }' ||
        die "$what: lines are wider than the terminal"
done <<'KINDS'
measures measure
policies policy
votes vote
judges judge
backends
models model
benchmarks benchmark
formats format
commands
KINDS
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
has '^  version by  *1, the SHA-256 of the model' "$DEEPCONF" list judges
for what in $("$DEEPCONF" list --json | json_get '" ".join(d)'); do
    "$DEEPCONF" list $what
    echo
done | sed '$d' >want
"$DEEPCONF" list | diff want -
"$DEEPCONF" list backends >a
if grep -q fake a; then die "the fake backend is listed"; fi
has 'no decision ever changes' "$DEEPCONF" list policies
