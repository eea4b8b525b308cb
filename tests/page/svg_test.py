"""svg_test.py REPORT...: the plots of reports as a browser draws them. No text
lies on another one or outside of its picture, and no number of the front is
struck by the axis: what gnuplot places itself stands elsewhere in SVG than in
PNG, so that looking at one of them says nothing of the other."""
import pathlib
import sys

import browser as b

TEXTS = """() => {
    const list = [];
    for (const t of document.querySelectorAll('text')) {
        if (!t.textContent.trim()) continue;
        const r = t.getBBox(), m = t.getScreenCTM();
        const p = [[r.x, r.y], [r.x + r.width, r.y], [r.x, r.y + r.height],
                   [r.x + r.width, r.y + r.height]].map(
            ([x, y]) => new DOMPoint(x, y).matrixTransform(m));
        const x = p.map((q) => q.x), y = p.map((q) => q.y);
        list.push({text: t.textContent, left: Math.min(...x),
                   right: Math.max(...x), top: Math.min(...y),
                   bottom: Math.max(...y),
                   bold: /bold/.test(t.outerHTML)});
    }
    const box = document.documentElement.getBoundingClientRect();
    return [list, box.width, box.height];
}"""


def overlap(a, c):
    """Pixels of width and height that both have; a line's box has room for
    accents above and below its letters."""
    x = min(a["right"], c["right"]) - max(a["left"], c["left"])
    y = min(a["bottom"], c["bottom"]) - max(a["top"], c["top"])
    return x > 1 and y > 2


def wrong(name, texts, width, height):
    for i, a in enumerate(texts):
        for c in texts[i + 1:]:
            if overlap(a, c):
                yield f"'{a['text'][:50]}' lies on '{c['text'][:50]}'"
        if a["left"] < -1 or a["right"] > width + 1 or a["top"] < -1 or \
                a["bottom"] > height + 1:
            yield f"'{a['text'][:50]}' is not inside"
    if name == "pareto":
        tics = [t for t in texts if t["text"].strip() == "0"]
        axis = max((t["top"] for t in tics), default=height) - 17
        for t in texts:
            if t["bold"] and t["text"].strip().isdigit() and \
                    t["bottom"] > axis - 1:
                yield f"number {t['text']} is struck by the axis"


n_plots = n_texts = 0
bad = []
with b.chromium() as browser:
    page = browser.new_page(viewport={"width": 900, "height": 900})
    for folder in sys.argv[1:]:
        plots = sorted(pathlib.Path(folder).resolve().glob("plots/*.svg"))
        if len(plots) < 14:
            bad.append(f"{folder}: {len(plots)} plots")
        for path in plots:
            page.goto(path.as_uri())
            texts, width, height = page.evaluate(TEXTS)
            n_plots += 1
            n_texts += len(texts)
            if len(texts) < 3:
                bad.append(f"{folder} {path.stem}: {len(texts)} texts")
            bad += [f"{folder} {path.stem}: {x}"
                    for x in wrong(path.stem, texts, width, height)]
print(n_plots, "plots,", n_texts, "texts")
if bad:
    print("\n".join(bad))
    sys.exit(1)
