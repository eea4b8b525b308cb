# A second writer is refused with the first one's pid; readers are not.
. "$CLI_TESTS/lib.bash"
"$DEEPCONF" run --backend fake --model "$FAKE,step_us=2000" --benchmark demo \
    --data "$DEMO" --out r.db --quiet >/dev/null 2>&1 &
pid=$!
trap 'kill -9 $pid 2>/dev/null || true' EXIT
until "$DEEPCONF" show r.db >/dev/null 2>&1; do
    kill -0 $pid || die "the first writer ended"
done
expect 5 "r.db: *$pid*" run --benchmark demo --data "$DEMO" --out r.db
kill -0 $pid || die "the first writer ended too early"
"$DEEPCONF" show r.db >/dev/null
