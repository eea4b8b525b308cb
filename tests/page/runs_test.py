"""The page of several runs in a browser: what a reader does with it, and what it
must never do whatever the data hold. runs_test.py FOLDER [TEST...].
"""
import json
import pathlib
import subprocess
import sys
import urllib.parse

import browser as b
import hostile

TESTS = []


def test(f):
    TESTS.append(f)
    return f


class Runs:
    def __init__(self, folder):
        self.folder = folder
        self.db = [folder / f"{name}.db" for name in ("a", "b", "c")]
        for i, db in enumerate(self.db):
            b.run_fake(db, f"random:refuse=0.{3 + 2 * i},len=20,vocab=64",
                       b.REPO / "data/demo.csv", "--benchmark", "demo",
                       "--stop", "fixed", "-n", "60", "--seed", i)
        self.page = self.compare(self.db, "runs.html")
        data, script = hostile.write(folder)
        other = json.loads(script.read_text())
        for p in other["prompts"]:
            p["traces"] = p["traces"][::-1]
        (folder / "other.json").write_text(json.dumps(other))
        evil = [folder / "evil1.db", folder / "evil2.db"]
        for db, model in zip(evil, (script, folder / "other.json")):
            b.run_fake(db, f"script:{model}", data, "--benchmark", "generic",
                       "--max-traces", "2", "--min-traces", "1", "--stop",
                       "fixed")
        self.evil = self.compare(evil, "evil.html")

    def compare(self, dbs, name):
        b.deepconf("compare", *dbs, "--page", self.folder / name)
        return self.folder / name

    def said(self):
        return json.loads(subprocess.run(
            [b.DEEPCONF, "compare", *map(str, self.db), "--json"], check=True,
            capture_output=True, text=True).stdout)


def found(p):
    return int(p.inner_text("#found").split()[0])


@test
def says_what_the_terminal_says(browser, x):
    said = x.said()
    with b.opened(browser, x.page) as p:
        rows = p.locator("#runs tbody tr")
        assert rows.count() == 3
        for r in said["runs"]:
            cells = rows.filter(has_text=r["run"]).inner_text()
            s = r["sensitivity"]
            want = f"{100 * s['value']:.1f}\u00a0% ({100 * s['lo']:.1f} to " \
                f"{100 * s['hi']:.1f})"
            assert want in cells, (want, cells)
        assert rows.first.locator("svg.bar").count() == 3
        first = p.inner_text(".answer")
        asked = [q["tests"]["refused_of_harmful"] for q in said["pairs"]]
        zero = all(t["lo"] <= 0 <= t["hi"] for t in asked)
        assert ("refused of harmful" in first and
                "all pairwise differences include zero" in first) >= zero
        differ = len(said["changed_prompts"])
        assert f"{differ} of 60 prompts" in first, first
        p.click("text=Prompts")
        assert found(p) == differ
        ids = [c["id"] for c in said["changed_prompts"]]
        assert p.locator(".item .name").first.inner_text() == ids[0]


@test
def works_without_scripts(browser, x):
    with b.opened(browser, x.page, java_script_enabled=False) as p:
        assert p.locator("#runs table").is_visible()
        assert p.is_visible("noscript p")


@test
def filters_by_two_runs_and_by_decision(browser, x):
    changed = x.said()["changed_prompts"]
    with b.opened(browser, x.page, "#traces") as p:
        p.select_option("#differ", "0-2")
        want = [c["id"] for c in changed if c["decisions"][0] is not None and
                c["decisions"][2] is not None and
                c["decisions"][0] != c["decisions"][2]]
        assert found(p) == len(want)
        p.wait_for_function("() => location.hash.includes('decided=0-2')")
        p.select_option("#differ", "")
        p.select_option("#decision", "refusal")
        p.select_option("#run", "2")
        n = found(p)
        assert 0 < n < 60
        for names in p.locator(".item .marks").all()[:5]:
            assert names.locator(".mark").nth(2).inner_text() == "R"
        p.click("#filters button[type=reset]")
        p.wait_for_function("() => document.querySelector('#differ').value === "
                            "'otherwise'")
        address = "#traces&decided=alike&q=how"
        p.evaluate("at => location.hash = at", address)
        p.wait_for_function("() => document.querySelector('#text').value "
                            "=== 'how'")
        assert p.input_value("#differ") == "alike"
        with p.expect_download() as d:
            p.click("#save-lines")
        lines = pathlib.Path(d.value.path()).read_text().splitlines()
        row = json.loads(lines[0])
        assert len(lines) == 30 * found(p), (len(lines), found(p))
        assert row["run"] == "a.db" and row["trace"] == 1, row


