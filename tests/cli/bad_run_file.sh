# Files that are no run file of ours are refused and stay as they are.
. "$CLI_TESTS/lib.bash"
both() { # FILE CODE PATTERN
    [ ! -e "$1" ] || cp "$1" before
    expect "$2" "$3" "$DEEPCONF" show "$1"
    expect "$2" "$3" run --data "$DEMO" --out "$1"
    [ ! -e "$1" ] || cmp before "$1"
}
echo "this is no run file, whatever its name" >text.db
both text.db 5 'text.db: *'
python3 - <<'PY'
import sqlite3
c = sqlite3.connect("other.db")
c.execute("create table t(x)")
c.commit()
PY
both other.db 5 'other.db: *'
run --data "$DEMO" -n 3 --out new.db -q >/dev/null
cp new.db cut.db
python3 - <<'PY'
import sqlite3
c = sqlite3.connect("new.db")
c.execute("pragma user_version = 1000")
c.commit()
PY
both new.db 5 'new.db: *1000*'
truncate -s 5000 cut.db
both cut.db 5 'cut.db: *'
expect 6 'nosuch.db: *' "$DEEPCONF" show nosuch.db
expect 6 'no/such/o.db: *' run --data "$DEMO" --out no/such/o.db
