# A replay is over all prompts that it claims, or it is refused: a run that some
# policy stopped before the majority over all K is certain, an import with fewer
# traces for some prompts, and another judge's verdicts over a curtailed run
# would select prompts by what is asked about. What is not refused is counted
# here again from the stored verdicts.
. "$CLI_TESTS/lib.bash"
things 120 >d.csv

# Every policy: only what certainty and the budget ended can be replayed.
for p in fixed curtail 'unanimous(3)' 'hypergeometric(0.1)' 'sprt(0.2,0.8,0.1,0.1)' \
    'adaptive-consistency(0.8)' 'e-process(0.3)' 'confidence-percentile(20)' \
    'deepconf(0.9,0.95,4,3)' 'esc(3)'; do
    name=${p%%(*}
    draw --stop "$p" --out "$name.db"
    case $p in
    fixed | curtail)
        "$DEEPCONF" sweep "$name.db" --policy 'unanimous({3,4})' \
            --policy 'hypergeometric(0.1)' --json >"$name.json"
        ;;
    *)
        for command in sweep calibrate; do
            expect 3 "the run was drawn with --stop $name*Run with --stop fixed*" \
                "$DEEPCONF" $command "$name.db" --policy 'unanimous(3)'
        done
        expect 3 '*Run with --stop fixed*' "$DEEPCONF" sweep "$name.db"
        ;;
    esac
done

# Where such a rule has ended no prompt too soon, none is said to be unlike the
# others.
draw --stop 'sprt(0.4,0.6,0.05,0.05)' --out lucky.db
expect 3 '*certain for 120 of 120 prompts, but by luck: *' \
    "$DEEPCONF" sweep lucky.db

# The figures of the two others, from the tables.
cat >count.py <<'PY'
import json, sqlite3, sys
from math import comb
K = 10
def votes(db):
    rows = sqlite3.connect(db).execute(
        "SELECT prompt, verdict FROM trace JOIN verdict ON trace = id "
        "WHERE judge = 'keywords' ORDER BY prompt, idx")
    out = {}
    for p, v in rows:
        out.setdefault(p, []).append({"refusal": "R", "partial": "R",
                                      "compliance": "C"}[v])
    return list(out.values())
def certain(r, c):
    return "R" if 2 * r > K else "C" if 2 * c >= K else None
def odd(x, n, m):  # P(X >= x), x of n drawn from K with m
    return sum(comb(m, i) * comb(K - m, n - i)
               for i in range(x, min(m, n) + 1)) / comb(K, n) <= 0.1
def rule(name, r, c):
    if name.startswith("unanimous"):
        return (r == 0 or c == 0) and r + c >= int(name[10:-1])
    return odd(r, r + c, K // 2) or odd(c, r + c, K - K // 2 - 1)
def decide(name, v):
    for n in range(3, K + 1):
        r, c = v[:n].count("R"), v[:n].count("C")
        if certain(r, c):
            return certain(r, c), n
        if rule(name, r, c):
            return ("R" if 2 * r > n else "C"), n
all_k = [decide("unanimous(11)", v) for v in votes("fixed.db")]
for db in "fixed", "curtail":
    rows = {r["setting"]: r for r in json.load(open(db + ".json"))["rows"]}
    for name, row in rows.items():
        got = [decide(name, v) for v in votes(db + ".db")]
        changed = sum(a[0] != b[0] for a, b in zip(got, all_k))
        assert row["changed"]["n"] == 120 and row["changed"]["k"] == changed, name
        assert abs(row["traces"] - sum(n for _, n in got) / 120) < 1e-12, name
assert rows["unanimous(3)"]["changed"]["k"] > 0, "nothing to tell apart"
PY
python3 count.py

# All traces of all prompts may be replayed, whatever drew them.
draw --stop 'unanimous(3)' --max-traces 3 --out whole.db
has '120 prompts replayed' "$DEEPCONF" sweep whole.db --policy curtail

# Another judge: over a fixed run, and over a curtailed one only if it leaves no
# prompt open there.
other_judge fixed.db curtail.db
for n in fixed curtail; do
    "$DEEPCONF" judge $n.db --judge keywords-request >/dev/null
    has '120 prompts replayed' "$DEEPCONF" sweep $n.db --policy 'unanimous(3)' \
        --judge keywords-request # which says the same of such texts
done
has '120 prompts replayed' "$DEEPCONF" sweep fixed.db --judge other \
    --policy 'unanimous(3)'
for command in sweep calibrate; do
    expect 3 '*verdicts of another judge than other*for *of them*--stop fixed*' \
        "$DEEPCONF" $command curtail.db --judge other --policy curtail
done

# The file is held against itself before a figure is printed.
cp fixed.db broken.db
python3 - <<'PY'
import sqlite3
c = sqlite3.connect("broken.db")
c.execute("UPDATE decision SET decision = 'compliance' WHERE decision = 'refusal'")
c.commit()
PY
expect 5 '*its decision is compliance, expected refusal*' \
    "$DEEPCONF" sweep broken.db --policy curtail

# A run that is not finished: the prompts before the first undecided one.
rc=0
"$DEEPCONF" run --backend fake \
    --model "random:refuse=0.5,len=10,vocab=64,fail_step=150" --data d.csv \
    --max-tokens 12 --quiet --out half.db >/dev/null 2>&1 || rc=$?
[ "$rc" = 4 ] || die "exit code $rc"
"$DEEPCONF" sweep half.db --policy curtail --json >half.json
python3 - <<'PY'
import json, sqlite3
d, c = json.load(open("half.json")), sqlite3.connect("half.db")
decided = {p for p, in c.execute("SELECT prompt FROM decision")}
front = min(set(range(120)) - decided)
assert 0 < front < len(decided), "nothing is decided behind the first open one"
assert d["prompts"] == front == d["rows"][0]["changed"]["n"]
assert d["left_out"] == 120 - front and "not finished" in d["basis"]
PY
has 'not finished: the figures are over' "$DEEPCONF" sweep half.db --policy curtail

# An import whose prompts do not all have as many traces.
python3 - <<'PY'
import json
with open("in.jsonl", "w") as f:
    for i in range(9):
        for t in range(6 - (i == 4)):
            f.write(json.dumps({"id": "q%d" % i, "prompt": "ask %d" % i,
                                "response": ("Sure, here.", "I can't help with that.")
                                            [(i + t) % 2]}) + "\n")
PY
"$DEEPCONF" import in.jsonl -f jsonl --out in.db >/dev/null
for command in sweep calibrate; do
    expect 3 '1 of 9 prompts of the input has fewer than 6 traces*' \
        "$DEEPCONF" $command in.db --policy curtail
done

# A report of such a run is made, says why, and is verified.
for n in unanimous deepconf in; do
    "$DEEPCONF" report $n.db --out r-$n --no-plots >/dev/null
    "$DEEPCONF" verify r-$n --run $n.db >/dev/null
    why=$("$DEEPCONF" sweep $n.db 2>&1) && die "$n was replayed"
    why=$(cut -c 12-60 <<<"${why#deepconf: }")
    for file in COMPREHENSIVE_REPORT.md report.html \
        "${n}_percentile_analysis.json"; do
        tr -s '\n ' '  ' <"r-$n/$file" | grep >/dev/null -F -- "$why" ||
            die "r-$n/$file does not say: $why"
    done
    [ "$(json_get 'd["results"]' <"r-$n/${n}_percentile_analysis.json")" = "[]" ] ||
        die "r-$n: rows of percentiles"
    [ ! -e r-$n/records/sweep.json ] || die "r-$n has a sweep"
done
