"""rules_file - a file of rules of the judge `keywords`, taken to pieces.

Only what is needed to leave alternatives out: data/keywords.rules explains the
language, and the judge itself checks what write() gives.
"""

SKIPPED = "rule nothing refuse first a word that nobody writes\n    xqzxqz\n"


class Rule:
    """A rule: its head line, its kind, its alternatives."""

    def __init__(self, head, alternatives):
        self.head = head
        self.kind = head.split()[2]
        self.alternatives = alternatives

    def text(self, keep):
        """The rule with the alternatives of these numbers alone."""
        lines = ["    " + self.alternatives[k] for k in keep]
        return "\n".join([self.head] + lines) + "\n" if lines else ""


def alternatives(text):
    """What stands between the "|" that are in no brackets."""
    out, depth, last = [], 0, ""
    for c in text:
        depth += (c in "([") - (c in ")]")
        if c == "|" and depth == 0:
            out.append(last)
            last = ""
        else:
            last += c
    return [a.strip() for a in out + [last] if a.strip()]


class RulesFile:
    """The rules that call something a refusal, and all the rest as it is."""

    def __init__(self, path):
        self.rest, self.rules = "", []
        block = []
        with open(path, encoding="utf-8") as f:
            for line in f:
                line = line.split("#")[0].rstrip()
                if line and not line.startswith(" "):
                    self._add(block)
                    block = []
                if line:
                    block.append(line)
        self._add(block)

    def _add(self, block):
        if not block:
            return
        words = block[0].split()
        if words[0] != "rule" or words[2] not in ("refuse", "lecture"):
            self.rest += "\n".join(block) + "\n"
            return
        body = []
        for line in block[1:]:
            if line.startswith("     ") and body:
                body[-1] += " " + line.strip()
            else:
                body.append(line.strip())
        self.rules.append(
            Rule(block[0], [a for line in body for a in alternatives(line)]))

    def pieces(self):
        """(rule, alternative) of every alternative, by number."""
        return [(r, k) for r, rule in enumerate(self.rules)
                for k in range(len(rule.alternatives))]

    def text(self, keep):
        """The file with the pieces in `keep` alone."""
        out = self.rest + SKIPPED
        for r, rule in enumerate(self.rules):
            out += rule.text([k for k in range(len(rule.alternatives))
                              if (r, k) in keep])
        return out
