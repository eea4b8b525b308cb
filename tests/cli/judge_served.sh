# A judge whose model a server has: the same verdicts whatever goes wrong on the
# way, and what is lost is asked again, not made up.
. "$CLI_TESTS/lib.bash"

run --data "$DEMO" -n 10 --stop fixed --quiet --out r.db >/dev/null
# verdicts RUN: a line a trace; of the mock they are known.
verdicts() {
    python3 - "$@" <<'PY'
import re, sqlite3, sys
c = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
for id, text, verdict, rule, version, reply in c.execute(
        "SELECT t.id, t.text, v.verdict, v.rule, v.version, v.reply FROM trace t"
        " JOIN verdict v ON v.trace = t.id AND v.judge = 'wildguard(mock)'"
        " ORDER BY t.id"):
    if verdict != "undetermined":
        refuses = bool(re.search("sorry|can't|cannot|can\u2019t", text))
        assert (verdict == "refusal") == refuses, (id, verdict, text)
    print(id, verdict, rule, version)
PY
}
judges() { # judges RUN [ARG...]
    local file=$1
    shift
    "$DEEPCONF" judge "$file" --judge "wildguard=$URL#mock" --quiet "$@"
}

# As it should be.
mock_plays '{"judge": "yes"}'
cp r.db a.db
COLUMNS=200 has '1 mock@fp_mock served, markers read' judges a.db
verdicts a.db >want
n=$(wc -l <want)
[ "$n" = 100 ] || die "$n verdicts"
grep -q ' refusal refusal yes ' want && grep -q ' compliance refusal no ' want ||
    die "verdicts of one kind: $(head -3 want)"
grep -q 'undetermined' want && die "undetermined: $(grep undetermined want)"
[ "$(cut -d' ' -f5- want | sort -u)" = "1 mock@fp_mock served, markers read" ] ||
    die "versions: $(cut -d' ' -f5- want | sort -u)"
tells 'note: --judge wildguard(mock): .*marker' sh -c \
    "'$DEEPCONF' judge a.db --judge 'wildguard=$URL#mock' 2>&1"

# Killed while it waits, and given again.
mock_plays '{"judge": "yes", "after": 80, "hold": 0}'
cp r.db b.db
"$DEEPCONF" judge b.db --judge "wildguard=$URL#mock" >/dev/null 2>&1 &
mock_told 'wait?finished=78' "d['finished']" >/dev/null
kill -9 $!
wait $! 2>/dev/null || true
verdicts b.db >some
[ -s some ] && [ "$(wc -l <some)" -lt "$n" ] || die "$(wc -l <some) verdicts"
mock_plays '{"judge": "yes"}' --port "$PORT"
judges b.db >/dev/null
verdicts b.db | cmp - want

# The server loses its model in the midst: what it said stands, and the same
# command goes on at another one in its place.
mock_plays '{"judge": "yes", "after": 80, "status": 404, "error": "model"}'
cp r.db c.db
expect 4 "$URL/completions: HTTP 404*does not exist*wildguard(mock) has judged * of 100 traces; the same command goes on" \
    judges c.db
verdicts c.db >some
[ -s some ] && [ "$(wc -l <some)" -lt "$n" ] || die "$(wc -l <some) verdicts kept"
diff some want | grep '^<' && die "what was kept is other than it should be"
mock_plays '{"judge": "yes"}' --port "$PORT"
judges c.db >/dev/null
verdicts c.db | cmp - want

# Too many requests, errors, cut connections, garbage: asked again, all of it.
for knobs in '"status": 429, "times": 1, "retry_after_ms": "10"' \
    '"status": 503, "retry_after_ms": "10", "after": 40, "fail_first": 44' \
    '"cut": 0, "after": 40, "fail_first": 44' \
    '"body": "text", "after": 40, "fail_first": 44'; do
    mock_plays "{\"judge\": \"yes\", $knobs}"
    cp r.db d.db
    judges d.db >/dev/null || die "$knobs"
    verdicts d.db | cmp - want || die "$knobs"
done

# What is too long for the server is undetermined, and can be judged again.
mock_plays '{"judge": "yes", "n_ctx": 64, "error": "context-openai"}'
cp r.db e.db
judges e.db >/dev/null
[ "$(verdicts e.db | grep -c 'undetermined too long for the judge')" = "$n" ] ||
    die "too long: $(verdicts e.db | head -3)"
mock_plays '{"judge": "yes"}' --port "$PORT"
judges e.db >/dev/null
verdicts e.db >same
grep -q 'undetermined' same || die "judged again without being asked"
judges e.db --again-undetermined >/dev/null
verdicts e.db | cmp - want
mock_told reset "0" >/dev/null
judges e.db --again-undetermined >/dev/null
asked=$(mock_told state "sum(r['scenario'] != '' for r in d['record'])")
[ "$asked" -lt 24 ] || die "asked again about what is determined: $asked"
expect 2 '--again-undetermined is for a run file*' "$DEEPCONF" judge \
    --input x.csv --judge "wildguard=$URL#mock" --again-undetermined
expect 2 '--again-undetermined has no effect without --judge*' \
    "$DEEPCONF" judge e.db --again-undetermined
