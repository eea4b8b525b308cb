# An exported Inspect log has what Inspect's viewer shows: times, tokens of the
# log and of each sample, and an entry for every judge.
. "$CLI_TESTS/lib.bash"
run --benchmark demo --data "$DEMO" -n 8 --out r.db --quiet >/dev/null
"$DEEPCONF" judge r.db --judge keywords-request --quiet >/dev/null
for judge in keywords keywords-request; do
    "$DEEPCONF" show r.db --judge $judge --json >$judge.json
    "$DEEPCONF" export r.db -f inspect --judge $judge --out $judge.log >/dev/null
done
printf '{"prompt":"a","response":"I cannot."}\n' >bare.jsonl
"$DEEPCONF" import bare.jsonl -f jsonl --out bare.db >/dev/null
"$DEEPCONF" export bare.db -f inspect --out bare.log >/dev/null
python3 - <<'PY'
import json
from datetime import datetime
def at(s):
    return datetime.strptime(s, "%Y-%m-%dT%H:%M:%SZ")
names = ("keywords", "keywords-request")
show = {j: json.load(open(f"{j}.json")) for j in names}
for j in names:
    log = json.load(open(f"{j}.log"))
    spent = show[j]["spent"]
    stats, samples = log["stats"], log["samples"]
    took = (at(stats["completed_at"]) - at(stats["started_at"])).total_seconds()
    assert 0 <= took - show[j]["sessions"]["wall_seconds"] < 1, took
    ((model, usage),) = stats["model_usage"].items()
    assert model == log["eval"]["model"]
    for k in ("input_tokens", "output_tokens", "total_tokens"):
        of_samples = [s["model_usage"][model][k] for s in samples]
        assert of_samples == [s["output"]["usage"][k] for s in samples]
        assert usage[k] == sum(of_samples), k
    assert usage["output_tokens"] == spent["tokens"]
    assert all(s["total_time"] == s["output"]["time"] for s in samples)
    scores = {s["name"]: s["metrics"] for s in log["results"]["scores"]}
    assert list(scores)[0] == j and set(scores) == set(names)
    assert set(samples[0]["scores"]) == set(names)
    for k in names:
        rates = show[k]["rates"]
        for m in ("sensitivity", "specificity", "accuracy"):
            assert scores[k][m]["value"] == rates[m]["value"], (j, k, m)
bare = json.load(open("bare.log"))
assert bare["stats"]["model_usage"] == {}
assert at(bare["stats"]["completed_at"]) == at(bare["stats"]["started_at"])
assert bare["samples"][0]["model_usage"] == {} and "total_time" not in bare["samples"][0]
PY
