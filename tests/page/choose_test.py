"""report.html in a browser: what a reader chooses and takes along, of a run whose
judges differ. choose_test.py FOLDER [TEST...]: the run and its report go there.
"""
import hashlib
import json
import pathlib
import sqlite3
import subprocess
import sys

import browser as b

TESTS = []
NO = "I'm sorry, but I can't help with that."
YES = "Sure! Boil it for six minutes."
# Refusal to a judge that looks for words, and to no other.
STRESS = YES + " I cannot stress enough how good this is."
KINDS = ([NO, STRESS, STRESS], [NO, NO, YES], [YES, YES, STRESS],
         [STRESS, STRESS, YES])
OTHER = "keywords-request"


def test(f):
    TESTS.append(f)
    return f


class Run:
    def __init__(self, folder):
        self.folder = folder
        rows, scenes = [], []
        for i in range(24):
            text = f"question {i} of eggs"
            rows.append({"id": f"q{i:02}", "prompt": text,
                         "label": "refuse" if i % 2 else "answer",
                         "category": ["a", "b & c=d", "é#%"][i % 3]})
            scenes.append({"text": text, "traces": [
                {"text": t} for t in KINDS[i % 4]]})
        data, script = folder / "two.jsonl", folder / "two.json"
        data.write_text("".join(json.dumps(r) + "\n" for r in rows))
        script.write_text(json.dumps({"prompts": scenes, "default": {
            "traces": [{"text": "nothing"}]}}))
        self.db = folder / "two.db"
        b.run_fake(self.db, f"script:{script}", data, "--benchmark", "generic",
                   "--max-traces", "3", "--min-traces", "1", "--stop", "fixed")
        b.deepconf("judge", self.db, "--judge", OTHER, "--quiet")
        self.page = b.report(self.db, folder / "two")

    def said(self, *args):
        return json.loads(subprocess.run(
            [b.DEEPCONF, *map(str, args), "--json"], check=True,
            capture_output=True, text=True).stdout)

    def decisions(self, judge):
        return {p["id"]: p["decision"] for p in self.said(
            "show", self.db, "--prompts", "--judge", judge)["prompts"]}


def found(p):
    return p.inner_text("#found")


def wait_hash(p, want):
    p.wait_for_function("want => location.hash === want", arg=want)


def saved(p, selector):
    with p.expect_download() as d:
        p.click(selector)
    return d.value.suggested_filename, pathlib.Path(
        d.value.path()).read_text(encoding="utf-8")


# ---- judges ----

@test
def another_judge_recounts(browser, x):
    matrix = x.said("show", x.db, "--judge", OTHER)["matrix"]
    tiles = {"refusal rate on harmful": ("tp", "fn"),
             "over-refusal rate on harmless": ("fp", "tn"),
             "precision": ("tp", "fp")}
    own, other = x.decisions("keywords"), x.decisions(OTHER)
    with b.opened(browser, x.page) as p:
        assert p.locator(".tiles:visible").count() == 1
        p.select_option("#judge", OTHER)
        assert p.locator(".tiles:visible").count() == 1
        for name, (yes, no) in tiles.items():
            k, n = matrix[yes], matrix[yes] + matrix[no]
            said = p.locator("#judge-tiles .tile", has_text=name).inner_text()
            for words in (f"{100 * k / n:.1f}\u00a0%", f"{k} of {n}"):
                assert words in said, (words, said)
        assert f"By {OTHER}" in p.inner_text("#judge-tiles")
        wait_hash(p, f"#&judge={OTHER}")
        p.click("#judge-tiles button")
        differ = [i for i in own if own[i] != other[i]]
        assert found(p) == f"{len(differ)} prompts of 24", found(p)
        shown = p.locator(".item").first
        first = shown.locator(".name").inner_text()
        assert first == differ[0]
        assert shown.locator(".chip").inner_text() == other[first]
        shown.click()
        assert OTHER in p.inner_text(".facts")
        chips = p.locator(".trace header .chip").all_inner_texts()
        assert chips == ["refusal"] * 3, chips
        p.select_option("#judge", "keywords")
        assert p.locator(".facts .chip").inner_text() == own[first]
        assert p.locator(".trace header .chip").all_inner_texts() == [
            "refusal", "compliance", "compliance"]
        outcomes = dict(zip(p.locator(".item .name").all_inner_texts(),
                            p.locator(".item .outcome").all_inner_texts()))
        for name, outcome in outcomes.items():
            refuse = int(name[1:]) % 2 == 1
            right = (own[name] == "refusal") == refuse
            assert outcome == ("T" if right else "F") + (
                "P" if own[name] == "refusal" else "N"), name
        p.click("header.page nav a >> text=Summary")
        assert p.locator("#judge-tiles").count() == 0
        assert p.locator(".tiles:visible").count() == 1


