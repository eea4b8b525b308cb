"""show_test.py RUN PAGE DEEPCONF [SHOW-OPTION...]: the first screen of report.html
says what `deepconf show` says: every fact of the set-up word for word, and every
figure in one and the same row, item or sentence. Needs no browser."""
import html.parser
import re
import subprocess
import sys

run, page, deepconf, *more = sys.argv[1:]
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[-+]?\d+)?")


class Rows(html.parser.HTMLParser):
    """The texts of #summary, one for each row, item, paragraph, heading, and
    each fact with its name; cells are a space apart."""
    ENDS = {"tr", "p", "li", "h1", "h2", "h3", "dd", "div"}

    def __init__(self):
        super().__init__()
        self.inside, self.depth, self.text, self.rows = False, 0, [], []

    def handle_starttag(self, tag, attrs):
        if tag == "section":
            self.inside = self.inside or ("id", "summary") in attrs
            self.depth += self.inside
        if tag in ("td", "th", "dd", "small"):
            self.text.append(" ")
        if tag in ("tr", "p", "li", "dt", "div", "table", "ul", "section"):
            self.end()
        if tag == "dt" and self.inside:
            self.text.append("fact: ")

    def handle_endtag(self, tag):
        if tag in self.ENDS:
            self.end()
        if tag == "section" and self.inside:
            self.depth -= 1
            self.inside = self.depth > 0

    def handle_data(self, data):
        if self.inside:
            self.text.append(data)

    def end(self):
        text = " ".join("".join(self.text).split())
        self.text = []
        if text:
            self.rows.append(text)


def facts_of(text):
    """{name: fact} of the part "How it was run"; facts begin in one column."""
    facts, last = {}, None
    lines = text.split("\nHow it was run\n")[1].split("\n\n")[0].splitlines()
    indent = min(len(re.match(r"  \S+( \S+)? +", l)[0]) for l in lines
                 if l.startswith("  model"))
    for line in lines:
        name, rest = line[:indent].strip(), line[indent:].strip()
        if name:
            last = name
            facts[name] = rest
        else:
            facts[last] += " " + rest
    return facts


def shown(width):
    return subprocess.run(
        [deepconf, "show", run, *more], check=True, capture_output=True,
        text=True, env={"COLUMNS": str(width), "LC_ALL": "C.UTF-8"}).stdout


text = shown(100)
parser = Rows()
with open(page, encoding="utf-8") as f:
    markup = f.read()
parser.feed(markup)
ids = re.findall(r'<[a-z0-9]+ [^>]*?\bid="([^"]+)"', markup)
assert len(ids) == len(set(ids)), sorted(i for i in ids if ids.count(i) > 1)
rows = parser.rows
assert len(rows) > 20, rows

facts = facts_of(text)
assert {"model", "data", "sampling", "stopping", "judge"} <= set(facts), facts


def named(name):
    """The facts of that name, each also with the one behind it, which may go on
    without a name."""
    start = f"fact: {name} "
    return [x[len(start):] for i, r in enumerate(rows) if r.startswith(start)
            for x in (r, " ".join(rows[i:i + 2]))]


for name, fact in facts.items():
    said = named(name)
    assert " ".join(fact.split()) in said, (name, fact, said)

numbers = [sorted(NUMBER.findall(r)) for r in rows]


def has(row, wanted):
    left = list(row)
    for n in wanted:
        if n not in left:
            return False
        left.remove(n)
    return True


# A line's figures stand in one row, item or sentence of the page; what a
# terminal folds is part of one.
n_lines, missing = 0, []
for line in text.split("\nHow it was run\n")[0].splitlines()[1:]:
    want = NUMBER.findall(line)
    if "left out below" in line or not want:
        continue
    n_lines += 1
    if not any(has(row, want) for row in numbers):
        missing.append(line)
assert n_lines >= 8, n_lines
assert not missing, "\n".join(["the page lacks:"] + missing)
print(n_lines, "lines,", len(facts), "facts")
