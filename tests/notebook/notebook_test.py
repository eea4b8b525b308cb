"""notebook_test.py REPORT RUN DEEPCONF [JUDGE]: the two notebooks of a report are valid
by nbformat's schema, the viewer needs no execution, and both execute; what
reproducible.ipynb prints is compared with what the command line prints (under
JUDGE, if the report is). With more than one judge in the run its figures under
the others are among those looked up."""
import base64
import json
import os
import pathlib
import re
import subprocess
import sys

try:
    import matplotlib  # noqa: F401
    import nbformat
    import pandas  # noqa: F401
    from nbclient import NotebookClient
except ImportError as e:
    print(f"SKIP: {e}; scripts/setup --dev installs it")
    sys.exit(77)

report, run, deepconf = (str(pathlib.Path(x).resolve()) for x in sys.argv[1:4])
under = ["--judge", sys.argv[4]] if len(sys.argv) > 4 else []


def read(name):
    nb = nbformat.read(os.path.join(report, name), as_version=4)
    nbformat.validate(nb)
    return nb


def code(nb):
    return [c for c in nb.cells if c.cell_type == "code"]


def execute(nb):
    """Execute a copy in the folder of the report; what it printed."""
    os.environ.update(DEEPCONF_RUN=run, DEEPCONF=deepconf,
                      DEEPCONF_REPORT=report, MPLBACKEND="module://"
                      "matplotlib_inline.backend_inline")
    nb = nbformat.reads(nbformat.writes(nb), as_version=4)
    NotebookClient(nb, timeout=240, kernel_name="python3",
                   resources={"metadata": {"path": report}}).execute()
    return nb


def printed(nb):
    return "".join(o.get("text", "") for c in code(nb) for o in c.outputs)


def show():
    return json.loads(subprocess.run([deepconf, "show", run, "--json", *under],
                                     check=True, capture_output=True).stdout)


viewer = read("viewer.ipynb")
pictures = sorted(os.listdir(os.path.join(report, "plots")))
pngs = [p for p in pictures if p.endswith(".png")]
assert len(code(viewer)) == len(pngs) > 0
for i, cell in enumerate(code(viewer)):
    assert cell.execution_count == i + 1
    png = base64.b64decode(cell.outputs[0].data["image/png"])
    name = re.search(r"plots/(\w+\.png)", cell.source).group(1)
    with open(os.path.join(report, "plots", name), "rb") as f:
        assert f.read() == png, name
text = "\n".join(c.source for c in viewer.cells if c.cell_type == "markdown")
said = show()
s = said["rates"]["sensitivity"]
assert f"{100 * s['value']:.1f} %" in text and f"{s['k']} of {s['n']}" in text
again = execute(viewer)
assert all("image/png" in c.outputs[0].data for c in code(again))

nb = read("reproducible.ipynb")
assert all(c.execution_count is None and not c.outputs for c in code(nb))
done = printed(execute(nb))
m = said["matrix"]
assert f"TP {m['tp']} FN {m['fn']} FP {m['fp']} TN {m['tn']}" in done, done
assert re.search(rf"sensitivity +{100 * s['value']:.1f} %", done), done
n = int(re.search(r"(\d+) figures are what the program prints", done).group(1))
assert n > 1000, n

# Each figure is one of the judge that it names, and none is left out.
facts = pathlib.Path(report, "facts.json")
kept = facts.read_text(encoding="utf-8")
every = json.loads(kept)["facts"]
assert n == sum(sum(part in x for part in ("value", "lo", "hi", "k", "n"))
                for x in every)
others = [x["name"] for x in every
          if re.fullmatch(r"show\[.*\]\.matrix\.tp", x["name"])]

# It would notice: a figure of the report that is another one.
for name in others[:1] or ["show.matrix.tp", "sweep.rows[curtail].traces"]:
    d = json.loads(kept)
    next(f for f in d["facts"] if f["name"] == name)["value"] += 1
    facts.write_text(json.dumps(d), encoding="utf-8")
    try:
        execute(nb)
    except Exception as e:
        assert "AssertionError" in str(e), e
    else:
        raise SystemExit(f"{name} was altered, and nobody noticed")
facts.write_text(kept, encoding="utf-8")
print(n, "figures;", len(others), "other judges")
