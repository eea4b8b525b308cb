# The question whether uncertain compliances are riskier, to several runs.
. "$CLI_TESTS/lib.bash"
for seed in 1 2 3; do
    run --benchmark demo --data "$DEMO" -n 40 --max-traces 3 --stop fixed \
        --seed $seed --quiet --out $seed.db >/dev/null
done
ask() { dc stats "$@" --question compliance-risk; }
ask 1.db 2.db 3.db >said
tr -s '\n ' '  ' <said >flat
grep -q 'Of 3 runs, ' flat && grep -q 'Adjusted for 3 tests (Holm)' flat &&
    grep -q '40 of 40 ids of prompts are in more than one run' flat &&
    grep -q 'no pooled figure' flat || die "$(cat said)"
ask 1.db 2.db 3.db --json >j
# Each row is what the run alone says; p are those of Holm over the runs.
for seed in 1 2 3; do
    ask $seed.db --measure mean_prob --json >$seed.json
done
python3 - <<'PY'
import json
d = json.load(open("j"))
one = [json.load(open(f"{i}.json")) for i in (1, 2, 3)]
assert [r["file"] for r in d["runs"]] == ["1.db", "2.db", "3.db"]
for u in ("traces", "decisions"):
    rows = [r[u] for r in d["runs"]]
    alone = [o["measures"][0][u] for o in one]
    for a, b in zip(rows, alone):
        for k in a:
            assert k == "p_holm" or a[k] == b[k], (u, k, a[k], b[k])
    ps = [r["p"] for r in rows]
    order = sorted(range(3), key=lambda i: ps[i])
    so_far, want = 0, [None] * 3
    for rank, i in enumerate(order):
        so_far = max(so_far, min(1, (3 - rank) * ps[i]))
        want[i] = so_far
    assert all(abs(a["p_holm"] - w) < 1e-12 for a, w in zip(rows, want))
    diff = [r["difference"]["value"] for r in rows]
    assert d[u]["least_difference"] == min(diff)
    assert d[u]["most_difference"] == max(diff)
    assert sum(d[u]["answers"].values()) == 3
assert d["prompts"] == d["prompts_in_several_runs"] == 40
PY
# Other prompts, and a run of one name in another folder.
mkdir b
run --benchmark demo --data "$DEMO" -n 20 --max-traces 1 --min-traces 1 --stop fixed --seed 9 \
    --quiet --out b/1.db >/dev/null
ask 1.db b/1.db --measure nll --json >j
[ "$(json_get '[[r["file"], r["by_measure"]] for r in d["runs"]]' <j)" = \
    "[['1.db', 'nll'], ['1.db (2)', 'nll']]" ] || die "$(head -c 600 j)"
expect 2 '1.db is given twice*' ask 1.db 2.db 1.db
expect 2 '2 runs: several are for --question*' dc stats 1.db 2.db
expect 2 '--measure is given 2 times*' ask 1.db 2.db --measure nll --measure mean_prob
expect 2 '--confident-cut 0.5: a value belongs*' ask 1.db 2.db --confident-cut 0.5
expect 2 '--margin is of --question*' dc stats 1.db --margin 5
expect 2 '--confident-cut: 0.3/: expected two values*' ask 1.db --confident-cut 0.3/
expect 2 '--confident-cut 0.3/0.7: two cuts are of --question*' \
    dc stats 1.db --confident-cut 0.3/0.7
expect 6 'no.db: *' ask 1.db no.db
