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
    "$DEEPCONF" judge --input line.jsonl --judge keywords --quiet --out judged.jsonl
"$DEEPCONF" import ok.jsonl -f jsonl --out ok.db >/dev/null
expect 3 '*v.json*would take more than 608 MB*' \
    "$DEEPCONF" show ok.db --correct-with v.json

# Nor does an archive whose pieces lie in thousands of folders that are all
# named like a sample: looking for their sample took 2 GB and more of 1 MB.
python3 - <<'PY'
import json, zipfile
z = zipfile.ZipFile("deep.eval", "w", zipfile.ZIP_DEFLATED)
head = {"version": 2, "status": "success", "eval": {"task": "t", "model": "m"}}
z.writestr("header.json", json.dumps(head))
choice = {"message": {"role": "assistant", "content": "hi"}, "stop_reason": "stop"}
sample = {"id": 1, "epoch": 1, "input": "a", "target": "", "messages": [],
          "output": {"model": "m", "choices": [choice]}, "scores": {}}
folder = "samples/" + "_epoch_1/" * 7000
z.writestr(folder + "sample.json", json.dumps(sample))
for i in range(10):
    z.writestr(folder + "events/%d.json" % i, "[]")
z.close()
PY
limit=$(may_have -v 1000000)
(ulimit -v $limit; "$DEEPCONF" import deep.eval -f inspect --out deep.db) >/dev/null
"$DEEPCONF" show deep.db --json >said
grep -q '"traces": *1' said || die "no trace: $(head -c 600 said)"
