# deepthink over a server: online, a trace that falls below the bar ends by closing
# its connection, and the figures are those of a local run of the same tokens.
. "$CLI_TESTS/lib.bash"
mock_plays '{"tokens": 60, "delay_ms": 20}'
cat >think.py <<'PY'
import json, subprocess, sys, urllib.request
prog, url = sys.argv[1:3]
net = urllib.request.build_opener(urllib.request.ProxyHandler({}))
def think(out, *source):
    p = subprocess.run([prog, "deepthink", *source, "--data", "qa.jsonl", "--mode",
                        "online", "--warmup-traces", "4", "--budget", "16",
                        "--max-tokens", "200", "--window", "8", "--tail", "8",
                        "--full", "--quiet", "--seed", "3",
                        "--out", out],
                       capture_output=True, text=True)
    assert p.returncode == 0, p.stderr
    with open(out) as f:
        return json.load(f)
served = think("served.jsonl", "--model", "mock", "--base-url", url)
cut = [t for t in served["all_traces"] if t["cut"]]
assert 2 < len(cut) < 12 and all(t["stop_reason"] == "gconf_threshold" and
                                 8 <= t["num_tokens"] < 60 for t in cut), cut
# nothing else was closed on the way; one whose end was there already need not be
state = json.load(net.open(url.replace("/v1", "/mock/wait?aborted=1")))
assert 0 < state["aborted"] <= len(cut) + 1, (len(cut), state) # and the probe's
# The same tokens from a script; behind a cut stands one that would be seen.
def script_of(t):
    text, n = t["text"], t["num_tokens"]
    at = [len(text) * i // n for i in range(n + 1)]
    tok = [{"piece": text[a:b], "conf": c}
           for a, b, c in zip(at, at[1:], t["confs"])]
    return {"tokens": tok + [{"piece": " more", "conf": 99}] * t["cut"],
            "finish": "stop"}
with open("script.json", "w") as f:
    json.dump({"default": {"traces": [script_of(t) for t in
                                      served["all_traces"]]}}, f)
local = think("local.jsonl", "--backend", "fake", "--model",
              "script:script.json")
def same(a, b, where):
    if isinstance(a, float) and isinstance(b, float):
        # confidences have three digits in a record, and the script is made of it
        assert abs(a - b) <= 0.0021, (where, a, b)
    elif isinstance(a, list):
        assert len(a) == len(b), (where, len(a), len(b))
        for i, (x, y) in enumerate(zip(a, b)):
            same(x, y, f"{where}[{i}]")
    elif isinstance(a, dict):
        assert set(a) == set(b), (where, set(a) ^ set(b))
        for k in a:
            same(a[k], b[k], f"{where}.{k}")
    else:
        assert a == b, (where, a, b)
for record in served, local:
    for k in "config", "run_id", "timing_stats":
        del record[k] # of the source, and the clock
    del record["token_stats"]["prompt_tokens"] # of another tokeniser
    for t in record["all_traces"] + record["warmup_traces"] + \
            record["final_traces"]:
        t.pop("token_ids", None) # a server has none
same(served, local, "record")
PY
printf '{"question":"2+2?","answer":"4"}\n' >qa.jsonl
python3 think.py "$DEEPCONF" "$URL"
mock_end
