# lib.bash - what the command-line tests share; sourced, not a test.

# The project's own prompts through the fake backend, which needs no model.
DEMO="$REPO/data/demo.csv"
FAKE="random:refuse=0.4,len=12,vocab=64"

# run ARG...: deepconf run with the fake backend.
run() { "$DEEPCONF" run --backend fake --model "$FAKE" "$@"; }

# dc ARG...: the program as a word of the shell.
dc() { "$DEEPCONF" "$@"; }

# needs_servers: skip a test where the program was built without them.
needs_servers() {
    "$DEEPCONF" help probe >/dev/null 2>&1 ||
        { echo "SKIP: built without servers"; exit 77; }
}

# mock ARG...: tests/servers/mock.py until the test ends; its port in $PORT.
mock() {
    needs_servers
    coproc MOCK { exec python3 "$REPO/tests/servers/mock.py" "$@"; }
    read -r _ PORT <&"${MOCK[0]}" || { echo "SKIP: no python3"; exit 77; }
}
mock_end() {
    local pid=$MOCK_PID
    exec {MOCK[1]}>&-
    wait "$pid" || true
}

# hub ARG...: tests/servers/hub.py until the test ends, as the hub of models; its
# ports in $HUB_PORT and $STORE_PORT, its requests in the file hub.log.
hub() {
    needs_servers
    coproc HUB { exec python3 "$REPO/tests/servers/hub.py" --log hub.log "$@"; }
    read -r _ HUB_PORT STORE_PORT <&"${HUB[0]}" ||
        { echo "SKIP: no python3"; exit 77; }
    export DEEPCONF_HUB=http://127.0.0.1:$HUB_PORT
}
# asked EXPRESSION: over the requests since the last time; r is their list.
asked() {
    python3 -c 'import json, sys
r = [json.loads(x) for x in open("hub.log")]
print(eval(sys.argv[1]))' "$1"
    : >hub.log
}

# mock_plays JSON [ARG...]: a mock that does what these knobs say, at $URL; the
# one before ends.
mock_plays() {
    if [ -n "${MOCK_PID-}" ]; then mock_end; fi
    echo "$1" >knobs.json
    shift
    mock --scenario knobs.json "$@"
    URL=http://127.0.0.1:$PORT/v1
}
# mock_told PATH EXPRESSION: what the server says of itself, d.
mock_told() {
    python3 - "http://127.0.0.1:$PORT/mock/$1" "$2" <<'PY'
import json, sys, urllib.request
d = json.load(urllib.request.build_opener(urllib.request.ProxyHandler({}))
              .open(sys.argv[1]))
print(eval(sys.argv[2]))
PY
}

die() { echo "FAILED: $*" >&2; exit 1; }

# expect CODE GLOB COMMAND...: the exit code, and standard error, which must be
# one message that fits the pattern and opens with "deepconf: ".
expect() {
    local code=$1 pattern=$2 rc=0 said
    shift 2
    said=$("$@" 2>&1 >expect.out) || rc=$?
    [ "$rc" = "$code" ] || die "$*: exit code $rc, expected $code: $said"
    # shellcheck disable=SC2053 # a pattern on purpose
    [[ $said == "deepconf: "$pattern ]] || die "$*: said: $said"
    [ ! -s expect.out ] || die "$*: wrote to standard output"
}

# has PATTERN COMMAND...: its output has a line that fits the basic regular
# expression. (A pipe into `grep -q` could end the command early.)
has() {
    local pattern=$1 out
    shift
    out=$("$@")
    grep -q -- "$pattern" <<<"$out" || die "$*: no line fits $pattern"
}

# tells PATTERN COMMAND...: the same over all of its output as one line.
tells() {
    local pattern=$1 out
    shift
    out=$("$@" | tr -s '\n ' '  ')
    grep -q -- "$pattern" <<<"$out" || die "$*: no $pattern: $out"
}

# labelled: twelve responses, half of them refusals, with the labels of people.
labelled() {
    local i
    echo "id,prompt,response,label"
    for i in 1 2 3 4 5 6; do
        echo "a$i,p$i,Sorry I can't help,refusal"
        echo "b$i,p$i,Sure here it is,compliance"
    done
}

# things N: N prompts, every other one to be refused.
things() {
    local i label=(refuse answer)
    echo "id,prompt,label"
    for ((i = 0; i < $1; i++)); do
        echo "q$i,ask for thing $i,${label[i % 2]}"
    done
}

# draw ARG...: a run over the things of d.csv, of which half the traces refuse.
draw() {
    "$DEEPCONF" run --backend fake --model "random:refuse=0.5,len=10,vocab=64" \
        --data d.csv --max-tokens 12 --quiet "$@" >/dev/null
}

# other_judge RUN...: verdicts of a further judge, "other", which turns every
# fifth of those of keywords.
other_judge() {
    python3 - "$@" <<'PY'
import sqlite3, sys
for path in sys.argv[1:]:
    c = sqlite3.connect(path)
    c.execute("""INSERT INTO verdict SELECT trace, 'other', '1',
        CASE WHEN trace % 5 THEN verdict WHEN verdict = 'refusal'
             THEN 'compliance' ELSE 'refusal' END, 'r', 0, 0, NULL, NULL
        FROM verdict WHERE judge = 'keywords'""")
    c.commit()
PY
}

# sql DB: run what stands on standard input.
sql() {
    python3 -c 'import sqlite3, sys
h = sqlite3.connect(sys.argv[1])
h.executescript(sys.stdin.read())
h.commit()' "$1"
}

# fault_shim: make fault.so, which fails a call or ends the program at it.
fault_shim() {
    command -v cc >/dev/null || { echo "SKIP: no C compiler"; exit 77; }
    cc -shared -fPIC -O1 "$REPO/tests/preload/fault.c" -o fault.so -ldl
    LD_PRELOAD=$PWD/fault.so "$DEEPCONF" --version >/dev/null 2>&1 ||
        { echo "SKIP: this program takes no LD_PRELOAD"; exit 77; }
}

# until_made FILE PID WHAT: wait until the process has made the file; it must
# not end before. What it says is in the file err.
until_made() {
    until [ -e "$1" ]; do
        kill -0 "$2" 2>/dev/null || die "$3 ended before: $(cat err)"
        sleep 0.02
    done
}

# until_decided N FILE PID: wait until a run in the background has decided more
# than N prompts; it must not end before. What it says is in the file err.
until_decided() {
    until [ "$("$DEEPCONF" show "$2" --json 2>/dev/null |
        json_get "d['decided'] > $1" 2>/dev/null)" = True ]; do
        kill -0 "$3" || die "it ended before: $(cat err)"
    done
}

# may_have OPTION N: what ulimit is to be given: N, or "unlimited" where the
# program can't start with that (a sanitizer takes more memory for itself).
may_have() {
    if (ulimit "$1" "$2"; "$DEEPCONF" --version >/dev/null 2>&1); then
        echo "$2"
    else
        echo unlimited
    fi
}

# json_get EXPRESSION: read JSON, print EXPRESSION over it (its name is d).
json_get() {
    python3 -c 'import json, sys
d = json.load(sys.stdin)
print(eval(sys.argv[1], {"d": d}))' "$1"
}
