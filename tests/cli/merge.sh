# `deepconf merge`: shards in any order are the run that was never cut, row for
# row; what can't be one run is refused by name; unfinished ones go on.
. "$CLI_TESTS/lib.bash"
args=(--benchmark demo --data "$DEMO" -n 40 --sample 30 --top-logprobs 3 --quiet)
# shards N ARG...: run N shards to s1.db, s2.db, ...
shards() {
    local n=$1 i
    shift
    rm -f s*.db
    for ((i = 1; i <= n; i++)); do
        run "$@" --shard "$i/$n" --slots $((i % 5 + 1)) --out "s$i.db" >/dev/null
    done
}
# same A B: every row is equal, times, sessions and row numbers apart.
cat >same.py <<'PY'
import sqlite3, sys
def dump(path):
    c = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
    def rows(table, join, order, *without):
        names = [r[1] for r in c.execute("pragma table_info(%s)" % table)]
        names = ["%s.%s" % (table, n) for n in names if n not in without]
        return c.execute("select %s, %s from %s %s order by %s" % (
            order, ", ".join(names), table, join, order)).fetchall()
    trace = "join trace on trace.id = %s.trace"
    return {
        "config": rows("config", "", "config.key", "ord"),
        "prompt": rows("prompt", "", "ord"),
        "trace": rows("trace", "", "prompt, idx", "id", "ms", "segment"),
        "measure": rows("measure", trace % "measure", "prompt, idx, measure", "trace"),
        "verdict": rows("verdict", trace % "verdict", "prompt, idx, judge", "trace"),
        "decision": rows("decision", "", "prompt"),
        "piece": rows("piece", "", "id"),
        "threshold": rows("threshold", "", "id"),
    }
a, b = dump(sys.argv[1]), dump(sys.argv[2])
for t in a:
    for x, y in zip(a[t], b[t]):
        if x != y:
            sys.exit("%s differs: %.400r, %.400r" % (t, x, y))
    if len(a[t]) != len(b[t]):
        sys.exit("%s: %d rows, %d rows" % (t, len(a[t]), len(b[t])))
if not a["prompt"] or not a["config"]:
    sys.exit("nothing is in it")
PY
same() { python3 same.py "$1" "$2" || die "$1, $2"; }
merge() { dc merge "$@" --quiet; }

# Any number of shards, empty ones too, in any order.
run "${args[@]}" --out whole.db >/dev/null
for n in 3 9; do
    shards $n "${args[@]}"
    # shellcheck disable=SC2046 # names without blanks
    merge $(printf '%s\n' s*.db | sort -R) --out m$n.db >said
    grep -q "^m$n.db: 30 prompts, .* sessions of $n files; the whole run$" said || die "$(cat said)"
    same whole.db m$n.db
    for f in *-part-* *-lock; do
        [ ! -e "$f" ] || die "left over: $f"
    done
done
few=(--benchmark demo --data "$DEMO" -n 2 --quiet)
run "${few[@]}" --out f.db >/dev/null
shards 6 "${few[@]}"
merge s*.db --out fm.db >said
grep -q '^fm.db: 2 prompts, .* of 6 files; the whole run$' said || die "$(cat said)"
same f.db fm.db
for f in whole m9; do
    "$DEEPCONF" show $f.db | sed "s/$f.db//; /wall time/d; /seconds/d" >$f.show
done
cmp whole.show m9.show
tells '\([0-9]*\) of \1 traces have the same text, .* The configurations are the same' dc compare whole.db m9.db
shards 3 "${args[@]}"

# Whatever is done with run files is done with a merged one.
for f in whole m3; do
    "$DEEPCONF" export $f.db --format csv --out - | cut -d, -f1-12 >$f.csv
    dc stats $f.db | grep -v '^[a-z0-9]*\.db' >$f.stats
    dc sweep $f.db | sed "s/$f.db//; s/[0-9.]* s saved//" >$f.sweep
done
cmp whole.csv m3.csv && cmp whole.stats m3.stats && cmp whole.sweep m3.sweep
dc report m3.db --out rep >/dev/null
dc verify rep --run m3.db >/dev/null
dc export m3.db --format jsonl --out m3.jsonl >/dev/null
dc import m3.jsonl --format deepconf --out back.db >/dev/null
run "${args[@]}" --out m3.db >/dev/null
same whole.db m3.db

# An answer window and its audit.
win=("${args[@]}" --answer-window 4 --max-tokens 9 --audit-share 0.3 --stop unanimous)
run "${win[@]}" --out w.db >/dev/null
shards 3 "${win[@]}"
merge s1.db s2.db s3.db --out wm.db >/dev/null
same w.db wm.db

# Shards that were stopped make a run that goes on, without --shard.
shards 3 "${args[@]}"
for i in 1 3; do
    rm s$i.db
    "$DEEPCONF" run --backend fake --model "$FAKE,fail_step=$((30 + i))" "${args[@]}" \
        --shard $i/3 --slots 4 --out s$i.db >out 2>err && die "it did not fail"
