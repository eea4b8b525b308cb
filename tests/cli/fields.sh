# Columns of the data become fields of the prompts: those of the benchmark and
# those of --keep; a key that JSON objects lack is none, and said.
. "$CLI_TESTS/lib.bash"
fields() { # FILE: "id name=value" a line
    python3 - "$1" <<'PY'
import sqlite3, sys
for r in sqlite3.connect(sys.argv[1]).execute(
        "select p.id, name, value from field join prompt p on p.ord = prompt"
        " order by ord, name"):
    print(f"{r[0]} {r[1]}={r[2]}")
PY
}
cat >d.jsonl <<'JSON'
{"id": "a", "prompt": "one", "label": "unsafe", "topic": "arms", "n": 3}
{"id": "b", "prompt": "two", "label": "safe", "lang": "\u001b[31mred"}
{"id": "c", "prompt": "three", "label": "safe", "topic": "<b>", "lang": "en"}
JSON
args=(--data d.jsonl --field category=topic --stop fixed --max-traces 3)
run "${args[@]}" --keep lang --out r.db >/dev/null 2>err
grep -q 'd.jsonl: 1 of 3 objects have no "topic": read as none' err || die "$(cat err)"
grep -q 'd.jsonl: 1 of 3 objects have no "lang": read as none' err || die "$(cat err)"
fields r.db >got
printf 'b lang=\033[31mred\nc lang=en\n' | cmp - got || die "$(cat got)"
[ "$("$DEEPCONF" show r.db --prompts --json |
    json_get '[p["category"] for p in d["prompts"]]')" = "['arms', None, '<b>']" ] ||
    die 'categories'

# A run that goes on may keep more: no trace hangs on it.
run "${args[@]}" --keep n --quiet --out r.db >/dev/null
fields r.db >got
printf 'a n=3\nb lang=\033[31mred\nc lang=en\n' | cmp - got || die "$(cat got)"
# One of an older deepconf is given its fields, too.
python3 - <<'PY'
import sqlite3
c = sqlite3.connect("r.db")
c.executescript("drop table field; pragma user_version = 8;"
                "delete from config where key = 'data.category'")
PY
run "${args[@]}" --keep lang --quiet --out r.db >/dev/null
fields r.db >got
printf 'b lang=\033[31mred\nc lang=en\n' | cmp - got || die "$(cat got)"

# Shards bring theirs along.
for i in 1 2; do
    run "${args[@]}" --keep lang --quiet --shard $i/2 --out s$i.db >/dev/null
done
"$DEEPCONF" merge s1.db s2.db --out m.db >/dev/null
fields m.db | cmp - got || die "merged: $(fields m.db)"

expect 3 'd.jsonl: line 1: there is no column "nope"*Name another*' \
    run "${args[@]}" --keep nope --quiet --out x.db
expect 2 '*--keep lang is given twice' \
    run "${args[@]}" --keep lang --keep lang --out x.db
expect 2 '*--keep category: the field of that name is the prompt'"'"'s category*topic*' \
    run "${args[@]}" --keep category --out x.db
[ ! -e x.db ] || die 'a file of a run that did not begin'

# What a benchmark names need not be there.
printf 'prompt,prompt_harm_label,adversarial,subcategory\nq,harmful,true,privacy\n' >w.csv
run --benchmark wildguardmix --data w.csv --quiet --out w.db >/dev/null
[ "$(fields w.db)" = '1 subcategory=privacy' ] || die "$(fields w.db)"
printf 'prompt,prompt_harm_label,adversarial\nq,harmful,true\n' >w.csv
run --benchmark wildguardmix --data w.csv --quiet --out v.db >/dev/null
[ -z "$(fields v.db)" ] || die "$(fields v.db)"