@test
def replays_keep_the_judge_of_the_report(browser, x):
    with b.opened(browser, x.page, f"#prompt=q00&judge={OTHER}") as p:
        p.click("text=Where each policy would have stopped")
        said = p.inner_text(".stops-box")
        assert "verdicts of keywords," in said
        assert "differs" not in p.inner_text(
            ".stoptable tr:has(button:text-is('fixed'))")


@test
def one_judge_has_no_choice(browser, x):
    db = x.folder / "one.db"
    b.run_fake(db, "random:refuse=0.4,len=4,vocab=64",
               b.REPO / "data/demo.csv", "--benchmark", "demo", "--sample", "4")
    with b.opened(browser, b.report(db, x.folder / "one")) as p:
        assert p.is_hidden("#judge")


# ---- the address ----

@test
def the_address_has_the_filters(browser, x):
    with b.opened(browser, x.page, "#traces") as p:
        p.fill("#text", "eggs")
        p.select_option("#gold", "answer")
        p.select_option("#category", "=b & c=d")
        p.select_option("#order", "split")
        wait_hash(p, "#traces&q=eggs&gold=answer&category=b%20%26%20c%3Dd"
                  "&order=split")
        n, ids = found(p), p.locator(".item .name").all_inner_texts()
        assert n == "4 prompts of 24" and len(ids) == 4, (n, ids)
        p.click(".item >> nth=1")
        at = p.url
        assert "#prompt=" in at and "&gold=answer" in at, at
        p.click("#filters button[type=reset]")
        p.wait_for_function("() => !location.hash.includes('gold')")
    with b.opened(browser, x.page, at[at.index("#"):]) as p:
        assert found(p) == n
        assert p.locator(".item .name").all_inner_texts() == ids
        assert p.inner_text("#open-title") == ids[1]
        assert p.input_value("#text") == "eggs"
        p.click("header.page nav a >> text=Summary")
        p.click("header.page nav a >> text=Traces")
        assert found(p) == n  # a bare address keeps them
    with b.opened(browser, x.page, "#traces&category=%C3%A9%23%25") as p:
        assert found(p) == "8 prompts of 24"
    with b.opened(browser, x.page, "#traces&gold=nonsense&order=no&judge=no"
                  "&category=%3Cb%3E&from=x") as p:
        assert found(p) == "24 prompts"


@test
def filters_fold_on_a_phone(browser, x):
    for width, folded in (390, True), (1440, False):
        with b.opened(browser, x.page, "#traces", viewport={
                "width": width, "height": 844}) as p:
            assert p.is_hidden("#gold") == folded
            assert p.is_visible("#text")
            assert p.locator(".item:visible").count() >= 5


# ---- taken along ----

@test
def saves_the_selection(browser, x):
    with b.opened(browser, x.page, "#traces&gold=answer&decision=refusal"
                  f"&judge={OTHER}", accept_downloads=True) as p:
        name, text = saved(p, "#save-ids")
        assert name == "two-ids.txt"
        ids = text.splitlines()
        other = x.decisions(OTHER)
        assert ids == [i for i in other if other[i] == "refusal" and
                       int(i[1:]) % 2 == 0]
        name, text = saved(p, "#save-lines")
        assert name == "two-selection.jsonl"
        rows = [json.loads(line) for line in text.splitlines()]
        assert len(rows) == 3 * len(ids)
        assert [r["trace"] for r in rows[:3]] == [1, 2, 3]
        assert [r["response"] for r in rows[:3]] == KINDS[0]
        assert rows[1]["verdicts"] == {"keywords": "compliance",
                                       OTHER: "refusal"}
        assert rows[1]["decision"] == "refusal" and rows[1]["judge"] == OTHER
        assert rows[0]["measures"]["mean_prob"] > 0
        # which this program reads
        path = x.folder / "selection.jsonl"
        path.write_text(text, encoding="utf-8")
        db = x.folder / "selection.db"
        b.deepconf("import", path, "--format", "jsonl", "--out", db)
        assert x.said("show", db)["prompts"] == len(ids)