done
merge s2.db s3.db s1.db --out go.db >said
tells 'prompts are not decided yet: .deepconf run. with the same options, without --shard,' cat said
has '^go.db: NOT FINISHED' dc show go.db
run "${args[@]}" --out go.db >/dev/null
same whole.db go.db

# Sessions are kept with all they say, and verdicts of further judges.
shards 3 "${args[@]}"
run "${args[@]}" --shard 2/3 --out s2.db >/dev/null # nothing to do: no session
for i in 1 2 3; do
    dc judge s$i.db --judge keywords-request --quiet >/dev/null
done
cp whole.db judged.db
dc judge judged.db --judge keywords-request --quiet >/dev/null
merge s1.db s2.db s3.db --out j.db >said
[ "$(wc -l <said)" = 1 ] || die "notes: $(cat said)"
same judged.db j.db
python3 - <<'PY'
import sqlite3
what = "started, version, library, host, n_slots, n_threads, wall_ms, decode_ms, prefill_ms"
def rows(path, sql):
    return sqlite3.connect(path).execute(sql).fetchall()
want = []
for i in (1, 2, 3):
    want += rows("s%d.db" % i, "select %s from segment order by id" % what)
assert rows("j.db", "select %s from segment order by id" % what) == want
assert rows("j.db", "select min(id), max(id), count(*) from trace")[0][0] == 1
sums = "select segment.started, segment.n_slots, count(*), min(ms), max(ms) from trace join segment on segment.id = segment group by segment order by segment"
want = []
for i in (1, 2, 3):
    want += rows("s%d.db" % i, sums)
assert rows("j.db", sums) == want
PY

# What a judge has not judged everywhere, and what is for the record only.
sql s2.db <<<"update verdict set version = '0' where judge = 'keywords-request'"
merge s1.db s2.db s3.db --out v.db >said
tells "the verdicts of 'keywords-request' are of several versions: .deepconf judge --again. makes" cat said
shards 3 "${args[@]}"
dc judge s2.db --judge keywords-request --quiet >/dev/null
python3 - <<'PY'
import sqlite3
for i, name in ((1, "a.csv"), (2, "b\033[31m.csv"), (3, "c.csv")):
    c = sqlite3.connect("s%d.db" % i)
    c.execute("update config set value = ? where key = 'data.name'", (name,))
    c.commit()
PY
merge s3.db s2.db s1.db --out n.db >said
tells "'keywords-request' has judged [0-9]* of [0-9]* traces: .deepconf judge. judges the rest" cat said
tells "data.name is 'a.csv' in s1.db and 'b.*.csv' in s2.db, and 1 more differ: the first is kept" cat said
! grep -q "$(printf '\033')" said || die "an escape sequence"
merge s3.db s2.db s1.db --out n2.db --json | json_get 'len(d["notes"]), d["missing"], d["prompts"]' >said
[ "$(cat said)" = "(2, None, 30)" ] || die "$(cat said)"

# A part of them, which is merged again, or goes on as what it is.
shards 4 "${args[@]}"
expect 2 'shard 2,4/4 is missing: name its file too, or *--partial' dc merge s3.db s1.db --out p.db
[ ! -e p.db ] || die "p.db is there"
merge s3.db s1.db --partial --out p.db >said
tells 'not the whole run it holds shard 1,3/4, [0-9]* of 30 prompts; 2,4/4 is missing' cat said
tells 'This is shard 1,3/4 of a run' dc show p.db
run "${args[@]}" --shard 1,3/4 --out p13.db >/dev/null
same p13.db p.db
run "${args[@]}" --shard 3,1/4 --out p.db >/dev/null
expect 2 'p.db: holds shard 1,3/4 of a run: *' run "${args[@]}" --out p.db
merge s4.db p.db s2.db --out p4.db >/dev/null
same whole.db p4.db
merge s1.db --partial --out one.db >/dev/null
same s1.db one.db
merge whole.db --out all.db >/dev/null
same whole.db all.db
rm s4.db
"$DEEPCONF" run --backend fake --model "$FAKE,fail_step=9" "${args[@]}" \
    --shard 4/4 --out s4.db >out 2>err && die "it did not fail"
merge s4.db s1.db --partial --out pp.db >said
tells 'the same options, --shard 1,4/4 and this file as --out' cat said
run "${args[@]}" --shard 1,4/4 --out pp.db >/dev/null
run "${args[@]}" --shard 1,4/4 --out p14.db >/dev/null
same p14.db pp.db

# What is no part of one run.
shards 3 "${args[@]}"
cp s1.db again.db
run "${args[@]}" --seed 2 --sample-seed 1 --shard 3/3 --out seed.db >/dev/null
run "${args[@]}" --temperature 0.5 --shard 3/3 --out temp.db >/dev/null
run "${args[@]}" --shard 3/4 --out four.db >/dev/null
run "${args[@]}" --out begun.db >/dev/null
cp whole.db other.db
x() { expect "$1" "$2" dc merge "${@:3}" --out x.db; }
x 2 's1.db is given twice*' s1.db s1.db s2.db s3.db
x 2 './s1.db is given twice*' s1.db s2.db s3.db ./s1.db
x 2 's1.db and again.db both hold shard 1 of 3: *' s1.db again.db s2.db s3.db
x 2 "s1.db and seed.db are no parts of one run: run.seed is '1' in the first and '2' in the second*" \
    s1.db seed.db s2.db
