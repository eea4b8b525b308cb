# A run that stops early has its probe find out once, at each URL, whether closing
# a connection stops the server's work; where it does not, the run says so at its
# begin and afterwards as an alarm. A run that draws all traces does not ask.
. "$CLI_TESTS/lib.bash"
mock
serve() { "$DEEPCONF" run --base-url "http://127.0.0.1:$PORT/v1" --benchmark demo \
    --data "$DEMO" -n 1 --max-traces 5 "$@"; }
found() { python3 -c 'import json, sqlite3, sys
for (p,) in sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True).execute(
        "select probe from endpoint"):
    print(json.loads(p)["abort_stops"])' "$1"; }
alarms() { dc show "$1" --json | python3 -c 'import json, sys
print(*(a["id"] for a in json.load(sys.stdin)["alarms"]))'; }

mock_plays '{"delay_ms": 8, "tokens": 60}'
serve --model mock --out stops.db 2>said.err >said
[ "$(found stops.db)" = True ] || die "an abort that stops: $(found stops.db)"
! grep -q "works on" said.err said || die "works on, though it stopped"
[[ $(alarms stops.db) != *server-works-on* ]] || die "an alarm for a server that stops"

mock_plays '{"delay_ms": 8, "tokens": 60, "works_on": 7}'
serve --model mock --out on.db 2>said.err >said
[ "$(found on.db)" = False ] || die "an abort that does not: $(found on.db)"
has "note: http://127.0.0.1:$PORT/v1 works on for an answer whose connection was" \
    cat said.err
tells "A server works on for answers that are no longer wanted" cat said
[[ $(alarms on.db) = *server-works-on* ]] || die "no alarm: $(alarms on.db)"
tells "request run on for five seconds: http://127.0.0.1:$PORT/v1" \
    dc show on.db --full

mock_plays '{}'
serve --model mock --stop fixed --out all.db 2>said.err >said
[ "$(found all.db)" = None ] || die "asked, though nothing is closed"
mock_end
