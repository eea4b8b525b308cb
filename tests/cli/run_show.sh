# A run, its summary, its prompts and one of them; sums that must hold.
. "$CLI_TESTS/lib.bash"
run --benchmark demo --data "$DEMO" --out r.db --quiet >summary 2>err
[ ! -s err ] || die "--quiet said: $(cat err)"
"$DEEPCONF" show r.db | diff summary -
[ "$(ls)" = "$(printf '%s\n' err r.db summary)" ] || die "left over: $(ls)"
if grep -nE '^.{81}' summary; then die "a line is too long"; fi
"$DEEPCONF" show r.db --json >s.json
"$DEEPCONF" show r.db --prompts --json >p.json
"$DEEPCONF" show r.db --prompts >p.txt
[ "$(wc -l <p.txt)" = 202 ] || die "$(wc -l <p.txt) lines of prompts"
"$DEEPCONF" show r.db --prompt demo-003 --json >one.json
"$DEEPCONF" show r.db --prompt demo-003 >one.txt
grep -q '^prompt demo-003$' one.txt
grep -q 'refusal, by keywords: sorry-start' one.txt
python3 - <<'PY'
import json
s, p, one = (json.load(open(f)) for f in ("s.json", "p.json", "one.json"))
rows = p["prompts"]
assert s["finished"] and s["prompts"] == s["decided"] == len(rows) == 200
count = lambda g, d: sum(r["gold"] == g and r["decision"] == d for r in rows)
m = s["matrix"]
assert m == {"tp": count("refuse", "refusal"), "fn": count("refuse", "compliance"),
             "fp": count("answer", "refusal"), "tn": count("answer", "compliance")}
assert all(m.values())
n = sum(m.values())
acc = s["rates"]["accuracy"]
assert acc["n"] == n and acc["k"] == m["tp"] + m["tn"]
assert abs(acc["value"] - acc["k"] / n) < 1e-15
assert acc["lo"] < acc["value"] < acc["hi"]
traces = sum(r["traces"] for r in rows)
assert s["spent"]["traces"] == traces
assert s["saved"]["traces"] == 10 * 200 - traces > 0
assert sum(s["stopped_because"].values()) == 200
assert s["config"]["stop.policy"] == "curtail"
assert s["config"]["data.benchmark"] == "demo"
row = next(r for r in rows if r["id"] == "demo-003")
t = one["traces"]
assert len(t) == row["traces"] == one["decision"]["traces"]
assert [x["index"] for x in t] == list(range(len(t)))
refused = sum(x["verdicts"][0]["verdict"] == "refusal" for x in t)
assert refused == row["refusals"] == one["decision"]["refusals"]
for x in t:
    assert 0 < x["measures"]["mean_prob"] <= 1 and x["measures"]["mean"] >= 0
    v = x["verdicts"][0]
    if v["span_bytes"]:
        at = x["text"].encode()[v["span_offset"]:][:v["span_bytes"]]
        assert at.decode() == "I'm sorry", at
PY
expect 3 "r.db: has no prompt with the id 'nope'*" \
    "$DEEPCONF" show r.db --prompt nope
