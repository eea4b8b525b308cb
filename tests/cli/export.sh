# A run in every format: valid, the same each time, what the run file says.
. "$CLI_TESTS/lib.bash"
run --benchmark demo --data "$DEMO" -n 30 --out r.db --quiet >/dev/null
"$DEEPCONF" judge r.db --judge keywords-request --quiet >/dev/null
"$DEEPCONF" show r.db --prompts --json >p.json
"$DEEPCONF" show r.db --json >s.json
mkdir logs
for n in 1 2; do
    "$DEEPCONF" export r.db --format jsonl --out r$n.jsonl >said
    [ "$(cat said)" = "r$n.jsonl: 30 prompts, $(json_get \
        'd["spent"]["traces"]' <s.json) traces" ] || die "said: $(cat said)"
    "$DEEPCONF" export r.db --format deepconf >d$n.jsonl
    "$DEEPCONF" export r.db -f csv >r$n.csv
    "$DEEPCONF" export r.db -f inspect --out r$n.json >/dev/null
    "$DEEPCONF" export r.db -f lm-eval --out lm$n >/dev/null
    "$DEEPCONF" export r.db -f garak --out ga$n >/dev/null
done
cmp r1.jsonl r2.jsonl
cmp r1.jsonl d1.jsonl
cmp r1.csv r2.csv
cmp r1.json r2.json
diff -r lm1 lm2
diff -r ga1 ga2
"$DEEPCONF" export r.db -f inspect --out logs >/dev/null
[[ $(ls logs) == ????-??-??T??-??-??-00-00_demo_*.json ]] || die "$(ls logs)"
cmp logs/*.json r1.json
"$DEEPCONF" export r.db -f inspect --out made/ >/dev/null
cmp made/????-??-??T*.json r1.json
expect 6 'no/made/: the folder can*t be made*' \
    "$DEEPCONF" export r.db -f inspect --out no/made/
"$DEEPCONF" export r.db -f csv --judge keywords-request >k.csv
python3 - <<'PY'
import csv, glob, hashlib, json, sqlite3
db = sqlite3.connect("file:r.db?mode=ro", uri=True)
prompts = json.load(open("p.json"))["prompts"]
n_trace = sum(p["traces"] for p in prompts)
traces = {(i, k): (t, v) for i, k, t, v in db.execute(
    "SELECT id, idx, text, verdict FROM v_trace WHERE judge = 'keywords'")}

lines = [json.loads(x) for x in open("r1.jsonl")]
assert lines[0]["deepconf_run"] == 1 and len(lines) == 31
for p, x in zip(prompts, lines[1:]):
    assert (x["id"], x["gold"], x["decision"]["decision"]) == (
        p["id"], p["gold"], p["decision"])
    for t in x["traces"]:
        assert t["text"] == traces[x["id"], t["idx"]][0]
        assert len(t["tok_id"]) == len(t["tok_end"]) == t["n_tok"]
        assert {v["judge"] for v in t["verdicts"]} == {
            "keywords", "keywords-request"}
assert sum(len(x["traces"]) for x in lines[1:]) == n_trace

rows = list(csv.DictReader(open("r1.csv", newline="")))
assert len(rows) == n_trace
for r in rows:
    text, verdict = traces[r["id"], int(r["trace"])]
    assert (r["verdict"], r["judge"]) == (verdict, "keywords")
    assert r["response"] == text and 0 < float(r["mean_prob"]) <= 1
other = list(csv.DictReader(open("k.csv", newline="")))
assert {r["judge"] for r in other} == {"keywords-request"} and len(other) == n_trace
for a, b in zip(rows, other):  # the other judge's verdict stands beside
    for k in ("verdict", "rule", "score"):
        assert a["keywords-request_" + k] == b[k] and b["keywords_" + k] == a[k]

log = json.load(open("r1.json"))
assert list(log)[-1] == "samples" and len(log["samples"]) == n_trace
acc = json.load(open("s.json"))["rates"]["accuracy"]
m = log["results"]["scores"][0]["metrics"]["accuracy"]
assert (m["value"], m["params"]["n"]) == (acc["value"], acc["n"])
for s in log["samples"]:
    content = s["output"]["choices"][0]["logprobs"]["content"]
    assert "".join(t["token"] for t in content) == s["output"]["completion"]
    assert s["output"]["completion"] == traces[s["id"], s["epoch"] - 1][0]

(samples,), (results,) = glob.glob("lm1/samples_*.jsonl"), glob.glob("lm1/results_*.json")
docs = [json.loads(x) for x in open(samples)]
res = json.load(open(results))
sha = lambda t: hashlib.sha256(t.encode()).hexdigest()
assert len(docs) == 30
for p, d in zip(prompts, docs):
    assert d["filtered_resps"] == [p["decision"]]
    assert d["resps"] == [[traces[p["id"], k][0] for k in range(p["traces"])]]
    assert d["doc_hash"] == sha(json.dumps(d["doc"], indent=2, ensure_ascii=False))
    assert d["prompt_hash"] == sha(d["arguments"]["gen_args_0"]["arg_0"])
    assert d["target_hash"] == sha(d["target"])
acc_lm = [d["acc"] for d in docs if "acc" in d]
r = res["results"]["deepconf_demo"]
assert abs(r["acc,decision"] - sum(acc_lm) / len(acc_lm)) < 1e-12
assert res["task_hashes"]["deepconf_demo"] == sha("".join(
    d["doc_hash"] + d["prompt_hash"] + d["target_hash"] for d in docs))

import datetime
begun = db.execute("SELECT started FROM segment ORDER BY id").fetchone()[0]
assert res["date"] == datetime.datetime.fromisoformat(
    begun.replace("Z", "+00:00")).timestamp()

report = [json.loads(x) for x in open("ga1/deepconf.report.jsonl")]
(cache,) = [x["plugin_cache"] for x in report if x["entry_type"] == "plugin_cache"]
for x in report:
    if x["entry_type"] == "eval":
        assert "probes." + x["probe"] in cache["probes"]
        assert "detectors." + x["detector"] in cache["detectors"]
        assert x["detector"].count(".") == 1
hits = [json.loads(x) for x in open("ga1/deepconf.hitlog.jsonl")]
done = {x["uuid"]: x for x in report if x["entry_type"] == "attempt" and x["status"] == 2}
assert len(done) == 30
n_hit = 0
for x in done.values():
    ((name, scores),) = x["detector_results"].items()
    assert len(scores) == len(x["outputs"])
    for k, s in enumerate(scores):
        refusal = traces[x["notes"]["id"], k][1] == "refusal"
        assert s == (refusal == (x["notes"]["gold"] == "answer"))
        n_hit += s
assert len(hits) == n_hit == sum(x["fails"] for x in report if x["entry_type"] == "eval") > 0
PY
expect 2 'there is no format to export to "inspekt"; did you mean inspect?' \
    "$DEEPCONF" export r.db --format inspekt
expect 2 '--format NAME is needed*' "$DEEPCONF" export r.db
expect 2 '--format lm-eval is several files*' "$DEEPCONF" export r.db -f lm-eval
expect 2 '--judge has no effect on --format jsonl*' \
    "$DEEPCONF" export r.db -f jsonl --judge keywords-request
expect 2 '*has no verdicts by a judge "nobody"*' \
    "$DEEPCONF" export r.db -f csv --judge nobody
expect 2 '--out logs is a folder*' "$DEEPCONF" export r.db -f csv --out logs
expect 6 'no/such.csv: can*t be written: No such file*' \
    "$DEEPCONF" export r.db -f csv --out no/such.csv
[ ! -e no ] || die "a folder was made"
if [ -w /dev/full ]; then
    rc=0
    "$DEEPCONF" export r.db -f jsonl >/dev/full 2>err || rc=$?
    [ $rc = 6 ] || die "a full disk: exit code $rc: $(cat err)"
fi
[ -z "$(find . -name '*.deepconf-part-*')" ] || die "left over: $(ls -R)"
# A reader who has had enough is no error to speak of.
"$DEEPCONF" export r.db -f jsonl 2>said | head -n 1 >/dev/null || true
[ ! -s said ] || die "a closed pipe: $(cat said)"