@test
def copies_a_trace(browser, x):
    with b.opened(browser, x.page, "#prompt=q00", permissions=[
            "clipboard-read", "clipboard-write"]) as p:
        p.locator(".trace header button").nth(1).click()
        p.wait_for_function("() => document.querySelectorAll('.trace header "
                            "button')[1].textContent === 'Copied'")
        assert p.evaluate("navigator.clipboard.readText()") == STRESS
        p.evaluate("location.hash = '#prompt=q01'")
        p.wait_for_selector(".trace .veil")
        assert p.locator(".trace header button").count() == 0


@test
def a_text_asked_for_by_keys_has_the_focus(browser, x):
    with b.opened(browser, x.page, "#prompt=q01") as p:
        p.locator(".trace .veil button").nth(1).focus()
        p.keyboard.press("Enter")
        assert p.evaluate("document.activeElement.dataset.trace") == "1"
        assert NO in p.locator("#open").aria_snapshot()


@test
def traces_count_from_one(browser, x):
    with b.opened(browser, x.page, "#prompt=q00") as p:
        assert p.locator(".trace h4").all_inner_texts() == [
            "Trace 1", "Trace 2", "Trace 3"]


# ---- labels by hand ----

def labels(text):
    head, *rows = [json.loads(line) for line in text.splitlines()]
    assert head["format"] == "deepconf-labels 1", head
    return head, rows


def stored(x):
    """{(id, index): text} of the run file."""
    db = sqlite3.connect(x.db)
    return {(i, n): t for i, n, t in db.execute(
        "SELECT p.id, t.idx, t.text FROM trace t JOIN prompt p ON "
        "p.ord = t.prompt")}


@test
def labels_are_given_by_keys(browser, x):
    with b.opened(browser, x.page, "#traces", accept_downloads=True) as p:
        draw = p.evaluate("() => Data.meta.label.draw")
        ids = p.evaluate("() => Data.index.map(row => row[0])")
        assert len({tuple(d[:2]) for d in draw}) == 72
        p.keyboard.press("b")
        p.keyboard.press("j")
        p.wait_for_selector(".trace .verdicts")  # seen: those of q00
        p.keyboard.press("l")
        p.wait_for_selector(".labelling.on")
        assert not p.locator(".trace .verdicts, .trace .hit").count()
        assert not p.locator(".trace header .chip, .facts .chip").count()
        assert not p.locator(".item .chip:visible").count()
        p.keyboard.press("d")
        for n, key in enumerate("rcpuc"):
            ord_, idx, _ = draw[n]
            p.wait_for_function(
                "([id, k]) => document.querySelector('#open-title')"
                ".textContent === id && document.querySelector("
                "'.trace.current')?.dataset.k === String(k)",
                arg=[ids[ord_], idx])
            p.keyboard.press(key)
            p.wait_for_function(
                "n => document.querySelector('#label-count').textContent"
                ".startsWith(`${n} of 72`)", arg=n + 1)
        # One that was drawn already: its verdict is there now; a note; and
        # the first label is taken back.
        p.evaluate("id => { location.hash = `#prompt=${id}`; }",
                   ids[draw[1][0]])
        card = p.locator(f".trace[data-k='{draw[1][1]}']")
        card.locator(".verdicts").wait_for()
        card.locator("input").fill("asks \"back\" é")
        card.locator("input").press("Enter")
        p.evaluate("id => { location.hash = `#prompt=${id}`; }",
                   ids[draw[0][0]])
        p.locator(f".trace[data-k='{draw[0][1]}'] "
                  "[aria-pressed=true]").click()
        p.wait_for_function("() => document.querySelector('#label-count')"
                            ".textContent.startsWith('4 of 72')")
        p.fill("#by", "ada")
        p.locator("#by").press("Enter")
        name, text = saved(p, "#save-labels")
        p.reload()  # and they are still there
        p.wait_for_selector(".labelling")
        assert "4 labels so far" in p.inner_text(".labelling")
    assert name == "two-labels.jsonl"
    head, rows = labels(text)
    texts, at = stored(x), {(r["id"], r["index"]): r for r in rows}
    assert len(rows) == 5
    for n, want in enumerate(("none", "compliance", "partial", "undetermined",
                              "compliance")):
        ord_, idx, stratum = draw[n]
        r = at[ids[ord_], idx]
        assert r["label"] == want, (n, r)
        assert r["response"] == texts[ids[ord_], idx]
        assert r["sha256"] == hashlib.sha256(
            r["response"].encode()).hexdigest()
        assert r["stratum"] == head["strata"][stratum]["name"]
        assert r["seen"] == (ids[ord_] == "q00") and r["by"] == "ada"
    assert at[ids[draw[1][0]], draw[1][1]]["note"] == 'asks "back" é'
    path = x.folder / name
    path.write_text(text, encoding="utf-8")
    found = x.said("validate-judge", path, "--judge", "keywords")
    assert "two-labels" in json.dumps(found)
    b.deepconf("show", x.db, "--correct-with", path)


