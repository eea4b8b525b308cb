# Answers in one piece where nothing cuts a trace: the same traces as from
# streams, without the time of a first token, which nobody knows then. A policy
# with a bar streams what it may cut; an answer that is lost is drawn again.
. "$CLI_TESTS/lib.bash"
mock
U=http://127.0.0.1:$PORT/v1
python3 - >p.csv <<'END'
print("id,prompt,label")
for i in range(4):
    print(f"{i},Tell me about number {i}.,{i % 2}")
END
run() { # OUT KNOBS OPTION...
    local out=$1 model=$2
    shift 2
    "$DEEPCONF" run --model "mock:$model" --base-url "$U" --data p.csv \
        --out "$out" --max-tokens 40 --quiet --logprobs 5 --top-logprobs 3 \
        --in-flight 4 "$@" >/dev/null
}
asked() { # counts of requests of 40 tokens: whole, streamed
    python3 - "$PORT" <<'END'
import json, sys, urllib.request
r = urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/mock/state")
sent = [x["streamed"] for x in json.load(r)["record"] if x["tokens"] == 40]
print(sent.count(False), sent.count(True))
END
}
reset() { python3 -c "import urllib.request as u; u.urlopen('http://127.0.0.1:$PORT/mock/reset')"; }
cat >same.py <<'END'
import sqlite3, struct, sys
def rows(name):
    db = sqlite3.connect(name)
    names = [r[1] for r in db.execute("PRAGMA table_info(trace)")]
    keep = ", ".join(n for n in names if n not in (
        "id", "ms", "first_ms", "attempts", "segment", "tok_top"))
    # texts are numbered in the order in which they came
    piece = dict(db.execute("SELECT id, bytes FROM piece"))
    lists = [[(piece.get(k), v if k >= 0 else None)
              for k, v in struct.iter_unpack("<if", b)] for b, in
             db.execute("SELECT tok_top FROM trace ORDER BY prompt, idx")]
    assert sum(map(len, lists)) > 400
    return [db.execute(f"SELECT {keep} FROM trace ORDER BY prompt, idx").fetchall(),
            lists,
            sorted(db.execute("SELECT prompt, idx, measure, value FROM measure"
                              " JOIN trace ON trace = trace.id")),
            db.execute("SELECT * FROM decision ORDER BY prompt").fetchall(),
            db.execute("SELECT ord, n_tok FROM prompt ORDER BY ord").fetchall()]
a, b = rows(sys.argv[1]), rows(sys.argv[2])
assert len(a[0]) == 40 and a == b, sys.argv
END
known() { python3 -c 'import sqlite3, sys
print(*sqlite3.connect(sys.argv[1]).execute("SELECT count(*), count(first_ms),"
    "max(attempts) FROM trace").fetchone())' "$1"; }

# --in-flight N is a limit that is taken for good, as is a number of slots that
# the server tells; while one grows, answers have to begin, so there are streams
reset
run whole.db normal --stop fixed
[ "$(asked)" = "40 0" ] || die "$(asked)"
[ "$(known whole.db)" = "40 0 1" ] || die "$(known whole.db)"
reset
U=http://127.0.0.1:$PORT/bare/v1 run streams.db normal --stop fixed \
    --in-flight auto
[ "$(known streams.db | cut -d' ' -f1)" = 40 ] || die "$(known streams.db)"
read -r whole streamed <<<"$(asked)"
[ $((whole + streamed)) = 40 ] && [ "$streamed" -ge 20 ] || die "$(asked)"
[ "$(known streams.db)" = "40 $streamed 1" ] || die "$(known streams.db)"
python3 same.py whole.db streams.db

# lost: drawn again, streamed from then on, and the same
reset
run lost.db cut,times=1,from=30 --stop fixed
python3 same.py whole.db lost.db
[ "$(known lost.db | cut -d' ' -f3)" = 2 ] || die "$(known lost.db)"
read -r whole streamed <<<"$(asked)"
[ "$whole" -ge 1 ] && [ "$whole" -le 4 ] && [ $((whole + streamed)) = 80 ] ||
    die "$(asked)"

# a policy with a bar: its warm-up comes in one piece, what may be cut does not
reset
run bar.db normal --stop 'deepconf(0.9,1,2,4)'
read -r whole streamed <<<"$(asked)"
[ "$whole" = 16 ] && [ "$streamed" -ge 4 ] || die "$(asked)"

# and show has a time only where one is known
dc show whole.db --prompt 0 >said
if grep -q 'first token' said; then die "a first token's time"; fi
tells "first token after" dc show streams.db --prompt 0
dc show whole.db --prompt 0 --json >said
grep -q '"first_token_seconds": null' said || die "$(grep first said | head -3)"
mock_end
