# lib.bash - what the command-line tests share; sourced, not a test.

# The project's own prompts through the fake backend, which needs no model.
DEMO="$REPO/data/demo.csv"
FAKE="random:refuse=0.4,len=12,vocab=64"

# run ARG...: deepconf run with the fake backend.
run() { "$DEEPCONF" run --backend fake --model "$FAKE" "$@"; }

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

# json_get EXPRESSION: read JSON, print EXPRESSION over it (its name is d).
json_get() {
    python3 -c 'import json, sys
d = json.load(sys.stdin)
print(eval(sys.argv[1], {"d": d}))' "$1"
}