x 2 "temp.db and s1.db are no parts of one run: sampling.temperature is '0.5' in the first and '1' in*" \
    temp.db s1.db s2.db
x 2 's1.db is of 3 shards and four.db of 4: *' s1.db s2.db four.db
x 2 'whole.db holds a whole run and s1.db a shard: *' s1.db s2.db whole.db
x 2 'whole.db holds a whole run and s2.db a shard: *' whole.db s2.db
x 2 'whole.db and other.db both hold a whole run, *' whole.db other.db
x 2 'shard 3/3 is missing: *' s1.db s2.db
x 6 'nope.db: no such file*' s1.db nope.db
expect 2 'merge needs FILE...*' dc merge --out x.db
expect 2 '--out FILE is needed*' dc merge s1.db s2.db s3.db
expect 2 '--out s2.db is one of the files to merge*' dc merge s1.db s2.db s3.db --out s2.db
echo mine >x.db
x 2 'x.db: is there already, and is not written over*' s1.db s2.db s3.db
[ "$(cat x.db)" = mine ] || die "x.db was touched"
rm x.db
mkdir folder
expect 2 'folder: is there already*' dc merge s1.db s2.db s3.db --out folder
expect 6 'no/x.db: no such folder*' dc merge s1.db s2.db s3.db --out no/x.db
expect 5 '*' dc merge s1.db "$DEMO" s3.db --out x.db

# Imports and copies; damaged files, of which nothing comes of it.
dc export s2.db --format jsonl --out s2.jsonl >/dev/null
dc import s2.jsonl --format deepconf --out copy.db >/dev/null
x 2 'copy.db: was imported, *' s1.db copy.db s3.db
printf '{"id":"a","prompt":"p","response":"Sorry, I can not help."}\n' >r.jsonl
dc import r.jsonl --format jsonl --out imp.db >/dev/null
x 2 'imp.db: was imported, *' imp.db
tamper() { python3 - "$@" <<'PY'
import shutil, sqlite3, sys
shutil.copy("s2.db", "bad.db")
c = sqlite3.connect("bad.db")
c.executescript(sys.argv[1])
c.commit()
PY
}
tamper "update decision set n_refusal = n_compliance, n_compliance = n_refusal
        where n_refusal <> n_compliance"
x 5 'bad.db: *its decision counts*put back a copy*' s1.db bad.db s3.db
tamper "update prompt set place = place + 1 where ord = (select max(ord) from prompt)"
x 5 '*' s1.db bad.db s3.db
tamper "update config set value = '999' where key = 'data.n_whole'"
x 2 's1.db and bad.db are no parts of one run: data.n_whole is*' s1.db bad.db s3.db
tamper "delete from config"
x 5 'bad.db: *table config is empty*' s1.db bad.db s3.db
tamper "update trace set segment = 77"
x 5 'bad.db: *session 77 of *' s1.db bad.db s3.db
tamper "update piece set bytes = x'00' where id = (select min(id) from piece)"
x 5 'bad.db: piece [0-9]* has other bytes than in the files before it*' s1.db bad.db s3.db
tamper "pragma user_version = 99"
x 5 'bad.db: was written by a newer deepconf*' s1.db bad.db s3.db
head -c 20000 s2.db >bad.db
x 5 'bad.db: the run file is cut short*' s1.db bad.db s3.db
: >bad.db
x 5 'bad.db: holds no run yet*' s1.db bad.db s3.db
[ -z "$(ls -d x.db* 2>/dev/null)" ] || die "left over: $(ls -d x.db*)"

# Odd names; a link to nowhere is followed; a file that is read-only.
mkdir 'odd %20"'\''dir'
odd='odd %20"'\''dir'
cp s1.db "$odd/a b?.db"
cp s2.db "$odd/-x;.db"
cp s3.db "$odd/"$'new\nline\033[31m.db'
chmod a-w "$odd"/*
(cd "$odd" && "$DEEPCONF" merge --quiet ./* --out $'all\n?.db' >/dev/null)
cp "$odd"/$'all\n?.db' odd.db
same whole.db odd.db
ln -s real.db link.db
merge s1.db s2.db s3.db --out link.db >/dev/null
[ -L link.db ] || die "the link is gone"
same whole.db real.db

# Few descriptors, many files: one is open at a time.
shards 20 "${args[@]}"
fd=$(may_have -n 18)
(ulimit -n "$fd" && merge s*.db --out few.db >/dev/null)
same whole.db few.db

# A disk that gets full: nothing is left, and with more room it is made.
rc=0
(ulimit -f 100 && merge s*.db --out full.db >out 2>err) || rc=$?
[ $rc = 6 ] || die "exit code $rc: $(cat err)"
grep -q 'Nothing is left of it: make space' err || die "$(cat err)"
[ -z "$(ls -d full.db* 2>/dev/null)" ] || die "left over: $(ls -d full.db*)"
merge s*.db --out full.db >/dev/null
same whole.db full.db
