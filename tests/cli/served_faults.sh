# A server's failures change no figure: a run over one that fails in every way
# that is worth another try has the same responses as one over a server that is
# well, and says how often each was drawn. A prompt that is too long, or that a
# filter refuses, is data.
. "$CLI_TESTS/lib.bash"
mock
U=http://127.0.0.1:$PORT/v1
V=http://localhost:$PORT/v1 # so that what is lost has not to wait
python3 - >p.csv <<'END'
print("id,prompt,label")
for i in range(4):
    print(f"{i},Tell me about number {i}.,{i % 2}")
END
run() { # OUT KNOBS OPTION...
    local out=$1 model=$2
    shift 2
    "$DEEPCONF" run --model "mock:$model" --base-url "$U" --base-url "$V" \
        --data p.csv --out "$out" --max-tokens 40 --quiet --logprobs 5 \
        --top-logprobs 3 "$@" >/dev/null
}
cat >same.py <<'END'
import sqlite3, sys
def rows(name):
    db = sqlite3.connect(name)
    return (db.execute("SELECT prompt, idx, finish, n_tok, text, (SELECT verdict"
                       " FROM verdict v WHERE v.trace = trace.id) FROM trace"
                       " ORDER BY prompt, idx").fetchall(),
            db.execute("SELECT * FROM decision ORDER BY prompt").fetchall(),
            [a for a, in db.execute("SELECT attempts FROM trace")],
            db.execute("SELECT prompt, idx, measure, value FROM measure JOIN"
                       " trace ON trace = trace.id ORDER BY 1, 2, 3").fetchall())
a, b = rows("well.db"), rows(sys.argv[1])
assert a[0] == b[0], sys.argv
assert a[1] == b[1] and a[3] == b[3], sys.argv
least, most = int(sys.argv[2]), int(sys.argv[3])
assert least <= min(b[2]) and max(b[2]) <= most, (sys.argv, b[2])
assert len(a[0]) >= 12 and all(r[4] for r in a[0])
END
run well.db normal
n=0
while read -r knobs least most; do
    n=$((n + 1))
    run "$n.db" "$knobs,from=30"
    python3 same.py "$n.db" "$least" "$most"
done <<'END'
500,times=1 2 2
503,times=1,retry_after=0 1 1
429,times=2 1 1
cut,times=1 2 2
reset,times=2 3 3
garbage,times=1 2 2
error-in-stream,times=1 2 2
bytes-wrong,times=1 2 2
zeros,times=1 1 2
three-a-chunk,eos=1 1 1
END
# what is data, and no failure
run filter.db 400-policy,from=30
python3 - <<'END'
import sqlite3
db = sqlite3.connect("filter.db")
got = set(db.execute("SELECT finish, n_tok, attempts FROM trace"))
assert got == {("filter", 0, 1)}, got
got = {d for d, in db.execute("SELECT decision FROM decision")}
assert got == {"undetermined"}, got
END
python3 - >p.csv <<'END'
print("id,prompt,label")
print("long," + "word " * 100 + ",1")
print("short,Tell me.,0")
END
run long.db context-64
# ... of which the run says where, what came, and what to do
rm long.db
"$DEEPCONF" run --model mock:context-64 --base-url "$U" --data p.csv \
    --out long.db --max-tokens 40 >said 2>said.err
[[ $(cat said.err) == *"servers: prompts were too long for the context, and have \
no answer (a new run needs a server with a larger one: llama-server -c, vLLM \
--max-model-len). The first: $U answers HTTP 400: \""*"\""* ]] || die "$(cat said.err)"
python3 - <<'END'
import sqlite3
db = sqlite3.connect("long.db")
got = db.execute("SELECT id, problem FROM prompt ORDER BY ord").fetchall()
assert got == [("long", "context overflow"), ("short", None)], got
END
# and the program says what it passed over
said=$("$DEEPCONF" run --model mock:garbage,times=1,from=30 --base-url "$U" \
    --data p.csv --out said.db --max-tokens 40 2>&1 >/dev/null) || die "$said"
grep -q '^servers: [0-9]* answers could not be right and were asked for again$' \
    <<<"$said" || die "$said"
said=$("$DEEPCONF" run --model mock:index-missing --base-url "$U" --data p.csv \
    --out odd.db --max-tokens 40 2>&1 >/dev/null) || die "$said"
grep -q '^servers: [0-9]* parts of answers passed over, most of them choices' \
    <<<"$said" || die "$said"
mock_end
