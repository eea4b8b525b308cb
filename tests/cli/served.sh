# A run whose traces a server drew, through everything that reads one. The fake
# backend is a server here: no vocabulary, no entropy, some traces drawn again.
. "$CLI_TESTS/lib.bash"
server="random:refuse=0.4,len=12,vocab=64,server=1,chunk=3,lose=0.05"
serve() { "$DEEPCONF" run --backend fake --model "$server" --quiet \
    --benchmark demo --data "$DEMO" "$@"; }
query() { python3 -c 'import sqlite3, sys
for row in sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True).execute(sys.argv[2]):
    print(*row, sep="|")' "$@"; }
is() { [ "$(query "$1" "$2")" = "$3" ] || die "$1: $2: $(query "$1" "$2"), expected $3"; }

serve -n 12 --top-logprobs 20 --out run.db >said
is run.db "select key, value from config where key in ('run.repeatable', 'confidence.source',
    'confidence.parts', 'piece.ids', 'model.sha256') order by key" \
    "confidence.parts|logprob conf
confidence.source|top-k list
piece.ids|order
run.repeatable|no"
again=$(query run.db "select count(*) from trace where attempts > 1")
[ "$again" -gt 3 ] || die "only $again traces were drawn again"

# show: where from, of what, what is not known, what was lost
n=$(query run.db "select count(*) from trace")
tells "server http://fake.example/v1, model fake-random, fingerprint fake 1: $n traces" dc show run.db
tells "confidence top-k list (k = 20 of the server's list); known of each token: logprob, conf" dc show run.db
tells "repeatable no: the same command draws other traces" dc show run.db
tells "tokens are those received" dc show run.db
tells "$again of $n traces" dc show run.db
! dc show run.db | grep "reading prompts" || die "times that no server tells"
dc show run.db --json >show.json
python3 - show.json "$again" "$n" <<'PY'
import json, sys
s = json.load(open(sys.argv[1]))
again, n = int(sys.argv[2]), int(sys.argv[3])
r = s["redrawn"]
t = s["sessions"]
assert t["decode_seconds"] is None and t["wall_seconds"] > 0, t
assert s["repeatable"] is False and s["ended_by"] == {"stop": n}, s["ended_by"]
assert [x["traces"] for x in s["servers"]] == [n], s["servers"]
assert r["traces"] == again and r["draws_of_all"] >= n + again, r
assert r["refusals"]["n"] == again and r["refusals_of_others"]["n"] == n - again, r
least = r["refusals_of_others"]["k"] / n
assert abs(r["least_refusals_of_first_draws"] - least) < 1e-12, r
assert abs(r["most_refusals_of_first_draws"] - least - again / n) < 1e-12, r
rang = "redrawn" in [a["id"] for a in s["alarms"]]
p = r["p_inside_prompts"]
assert rang == (again > n / 20 or (p is not None and p <= 0.05)), (rang, r)
PY
id=$(query run.db "select p.id from prompt p join trace t on t.prompt = p.ord where attempts > 1 limit 1")
tells "server http://fake.example/v1, first token after .* drawn [0-9]* times" dc show run.db --prompt "$id"
tells "\"server\": \"http://fake.example/v1\"" dc show run.db --prompt "$id" --json
has '\*"' dc show run.db --prompt "$id" --full # the sampled one, in its list

# whoever lost many more raises the alarm; a local run has none of it
server=${server/lose=0.05/lose=0.3} serve -n 6 --out lossy.db >said
tells "ALARMS.*traces were drawn again.*of all first draws" dc show lossy.db --full
run --benchmark demo --data "$DEMO" -n 6 --quiet --out local.db >said
dc show local.db >said
for word in server confidence repeatable 'drawn again'; do
    if grep -q "^  $word" said; then die "a local run has $word"; fi
done

# reports, their check, and what the check can't say
dc report run.db --out report --no-plots >said
tells "run: not repeatable: figures verified, sampling not.* made again from the stored lists of 20 (k = 20)" \
    dc verify report --run run.db
grep -q '^### Servers' report/COMPREHENSIVE_REPORT.md || die "no servers in the document"
grep -q '<h3>Servers</h3>' report/report.html || die "no servers on the page"
grep -q '"draws"' report/predictions.jsonl || die "no draws in the predictions"
python3 - report/facts.json <<'PY'
import json, sys
names = [f["name"] for f in json.load(open(sys.argv[1]))["facts"]]
assert "show.redrawn.refusals" in names, names[:20]
PY
serve -n 3 --top-logprobs 5 --out five.db >said
dc report five.db --out five --no-plots >said
tells "only bounded: the stored lists are of 5 tokens, and k is 20" dc verify five --run five.db
serve -n 3 --out bare.db >said
dc report bare.db --out bare --no-plots >said
tells "can't be made again, as no lists" dc verify bare --run bare.db
has '"notes": \[' dc verify bare --run bare.db --json

# statistics leave out what is not known
tells "no trace has a value of entropy, self_certainty: servers don't give what they are made of" dc stats run.db
dc sweep run.db >said
if grep -q 'entropy\|self_certainty' said; then die "a policy that looks at what is not known"; fi

dc calibrate run.db --alpha 0.5 --delta 0.5 >said || [ $? = 3 ] || die "calibrate: $(cat said)"
cp run.db judged.db
dc judge judged.db --judge keywords-request --quiet >said
tells "also judged" dc show judged.db

# what a server says of itself is hostile, and a row that names no server damage
cp run.db evil.db
python3 - evil.db <<'PY'
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute("update endpoint set url = ?, model = ?, fingerprint = ?, probe = ?", (
    "=1+1|\033[31m<script>alert(1)</script>", "`x` | </td><b>\u202e", "**bold** \033]0;t\007",
    '{"a": "</pre><script>alert(2)</script> </details> `"}'))
