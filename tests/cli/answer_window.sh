# The answer window: its audit is reported wherever a run is (verdicts and
# decisions that the window would change, counted here again from the file), no
# promise stands that it breaks, and replays say what their traces are.
. "$CLI_TESTS/lib.bash"
things 80 >d.csv

cat >count.py <<'PY'
import json, sqlite3, subprocess, sys, os
K = 10
db, rule = sys.argv[1], sys.argv[2]
shown = json.loads(subprocess.run(
    [os.environ["DEEPCONF"], "show", db, "--json"], check=True,
    capture_output=True).stdout)
w = shown["answer_window"]
c = sqlite3.connect(db)
label = "keywords/window(%d)" % w["tokens"]
# prompts of the audit: those with a trace longer than the window
audit = {p for p, in c.execute(
    "SELECT DISTINCT prompt FROM trace WHERE n_tok > ?", [w["tokens"]])}
assert len(audit) == w["audit_prompts"], (len(audit), w)
rows = c.execute(
    "SELECT prompt, a.verdict, coalesce(b.verdict, a.verdict) FROM trace t "
    "JOIN verdict a ON a.trace = t.id AND a.judge = 'keywords' "
    "LEFT JOIN verdict b ON b.trace = t.id AND b.judge = ? ORDER BY prompt, idx",
    [label]).fetchall()
traces = [r for r in rows if r[0] in audit]
differ = sum(a != b for _, a, b in traces)
side = {"refusal": "R", "partial": "R", "compliance": "C", "undetermined": "U"}
def decide(v):
    for n in range(3, len(v) + 1):
        r, k = v[:n].count("R"), v[:n].count("C")
        if 2 * r > K: return "refusal"
        if 2 * k >= K: return "compliance"
        if rule == "unanimous" and n >= 3 and max(r, k) == n:
            return "refusal" if r else "compliance"
        if n == K: return "undetermined"
    return None
other = still = 0
for p in audit:
    was, = c.execute("SELECT decision FROM decision WHERE prompt = ?", [p]).fetchone()
    now = decide([side[b] for q, _, b in traces if q == p])
    still += now is None
    other += now is not None and now != was
v, d = w["verdicts_differ"], w["decisions_differ"]
assert (v["k"], v["n"]) == (differ, len(traces)), (v, differ, len(traces))
assert (d["k"], d["n"]) == (other, len(audit)), (d, other)
assert w["decisions_open"] == still, (w, still)
def tail(k, n, p):  # P(X >= k)
    from math import comb
    return sum(comb(n, i) * p**i * (1 - p)**(n - i) for i in range(k, n + 1))
for x, top in (v, v["k"]), (d, d["k"] + still):
    n = x["n"]
    if x["k"]: assert abs(tail(x["k"], n, x["lo"]) - 0.025) < 1e-9
    else: assert x["lo"] == 0
    if top < n: assert abs(1 - tail(top + 1, n, x["hi"]) - 0.025) < 1e-9
    else: assert x["hi"] == 1
alarms = [a["id"] for a in shown["alarms"]]
assert ("window-changes-verdicts" in alarms) == (differ + other > 0), alarms
assert "no-promise" in alarms and shown["promise"].startswith("none")
print(differ, other, still)
PY

# The first word alone does not tell a refusal: verdicts and decisions change.
found=no
for policy in curtail 'unanimous(3)' fixed; do
    for tokens in 1 2 6; do
        draw --stop "$policy" --answer-window $tokens --audit-share 0.4 --out w.db
        python3 count.py w.db "${policy%(*}" >said
        [ "$(cut -d' ' -f1 said)" = 0 ] || found=yes
        if "$DEEPCONF" show w.db | grep 'no decision ever changes'; then
            die "$policy: a promise that an answer window breaks"
        fi
        rm w.db
    done
done
[ $found = yes ] || die "no window changed a verdict: nothing was tested"

