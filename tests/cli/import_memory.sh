# Many small values take far more memory than their text: refused with that
# reason, in every reader of JSON, and skipped where nobody reads them.
. "$CLI_TESTS/lib.bash"
python3 - <<'PY'
many = "[" + ",".join(["{}"] * (4 << 20)) + "]"  # 12 MB, in memory 1 GB
open("line.jsonl", "w").write('{"prompt":' + many + ',"response":"r"}\n')
open("ok.jsonl", "w").write('{"prompt":"p","response":"r"}\n')
open("data.jsonl", "w").write('{"prompt":"p","x":' + many + '}\n')
open("v.json", "w").write('{"format":' + many + '}')
PY
expect 3 'line.jsonl: line 1: its values would take more than 608 MB of memory*' \
    "$DEEPCONF" import line.jsonl -f jsonl --out line.db
expect 3 '*data.jsonl: line 1, byte *: its values would take more than 608 MB*' \
    run --data data.jsonl --out data.db
expect 3 '*line.jsonl*line 1*would take more than 608 MB*' \
    "$DEEPCONF" judge --input line.jsonl --judge keywords --out judged.jsonl
"$DEEPCONF" import ok.jsonl -f jsonl --out ok.db >/dev/null
expect 3 '*v.json*would take more than 608 MB*' \
    "$DEEPCONF" show ok.db --correct-with v.json