c.commit()
PY
dc show evil.db >said
dc show evil.db --prompt "$id" >>said
dc export evil.db --format csv >>said
dc report evil.db --out evil --no-plots >>said
if grep -q "$(printf '[\033\007]')" said; then die "a control character reached the terminal"; fi
grep -q "'=1+1" said || die "a cell is a formula"
if grep -n "<script>alert" evil/report.html; then die "a script reached the page"; fi
if sed 's/`[^`]*`//g' evil/COMPREHENSIVE_REPORT.md | grep -n "<script>\|</details> "; then
    die "markup reached the document"
fi
if grep -n '</td><b>' evil/report.html; then die "markup reached the page"; fi
dc verify evil --run evil.db >said || die "$(tail -3 said)"
cp run.db lost.db
python3 -c 'import sqlite3; c = sqlite3.connect("lost.db"); c.execute("delete from endpoint"); c.commit()'
expect 5 '*lost.db*endpoint 1 of trace * is missing*' dc show lost.db

# exports hold it, and our own is lossless
dc export run.db --format csv --out run.csv >said
has ',seconds,draws,first_token_seconds,server,' head -1 run.csv
python3 - run.csv "$again" <<'PY'
import csv, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="")))
assert {r["server"] for r in rows} == {"http://fake.example/v1"}
assert sum(int(r["draws"]) > 1 for r in rows) == int(sys.argv[2])
assert all(float(r["first_token_seconds"]) >= 0 for r in rows)
PY
dc export local.db --format csv --out local.csv >said
head -1 local.csv >said
if grep -q draws said; then die "a local run has draws"; fi
dc export run.db --format inspect --out run.json >said
grep -q '"draws"' run.json || die "no draws in the log"
dc export run.db --format jsonl --out a.jsonl >said
dc import a.jsonl --format deepconf --out copy.db >said
dc export copy.db --format jsonl --out b.jsonl >said
cmp -s a.jsonl b.jsonl || die "a copy is not the same"
for f in garak lm-eval; do dc export run.db --format $f --out "$f" >said; done

# texts are not asked to be the same; another k is another quantity
serve -n 12 --out other.db >said
dc compare run.db other.db >said
if grep -q 'not reproduced\|as they should' said; then die "$(cat said)"; fi
cp run.db k19.db
python3 - k19.db <<'PY'
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute("update config set value = '19' where key = 'confidence.k'")
c.execute("update trace set k = 19")
c.execute("update config set value = '19' where key = 'confidence.top_logprobs'")
c.commit()
PY
expect 5 '*k19.db*top log-probabilities*' dc show k19.db

# shards: numbers of texts and servers are made anew
for i in 1 2 3; do serve -n 12 --top-logprobs 20 --shard $i/3 --out s$i.db >said; done
dc merge s3.db s1.db s2.db --out merged.db >said
dc show merged.db >said
is merged.db "select count(*), count(distinct bytes) from piece" \
    "$(query merged.db "select max(id) + 1, max(id) + 1 from piece")"
is merged.db "select count(*) from endpoint" 1
cat >lists.py <<'PY'
import sqlite3, struct, sys
def lists(path):
    c = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
    piece = dict(c.execute("select id, bytes from piece"))
    return {(p, i): (n, [(piece[k] if k >= 0 else None, v if k >= 0 else None)
                         for k, v in struct.iter_unpack("<if", b)])
            for p, i, n, b in c.execute("select p.id, idx, n_top, tok_top from trace t"
                                        " join prompt p on p.ord = t.prompt")}
whole, parts = lists(sys.argv[1]), {}
for path in sys.argv[2:]:
    parts.update(lists(path))
assert whole and whole == parts
PY
python3 lists.py merged.db s1.db s2.db s3.db || die "lists of the merged run"

# a run that broke off goes on, and what was in flight then was lost: each of
# those traces has a further draw
rc=0
server=$server,fail_step=40 serve -n 20 --out broken.db >said 2>&1 || rc=$?
[ "$rc" = 4 ] || die "exit code $rc: $(cat said)"
lost=$(query broken.db "select count(*) from flight")
[ "$lost" -gt 0 ] || die "nothing was in flight"
had=$(query broken.db "select group_concat(prompt || ' ' || idx, ',') from flight")
serve -n 20 --out broken.db >said
tells "finished, all 20 prompts decided" dc show broken.db
is broken.db "select count(*) from flight" 0
python3 - broken.db "$had" <<'PY'
import sqlite3, sys
c = sqlite3.connect("file:%s?mode=ro" % sys.argv[1], uri=True)
for at in sys.argv[2].split(","):
    p, i = map(int, at.split())
    row = c.execute("select attempts from trace where prompt = ? and idx = ?", (p, i)).fetchone()
    assert row is None or row[0] > 1, (at, row)
PY

# what a provider blocks or fails to make is data: undetermined, in its own word
mock
over() { "$DEEPCONF" run --base-url "http://127.0.0.1:$PORT/v1" --quiet --benchmark demo \
    --data "$DEMO" -n 3 --max-traces 3 --max-tokens 16 --model "mock:$1" --out "$1.db" >said; }
over tool-calls
n=$(query tool-calls.db "select count(*) from trace")
tells "ended by: $n error undetermined: $n error: tool_calls" dc show tool-calls.db
over content-filter
n=$(query content-filter.db "select count(*) from trace")
tells "ended by: $n filter undetermined: $n blocked by provider: content_filter" dc show content-filter.db
over normal
dc show normal.db >said
if grep -q '^  ended by:\|^  drawn again:' said; then die "$(cat said)"; fi
mock_end