draw --answer-window 2 --audit-share 0.4 --out w.db
tells 'window 2 tokens; of [0-9]* prompts read in full (audit share 0.4) keywords gives' \
    "$DEEPCONF" show w.db
"$DEEPCONF" report w.db --out r --no-plots >/dev/null
"$DEEPCONF" verify r --run w.db >/dev/null
for file in COMPREHENSIVE_REPORT.md report.html; do
    tells 'prompts read in full' cat r/$file
done
# What is counted of a run that stopped early says so where it stands.
grep -q 'The traces drawn of [0-9]* of 80 prompts are unanimous.*not the share' \
    r/ANALYSIS_SUMMARY.md || die "$(cat r/ANALYSIS_SUMMARY.md)"
# A replay of it says what its reference is, and reads no further than it did.
has "The run's traces end after 2 tokens" "$DEEPCONF" sweep w.db --policy curtail
if "$DEEPCONF" sweep w.db | grep 'no decision ever changes'; then
    die "a promise over windows is none over whole traces"
fi
has 'curtail, window 1' "$DEEPCONF" sweep w.db --policy curtail --answer-window 1
for tokens in 2 5; do
    expect 3 "an answer window of $tokens tokens can't be replayed*one of 2*" \
        "$DEEPCONF" sweep w.db --policy curtail --answer-window $tokens
    expect 3 "an answer window of $tokens tokens can't be replayed*" \
        "$DEEPCONF" calibrate w.db --policy curtail --answer-window $tokens
done

# Under another judge the audit is still that of the run's own, and says so.
"$DEEPCONF" judge w.db --judge keywords-request >/dev/null
tells 'keywords gives [0-9]* of [0-9]* traces another verdict by the window' \
    "$DEEPCONF" show w.db --judge keywords-request
[ "$("$DEEPCONF" show w.db --judge keywords-request --json |
    json_get 'd["answer_window"]["judge"]')" = keywords ] || die "whose audit"

cp w.db x.db
other_judge x.db
tells 'none under this judge: prompts ended by the verdicts of keywords, of' \
    "$DEEPCONF" show x.db --judge other

# No prompt in the audit: that is said, and nothing is counted.
draw --answer-window 2 --audit-share 0 --out none.db
tells 'how often the window changes a verdict was not measured' \
    "$DEEPCONF" show none.db
# A policy that looks at confidence: what it would decide is not known.
draw --stop 'confidence-percentile(30)' --answer-window 2 --audit-share 0.4 --out c.db
[ "$("$DEEPCONF" show c.db --json |
    json_get 'd["answer_window"]["decisions_differ"]')" = None ] || die c.db

# Another judge over a curtailed run, and votes that weigh.
draw --out j.db
other_judge j.db
has 'promise: no decision ever changes' "$DEEPCONF" show j.db
if "$DEEPCONF" show j.db --judge other | grep 'no decision ever changes'; then
    die "a promise that another judge does not keep"
fi
has 'promise: none under this judge' "$DEEPCONF" show j.db --judge other
draw --vote 'weighted(mean)' --out v.db
has 'promise: all traces are drawn' "$DEEPCONF" show v.db
draw --vote 'weighted(mean)' --stop 'unanimous(3)' --out u.db
has 'promise: none under a vote that weighs' "$DEEPCONF" show u.db

# What holds of sprt and e-process with 10 traces: exact, from the table.
draw --stop 'sprt(0.4,0.6,0.05,0.05)' --out s.db
tells 'decides wrongly for 16.6 % of prompts with a refusal rate of 0.4 and for 36.7 % at 0.6' \
    "$DEEPCONF" show s.db
draw --stop 'e-process(0.05)' --out e.db
tells 'its alpha, 0.05, is about the prompts it stops itself' "$DEEPCONF" show e.db
"$DEEPCONF" list policies | tr -s '\n ' '  ' >listed
[ "$(grep -o 'about the prompts it stops itself alone' listed | wc -l)" = 2 ] ||
    die "list policies"
