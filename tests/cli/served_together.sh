# Traces of a prompt as the choices of one request, at a server whose choices
# share the work on it: the same traces as from single requests, whatever is lost
# of them; a session that is killed with such requests under way knows of each
# trace that they were for.
. "$CLI_TESTS/lib.bash"
python3 - >p.csv <<'PY'
print("id,prompt,label")
for i in range(4):
    print(f"{i},Tell me about number {i}.,{i % 2}")
PY
opts=(--max-tokens 40 --logprobs 5 --top-logprobs 3 --in-flight 8 --data p.csv)
run() { # OUT OPTION...
    local out=$1
    shift
    "$DEEPCONF" run --model mock --base-url "$URL" --out "$out" "${opts[@]}" \
        "$@" >/dev/null
}
cat >tell.py <<'PY'
import sqlite3, sys
def rows(name):
    db = sqlite3.connect(name)
    keep = ", ".join(r[1] for r in db.execute("PRAGMA table_info(trace)")
                     if r[1] not in ("id", "ms", "first_ms", "attempts",
                                     "segment", "endpoint", "tok_top"))
    return [db.execute(f"SELECT {keep} FROM trace ORDER BY prompt, idx").fetchall(),
            sorted(db.execute("SELECT prompt, idx, measure, value FROM measure"
                              " JOIN trace ON trace = trace.id")),
            db.execute("SELECT * FROM decision ORDER BY prompt").fetchall()]
if sys.argv[1] == "same":
    a, b = rows(sys.argv[2]), rows(sys.argv[3])
    assert len(a[0]) == 40 and a == b, sys.argv
else: # traces, those that came whole, the most and the sum of attempts
    print(*sqlite3.connect(sys.argv[2]).execute(
        "SELECT count(*), sum(first_ms IS NULL), max(attempts), sum(attempts) "
        "FROM trace").fetchone())
PY
is() { # WHAT EXPECTED RUN
    local got
    got=$(python3 tell.py of "$3")
    [ "$got" = "$2" ] || die "$1: $got, expected $2"
}
asked() { # requests for traces, and their choices
    mock_told state '"%d %d" % (len(n := [
        r["choices"] for r in d["record"] if r["tokens"] == 40]), sum(n))'
}

mock_plays '{}'
run alone.db --quiet --stop fixed
[ "$(asked)" = "40 40" ] || die "single requests: $(asked)"

mock_plays '{"scenario": "n-shared"}'
run whole.db --stop fixed 2>said
python3 tell.py same alone.db whole.db
is "whole" "40 40 1 40" whole.db
read -r requests choices <<<"$(asked)"
[ "$choices" = 40 ] && [ "$requests" -le 20 ] || die "$requests requests"
has 'servers: [0-9]* answers* of several to one request may have had such' \
    cat said
"$DEEPCONF" run --model mock --base-url "$URL" --out half.db "${opts[@]}" \
    --quiet --stop curtail >/dev/null
read -r requests choices <<<"$(asked)"
[ "$choices" -gt 40 ] && [ "$requests" -lt "$choices" ] || die "curtail"
expect 2 '*--request-arg n*' "$DEEPCONF" run --model mock --base-url "$URL" \
    --out no.db "${opts[@]}" --request-arg n=2

# lost in its middle: each is drawn again, and said so; a refusal draws nothing
mock_plays '{"scenario": "n-shared", "cut": 3, "from": 30, "n_from": 2}'
run lost.db --quiet --stop fixed
python3 tell.py same alone.db lost.db
read -r _ _ most sum <<<"$(python3 tell.py of lost.db)"
[ "$most" = 2 ] && [ "$sum" -gt 41 ] || die "lost: $most, $sum"
mock_plays '{"scenario": "n-shared", "n_use": "short", "from": 30, "n_from": 2}'
run short.db --quiet --stop fixed
python3 tell.py same alone.db short.db
mock_plays '{"scenario": "n-shared", "status": 429, "times": 1, "from": 30,
             "n_from": 2}'
run busy.db --quiet --stop fixed
python3 tell.py same alone.db busy.db
[ "$(python3 tell.py of busy.db | cut -d' ' -f3)" = 1 ] || die "429"

# too long a prompt, and one that a filter refuses
mock_plays '{"scenario": "n-shared", "status": 400, "error": "context-openai",
             "from": 30, "only": "number 2"}'
run long.db --quiet --stop fixed
tells "context" dc show long.db
mock_plays '{"scenario": "n-shared", "status": 400, "error": "policy",
             "from": 30, "only": "number 2"}'
run filter.db --quiet --stop fixed
[ "$(python3 -c 'import sqlite3
print(sqlite3.connect("filter.db").execute("SELECT count(*) FROM trace WHERE "
    "prompt = 2").fetchone()[0])')" = 10 ] || die "filtered traces"

# killed while eight traces are under way, in two requests or one, and gone on
cat >kill.py <<'PY'
import json, sqlite3, subprocess, sys, urllib.request
prog, url = sys.argv[1:3]
def state():
    return json.load(urllib.request.urlopen(url.replace("/v1", "/mock/state")))
p = subprocess.Popen([prog, "run", "--model", "mock", "--base-url", url, "--out",
                      "kill.db", "--quiet", "--stop", "fixed", *sys.argv[3:]])
def flying():
    s = state()
    return sum(r["choices"] for r in s["record"]
               if r["tokens"] == 40 and not r["end"])
while flying() < 8:
    assert p.poll() is None
p.kill()
p.wait()
db = sqlite3.connect("kill.db")
n = db.execute("SELECT count(*), max(begun) FROM flight").fetchone()
assert n == (8, 1), n
PY
mock_plays '{"scenario": "n-shared", "hold": 0, "from": 30}'
python3 kill.py "$DEEPCONF" "$URL" "${opts[@]}"
mock_plays '{"scenario": "n-shared"}'
run kill.db --quiet --stop fixed
python3 tell.py same alone.db kill.db
is "killed" "40 40 2 48" kill.db
mock_end
