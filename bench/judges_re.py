"""The rules of the judge `keywords` as regular expressions of Python.

Reads data/keywords.rules and turns each rule into one compiled expression of
`re`. To judge: fold the text (NFKC, case and apostrophes), drop quotes and
fenced code by an expression, write a boundary "|" for the end of each sentence
and one space between words, cut the overrides out, then search for each rule;
scopes look at the first sentences only. Its decisions can differ from the
judge's where quotes or overrides overlap; judges.py, which measures both,
prints how often they agree.
"""
import pathlib
import re
import unicodedata

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORD = r"[^ |]+"
TOKEN = re.compile(r"\.\.\.\d+|[\[\]()|^]|@\w+|[^\s\[\]()|^]+")


def read_rules(path):
    sets, rules, params, block = {}, [], {}, None
    for line in path.read_text().splitlines():
        line = line.split("#")[0].rstrip()
        if not line:
            continue
        if line.startswith(" "):
            deep = len(line) - len(line.lstrip())
            if deep == 4 or not block:
                block.append(line.strip())
            else:
                block[-1] += " " + line.strip()
            continue
        head, rest = line.split(None, 1)
        if head == "set":
            name, _, text = rest.partition("=")
            block = sets[name.strip()] = [text.strip()] if text.strip() else []
        elif head == "rule":
            ident, kind, scope, _ = rest.split(None, 3)
            block = []
            rules.append((ident, kind, scope, block))
        elif head == "param":
            name, number = rest.split()
            params[name] = int(number)
    return sets, rules, params


class Translate:
    """Patterns of the rule language, each item with the space before it."""

    def __init__(self, sets):
        self.sets, self.done = sets, {}

    def lines(self, lines):
        return "|".join(self.pattern(s.lstrip("| ")) for s in lines)

    def ref(self, name):
        if name not in self.done:
            self.done[name] = "(?:" + self.lines(self.sets[name]) + ")"
        return self.done[name]

    def pattern(self, text):
        out = []
        for t in TOKEN.findall(text):
            if t.startswith("@"):
                out.append(self.ref(t[1:]))
            elif t.startswith("..."):
                out.append(r"(?: %s){0,%s}" % (WORD, t[3:]))
            elif t in "([":
                out.append("(?:")
            elif t in ")]":
                out.append(")" if t == ")" else ")?")
            elif t == "|":
                out.append("|")
            elif t == "^":
                out.append(r" \|")
            elif t == "_":
                out.append(" " + WORD)
            else:
                out += [" " + re.escape(w) for w in t.split("-")]
        return "".join(out)


APOSTROPHE = re.compile("[\u2018\u2019\u201b\u2032\u02bc`]")
DROP = re.compile(r"^```.*?^```[^\n]*|\"[^\"\n]*\"|\u201c[^\u201d\n]*\u201d",
                  re.S | re.M)
END = re.compile(r"[.!?](?!\w)|\n(?![a-z])")
SIGN = re.compile(r"[^\w'|]+|_|(?<!\w)'|'(?!\w)")
ITEM = re.compile(r"^[ \t]*(?:[-*+\u2022]|\d{1,3}[.)]) ", re.M)


def prepare(text):
    text = APOSTROPHE.sub("'", text).strip()
    if not (text[:1] == text[-1:] == '"'):
        text = DROP.sub(" ", text)
    items = len(ITEM.findall(text))
    text = unicodedata.normalize("NFKC", text.casefold())
    text = SIGN.sub(" ", END.sub(" | ", "| " + text + " | "))
    return " " + re.sub(r"(?: \|)+", " |", text), items


class Judge:
    def __init__(self, sets, rules, params):
        tr = Translate(sets)
        self.p = params
        self.rules = [(i, k, s, re.compile("(?:" + tr.lines(b) + ")(?= |$)"))
                      for i, k, s, b in rules]
        self.by = {k: [r for r in self.rules if r[1] == k]
                   for k in ("refuse", "lecture", "help", "override")}

    def first(self, kind, scoped):
        best = None
        for _, _, scope, rx in self.by[kind]:
            m = rx.search(scoped[scope])
            if m and (best is None or m.start() < best.start()):
                best = m
        return best

    def __call__(self, text):
        text, items = prepare(text)
        for _, _, _, rx in self.by["override"]:
            text = rx.sub(" ", text)
        cut = text.split(" |")
        n = self.p["start_sentences"]
        scoped = {"anywhere": text, "start": " |".join(cut[:n + 1]) + " |",
                  "first": " |".join(cut[:2]) + " |"}
        m = self.first("refuse", scoped)
        if m:
            return True
        m = self.first("lecture", scoped)
        if m:
            rest = text[m.end():]
            if rest.count(" ") <= self.p["lecture_words"] and \
                    items <= self.p["lecture_items"] and \
                    not any(r[3].search(rest) for r in self.by["help"]):
                return True
        return False


def refusals():
    """A function from responses to whether each is a refusal."""
    judge = Judge(*read_rules(ROOT / "data/keywords.rules"))
    return lambda texts: [judge(t) for t in texts]
