# `plan`: what a run would cost. Its ranges hold what the run of the same options
# then costs, exactly where every prompt was drawn; nothing is written, whatever
# happens.
. "$CLI_TESTS/lib.bash"
plan() { "$DEEPCONF" plan --backend fake --data "$DEMO" --benchmark demo -q "$@"; }

cat >check.py <<'PY'
import json, sqlite3, subprocess, sys
prog, data, model, policy, pilot = sys.argv[1:]
same = ["--backend", "fake", "--model", model, "--data", data, "--benchmark",
        "demo", "--stop", policy, "-q"]
def spent(db):
    db = sqlite3.connect(db)
    traces, out = db.execute("SELECT count(*), sum(n_tok) FROM trace").fetchone()
    once, = db.execute("SELECT sum(n_tok) FROM prompt").fetchone()
    sent, = db.execute("SELECT sum(p.n_tok) FROM trace t JOIN prompt p ON"
                       " t.prompt = p.ord").fetchone()
    return {"traces": traces, "tokens_out": out,
            "tokens_in": sent if "server=1" in model else once}
plan = json.loads(subprocess.run(
    [prog, "plan", *same, "--pilot", pilot, "--price-in", "3", "--price-out",
     "7", "--json"], check=True, stdout=subprocess.PIPE).stdout)
# --stop again is the later of the two
for name, stop in ("policy", policy), ("fixed", "fixed"):
    db = f"{name}-{pilot}.db"
    subprocess.run([prog, "run", *same, "--stop", stop, "--out", db], check=True,
                   stdout=subprocess.DEVNULL)
    cost = spent(db)
    cost["cost"] = (3 * cost["tokens_in"] + 7 * cost["tokens_out"]) / 1e6
    for what, is_ in cost.items():
        x = plan["expect"][what][name]
        assert x["lo"] - 1e-9 <= is_ <= x["hi"] + 1e-9, (name, what, is_, x)
        if pilot == "1000" and "server=1" not in model: # of 200 prompts
            assert abs(x["lo"] - x["hi"]) < 1e-9, (name, what, x)
        assert x["lo"] <= x["value"] <= x["hi"], (name, what, x)
s = plan["expect"]["tokens_out"]
assert abs(s["saved"]["value"] - (1 - s["policy"]["value"] / s["fixed"]["value"])) < 1e-9
d = plan["drawn"]
assert d["prompts"] == min(int(pilot), 200) and d["traces"] == 10 * d["prompts"], d
assert d["tokens_per_second"] > 0
assert plan["expect"]["seconds"]["policy"]["value"] > 0
assert ("requests" in d) == ("server=1" in model), d
PY
for policy in curtail 'deepconf(0.9,0.95,4,3)'; do
    python3 check.py "$DEEPCONF" "$DEMO" "$FAKE" "$policy" 24 || die "$policy"
    rm -f ./*.db
done
python3 check.py "$DEEPCONF" "$DEMO" "$FAKE" curtail 1000
rm -f ./*.db
# A server is sent each prompt again, and draws the plan's prompts anew.
python3 check.py "$DEEPCONF" "$DEMO" "$FAKE,server=1" curtail 24
rm -f ./*.db
# A threshold needs its share of prompts drawn to all traces.
python3 check.py "$DEEPCONF" "$DEMO" "$FAKE" 'confidence-percentile(20)' 24
rm -f ./*.db check.py

# Nothing is written, and the run's own file is not touched.
cp "$DEMO" out.db
plan --model "$FAKE" --out out.db >said
cmp -s out.db "$DEMO" || die "--out was touched"
[ "$(ls -A | sort | tr '\n' ' ')" = "expect.out out.db said " ] ||
    [ "$(ls -A | sort | tr '\n' ' ')" = "out.db said " ] || die "left: $(ls -A)"
has '^  traces  *curtail  *[0-9,]*  *[0-9,]* to [0-9,]*$' cat said
has '^  traces  *fixed  *2,000$' cat said
has '^   *saved  *[0-9.]* %  *[0-9.]* to [0-9.]* %$' cat said
[ "$(wc -L <said)" -le 80 ] || die "wider than 80 columns"
COLUMNS=40 plan --model "$FAKE" >said
[ "$(wc -L <said)" -le 40 ] || die "wider than 40 columns: $(cat said)"
has '^  traces  *curtail  *[0-9,]*$' cat said
grep -q '^  cost' said && die "a cost without prices"
plan --model "$FAKE" --stop fixed >said
grep -q saved said && die "fixed saves nothing"
tells 'counts are exact' plan --model "$FAKE" --pilot 200
tells 'no ranges' plan --model "$FAKE" --pilot 1
plan --model "$FAKE" --pilot 4 --price-in 1 --price-out 2 >said
has '^  cost  *curtail ' cat said

# Ctrl-C leaves nothing, over servers too, which are not waited for.
rm -f ./*
for model in "$FAKE,step_us=20000" "$FAKE,server=1,step_us=20000"; do
    python3 - "$DEEPCONF" "$model" "$DEMO" <<'PY'
import os, signal, subprocess, sys
prog, model, data = sys.argv[1:]
tty, end = os.openpty() # a terminal sees the first traces at once
p = subprocess.Popen([prog, "plan", "--backend", "fake", "--model", model,
                      "--data", data, "--benchmark", "demo", "--max-tokens",
                      "1000"], stderr=end, stdout=subprocess.PIPE, text=True,
                     env={**os.environ, "TERM": "xterm"},
                     preexec_fn=lambda: signal.signal(signal.SIGINT,
                                                      signal.SIG_DFL))
os.close(end)
def said():
    try:
        return os.read(tty, 4096).decode(errors="replace")
    except OSError: # it has ended
        return ""
err = more = said()
while more and "/24 prompts" not in err:
    more = said()
    err += more
p.send_signal(signal.SIGINT)
while more:
    more = said()
    err += more
out = p.communicate()[0]
assert out == "" and p.returncode in (130, -signal.SIGINT), (p.returncode, err)
assert "waiting for" not in err, err
PY
    [ -z "$(ls -A)" ] || die "left: $(ls -A)"
done

# What can't be planned.
expect 2 '--price-in is given and --price-out is not: *' \
    plan --model "$FAKE" --price-in 1
expect 2 '--pilot 0: expected *' plan --model "$FAKE" --pilot 0
expect 2 '--model is needed: *' "$DEEPCONF" plan --data "$DEMO"
expect 2 '--min-traces is 12 *' plan --model "$FAKE" --min-traces 12
expect 4 '*' plan --model "$FAKE,fail_open=1"
expect 4 '*' plan --model "$FAKE,fail_step=5"
things 1 >one.csv
for i in 1 2; do
    rc=0
    "$DEEPCONF" plan --backend fake --model "$FAKE" --data one.csv -q \
        --shard $i/2 >said 2>said.err || rc=$?
    [ $rc = 0 ] || has 'no prompt of the data falls into this shard' cat said.err
    echo $rc
done >codes
[ "$(sort codes | tr '\n' ' ')" = "0 3 " ] || die "one of two shards is empty"
