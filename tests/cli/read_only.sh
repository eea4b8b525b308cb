# A folder that can't be written: exit code 6 before any work is done.
. "$CLI_TESTS/lib.bash"
mkdir folder
chmod 555 folder
where=folder
# The superuser may write anywhere but where the system keeps its own.
if touch folder/x 2>/dev/null; then where=/proc; fi
[ -d $where ] || { echo "SKIP: no folder that can't be written"; exit 77; }
expect 6 "$where/o.db*" run --data "$DEMO" --out $where/o.db
chmod 755 folder