@test
def runs_stand_beside_each_other(browser, x):
    answer = next(c for c in x.said()["changed_prompts"]
                  if int(c["id"].split("-")[1]) % 2 == 0)
    with b.opened(browser, x.page, f"#prompt={answer['id']}") as p:
        p.wait_for_selector(".runs > section")
        heads = p.locator(".runs > section > h4")
        assert heads.all_inner_texts() == ["a.db", "b.db", "c.db"]
        assert p.locator(".runs .trace").count() == 30
        tops = p.locator(".runs > section").evaluate_all(
            "e => e.map(x => x.getBoundingClientRect().top)")
        assert len(set(tops)) == 1, tops
        chips = p.locator(".runs > section > .facts .chip")
        assert chips.all_inner_texts() == answer["decisions"]
        p.select_option("#by", "run.seed")
        assert heads.all_inner_texts() == ["0", "1", "2"]
        p.wait_for_function("() => location.hash.includes('by=run.seed')")
        p.uncheck("#run-1")
        assert heads.all_inner_texts() == ["0", "2"]


@test
def explicit_texts_are_hidden_until_asked(browser, x):
    with b.opened(browser, x.page, "#traces&decided=&gold=refuse") as p:
        p.locator(".item").first.click()
        p.wait_for_selector(".runs > section")
        ord_ = p.evaluate("Data.index.findIndex(r => r[0] === document."
                          "querySelector('#open-title').innerText)")
        texts = [p.evaluate("i => Data.index[i][Data.TEXT]", ord_)] + \
            p.evaluate("async i => (await Data.prompt(i, 1)).t.map(t => t.x)",
                       ord_)
        body = p.text_content("main") + p.locator("body").aria_snapshot()
        assert not any(t[:12] in body for t in texts)
        p.click(".prompt .veil button")
        main = p.text_content("main")
        assert all(t[:12] in main for t in texts)


@test
def hostile_data_never_execute(browser, x):
    with b.opened(browser, x.evil, "#traces") as p:
        p.select_option("#differ", "")
        p.click("#veil")
        ids = p.evaluate("Data.index.map(r => r[0])")
        assert len(ids) == len(hostile.ATTACKS) + 3
        for name in ids:
            p.evaluate("at => location.hash = at",
                       "#prompt=" + urllib.parse.quote(name, safe=""))
            p.wait_for_function("i => Data.index.findIndex(r => r[0] === i) === "
                                "Number(document.querySelector('.item"
                                "[aria-selected=true]')?.dataset.k) && "
                                "document.querySelector('.runs .trace')",
                                arg=name)
            assert p.evaluate("document.documentElement.scrollWidth") <= 1280
        assert p.evaluate("window.pwned") is None
        assert p.locator("script").count() == x.evil.read_text().count("<script")


@test
def fits_screens_and_is_accessible(browser, x):
    from axe_playwright_python.sync_playwright import Axe
    ids = [c["id"] for c in x.said()["changed_prompts"]]
    for width, scheme in ((390, "light"), (1024, "dark"), (1440, "light")):
        for where in ("", "#traces", f"#prompt={ids[0]}"):
            with b.opened(browser, x.page, where, color_scheme=scheme,
                          bypass_csp=True,
                          viewport={"width": width, "height": 844}) as p:
                if "prompt" in where:
                    p.wait_for_selector(".runs > section")
                assert p.evaluate(
                    "document.documentElement.scrollWidth") <= width, where
                bad = [(v["id"], n["html"][:200])
                       for v in Axe().run(p).response["violations"]
                       if v["impact"] in ("serious", "critical")
                       for n in v["nodes"][:3]]
                assert not bad, (width, scheme, where, bad)


def main():
    only = sys.argv[2:]
    x = Runs(pathlib.Path(sys.argv[1]).resolve())
    tests = [t for t in TESTS if not only or t.__name__ in only]
    with b.chromium() as browser:
        return b.run_tests(tests, browser, x)


if __name__ == "__main__":
    sys.exit(main())
