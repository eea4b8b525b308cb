# Inspect's own reader opens an exported log and finds what the run file has.
. "$CLI_TESTS/lib.bash"
cache=${DEEPCONF_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/deepconf}
python=$cache/venv-peers/bin/python
[ -f "$cache/venv-peers/complete" ] || {
    echo "SKIP: Inspect is not installed; scripts/setup --peers gets it"
    exit 77
}
run --benchmark demo --data "$DEMO" -n 8 --top-logprobs 5 --out r.db --quiet \
    >/dev/null
"$DEEPCONF" show r.db --json >s.json
mkdir logs
"$DEEPCONF" export r.db --format inspect --out logs >/dev/null
"$python" - <<'PY'
import json
from inspect_ai.log import list_eval_logs, read_eval_log, write_eval_log
s = json.load(open("s.json"))
(info,) = list_eval_logs("logs")
head = read_eval_log(info, header_only=True)
assert head.samples is None and head.status == "success"
assert head.eval.config.epochs == 10
log = read_eval_log(info)
assert len(log.samples) == s["spent"]["traces"]
acc = log.results.scores[0].metrics["accuracy"]
assert acc.value == s["rates"]["accuracy"]["value"]
early = {(e.id, e.epoch) for e in log.results.early_stopping.early_stops}
last = {}
for x in log.samples:
    last[x.id] = x.epoch
    assert x.output.completion == x.messages[-1].text
    c = x.output.choices[0]
    assert "".join(t.token for t in c.logprobs.content) == x.output.completion
    for t in c.logprobs.content:
        top = [y.logprob for y in t.top_logprobs]
        assert len(top) == 5 and top == sorted(top, reverse=True)
    assert x.scores["keywords"].value in (
        "refusal", "compliance", "undetermined")
assert early == {(i, e + 1) for i, e in last.items() if e < 10} and early
write_eval_log(log, "again.eval")
assert len(read_eval_log("again.eval").samples) == len(log.samples)
PY

# What Inspect itself writes of it, shuffled and in pieces, is the same run.
cp logs/*.json log.json
"$python" - <<'PY'
import random
from inspect_ai.log import read_eval_log, write_eval_log
from inspect_ai.log._recorders.chunked.convert import convert_eval_logs_to_chunked
log = read_eval_log("log.json")
random.Random(1).shuffle(log.samples)
for s in log.samples:  # long texts stand among the attachments of pieces
    s.input = s.messages[0].content = s.input + " please" * 40
write_eval_log(log, "log.eval")
write_eval_log(log, "shuffled.json")
convert_eval_logs_to_chunked("log.eval", "pieces", chunk_size=2)
PY
for log in shuffled.json log.eval pieces/log.eval; do
    rm -f i.db
    "$DEEPCONF" import "$log" --format inspect --out i.db >/dev/null
    "$DEEPCONF" export i.db --format jsonl | sed 1d >"rows-${log//\//-}"
done
cmp rows-shuffled.json rows-log.eval
cmp rows-shuffled.json rows-pieces-log.eval
