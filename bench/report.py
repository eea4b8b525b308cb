"""From the rows of the systems to result.json, result.md and result.png."""
import json
import os
import subprocess

import stats
import systems

FASTEST = "fastest of llama-server and vllm"


def good(rows):
    return [r for r in rows if "skip" not in r]


def rates(rows, what):
    return [r[what] / r["seconds"] for r in good(rows)
            if r.get(what) is not None and r["seconds"] > 0]


def prompt_rates(rows):
    return [r.get("sample", r["decided"]) / r["seconds"] for r in good(rows)
            if r.get("decided") and r["seconds"] > 0]


def peer_of(name, table):
    """The named peer; the faster one by its median where there is a choice."""
    peer = systems.ALL[name].peer
    if peer != FASTEST:
        return peer if peer in table else None
    found = [(stats.median(prompt_rates(table[p])), p)
             for p in ("llama-server", "llama-server-n", "vllm")
             if p in table and prompt_rates(table[p])]
    return max(found)[1] if found else None


def number(x, digits=2):
    return "-" if x is None else f"{x:,.{digits}f}"


def with_spread(xs, digits):
    if not xs:
        return "-"
    low, high = stats.spread(xs)
    mid = number(stats.median(xs), digits)
    return mid if len(xs) == 1 else \
        f"{mid} ({number(low, digits)} to {number(high, digits)})"


def changed(rows):
    """Of the last round: rounds repeat the same prompts and seeds, and adding
    them up would feign a larger sample."""
    pair = next((r["changed"] for r in reversed(good(rows))
                 if r.get("changed")), None)
    if not pair:
        return "-"
    low, high = stats.wilson(*pair)
    return f"{pair[0]} of {pair[1]} ({100 * low:.1f} to {100 * high:.1f} %)"


def against(name, table):
    peer = peer_of(name, table)
    r = peer and ratio_by_round(table[name], table[peer])
    if not r:
        return "-"
    text = f"{r['ratio']:.2f} x {peer}"
    return text if r["rounds"] == 1 else \
        f"{text} ({r['low']:.2f} to {r['high']:.2f})"


def ratio_by_round(ours, theirs):
    a = dict(zip((r["round"] for r in good(ours)), prompt_rates(ours)))
    b = dict(zip((r["round"] for r in good(theirs)), prompt_rates(theirs)))
    both = sorted(a.keys() & b.keys())
    return stats.ratio([a[r] for r in both], [b[r] for r in both])


def row_cells(name, table):
    rows = table[name]
    ok = good(rows)
    last = ok[-1]
    per = [r["tokens"] / r.get("sample", r["decided"]) for r in ok
           if r.get("decided")]
    med = lambda key: stats.median([r[key] for r in ok if key in r])
    return [name, with_spread(prompt_rates(rows), 3),
            with_spread(rates(rows, "tokens"), 0),
            number(stats.median(per), 0), number(med("decode_s"), 1),
            number(med("other_s"), 2), number(last["peak"] / 1e6, 0),
            changed(rows), against(name, table)]


HEAD = ["system", "decided prompts/s", "tokens/s", "tokens per prompt",
        "s in llama_decode", "s outside", "peak MB", "decisions changed",
        "prompts/s against"]


def markdown_table(table):
    lines = ["| " + " | ".join(HEAD) + " |", "|---" * len(HEAD) + "|"]
    skipped = []
    for name, rows in table.items():
        if good(rows):
            lines.append("| " + " | ".join(row_cells(name, table)) + " |")
        elif rows:
            why = rows[-1]["skip"].replace("|", "/").replace("\n", " ")
            skipped.append(f"- SKIP {name}: {why}")
    return "\n".join(lines + ([""] + skipped if skipped else []))


def markdown(result):
    m, s = result["machine"], result["settings"]
    out = [f"## {result['date']}, the engine against its peers", "",
           f"Machine: {m['cpu']}, {m['cores']} cores, {m['isa']}; "
           f"{m['deepconf'].splitlines()[0] if m['deepconf'] else ''}; load "
           f"average {m['load']:.2f} at the start. Model {result['model']} "
           f"(SHA-256 {result['model_sha256']}...).", "",
           f"{s['prompts']} prompts of {s['benchmark']}, K = {s['k']}, T = 1, "
           f"{s['threads']} threads, {s['slots']} slots, {s['rounds']} "
           f"round{'s' * (s['rounds'] > 1)}; medians, and the smallest and "
           "largest round in brackets; decisions changed with a 95 % Wilson "
           "interval."]
    for tokens, table in result["tables"].items():
        out += ["", f"### At most {tokens} tokens", "", markdown_table(table)]
    return "\n".join(out) + "\n"


PLOT = """
import json, sys
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
data = json.load(sys.stdin)
fig, axes = plt.subplots(1, len(data), figsize=(6 * len(data), 5),
                         squeeze=False)
for ax, (tokens, rows) in zip(axes[0], data.items()):
    names = [r[0] for r in rows][::-1]
    mid = [r[1] for r in rows][::-1]
    err = [[r[1] - r[2] for r in rows][::-1], [r[3] - r[1] for r in rows][::-1]]
    ax.barh(names, mid, xerr=err, capsize=3)
    ax.set_xlabel("decided prompts per second")
    ax.set_title("at most " + tokens + " tokens")
fig.tight_layout()
fig.savefig(sys.argv[1], dpi=120)
"""


def plot_data(result):
    return {tokens: [[name, stats.median(p), *stats.spread(p)]
                     for name, rows in table.items()
                     if (p := prompt_rates(rows))]
            for tokens, table in result["tables"].items()}


def write(result, env):
    def path(name):
        return os.path.join(env.out, name)
    with open(path("result.json"), "w") as f:
        json.dump(result, f, indent=1)
    with open(path("result.md"), "w") as f:
        f.write(markdown(result))
    if os.path.exists(env.python):
        subprocess.run([env.python, "-c", PLOT, path("result.png")], text=True,
                       input=json.dumps(plot_data(result)), check=False,
                       stderr=subprocess.DEVNULL)