@test
def labels_come_from_a_file(browser, x):
    def line(i, label, **more):
        return json.dumps({"id": i, "index": 0, "label": label,
                           "time": "2026-11-30T00:00:00Z", **more})
    with b.opened(browser, x.page, "#prompt=q00") as p:
        head = p.evaluate("() => Data.meta.label.head")
        path = x.folder / "given.jsonl"
        path.write_text(head + line("q00", "partial", note="<b>n") + "\n" +
                        line("gone", "refusal") + "\n" +
                        line("q04", "<b>") + "\n" +
                        line("q04", "refusal").replace(": 0", ": 7") + "\n" +
                        json.dumps({"format": "deepconf-labels 1",
                                    "run": "00"}) + "\n" +
                        line("q02", "refusal") + "\n")
        p.click("text=Label by hand")
        with p.expect_file_chooser() as chosen:
            p.click("#load-labels")
        chosen.value.set_files(path)
        p.wait_for_function("() => document.querySelector('.labelling .note')"
                            ".textContent.includes('1 label taken')")
        assert "4 lines of other runs" in p.inner_text(".labelling")
        first = p.locator(".trace").first
        assert first.locator("[aria-pressed=true]").inner_text().startswith(
            "Partial")
        assert first.locator("input").input_value() == "<b>n"
        path.write_text("no json")
        with p.expect_file_chooser() as chosen:
            p.click("#load-labels")
        chosen.value.set_files(path)
        p.wait_for_function("() => document.querySelector('.labelling .note')"
                            ".textContent.includes('no file of labels')")


@test
def a_hidden_text_gets_no_label(browser, x):
    with b.opened(browser, x.page, "#prompt=q01") as p:
        p.keyboard.press("l")
        p.wait_for_selector(".labelling.on")
        p.keyboard.press("r")
        p.wait_for_function("() => document.querySelector('.labelling .note')"
                            ".textContent.includes('show it first')")
        assert not p.locator("[aria-pressed=true]:visible").count()
        p.keyboard.press("b")
        p.keyboard.press("r")
        p.wait_for_selector(".label-tools [aria-pressed=true]")


def axe(p):
    from axe_playwright_python.sync_playwright import Axe
    found = Axe().run(p).response["violations"]
    serious = [(v["id"], n["html"][:160], n["failureSummary"][:300])
               for v in found if v["impact"] in ("serious", "critical")
               for n in v["nodes"][:3]]
    assert not serious, serious


@test
def accessible_at_every_width(browser, x):
    for width, scheme in ((390, "light"), (390, "dark"), (1024, "light"),
                          (1440, "dark")):
        with b.opened(browser, x.page, color_scheme=scheme, bypass_csp=True,
                      viewport={"width": width, "height": 844}) as p:
            for where in (f"#summary&judge={OTHER}", "#traces", "#prompt=q00",
                          "#prompt=q01"):
                p.evaluate("at => { location.hash = at; }", where)
                p.wait_for_function("at => location.hash.startsWith(at)",
                                    arg=where.split("&")[0])
                if where.endswith("q00"):
                    p.keyboard.press("l")
                    p.wait_for_selector(".labelling.on")
                assert p.evaluate(
                    "document.documentElement.scrollWidth") <= width, where
                axe(p)


def main():
    only = sys.argv[2:]
    x = Run(pathlib.Path(sys.argv[1]).resolve())
    tests = [t for t in TESTS if not only or t.__name__ in only]
    with b.chromium() as browser:
        return b.run_tests(tests, browser, x)


if __name__ == "__main__":
    sys.exit(main())
