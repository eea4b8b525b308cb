"""report.html in a browser: what a reader does with it, and what it must never
do whatever the data hold. page_test.py FOLDER: runs and reports go there.
"""
import math
import pathlib
import re
import shutil
import sys
import urllib.parse

import browser as b
import hostile

TESTS = []


def test(f):
    TESTS.append(f)
    return f


def at(page):
    """The id of the prompt that is open."""
    return page.inner_text("#open-title")


def found(page):
    return page.inner_text("#found")


def show(browser, path, at="", **context):
    return b.opened(browser, path, at, **context)


# ---- the report ----

@test
def opens_with_alarms_first(browser, x):
    with show(browser, x.demo) as p:
        order = p.locator(".answer, .alarms, .tiles, .cards").evaluate_all(
            "e => e.map(x => x.className)")
        assert order[:3] == ["answer", "alarms", "tiles"], order
        assert p.inner_text(".alarms .title") == "Alarms"
        assert "ccuracy" in p.inner_text(".alarms")
        assert p.locator(".tiles:visible .tile").count() == 4
        assert p.is_hidden("#traces")


@test
def forbids_everything_else(browser, x):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"',
                       x.demo.read_text()).group(1)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy and "http" not in policy, policy
    with b.watched(browser, x.demo) as p:
        p.page.evaluate("""() => {
            const s = document.createElement('script');
            s.append('window.pwned = 1');
            document.body.append(s);
            for (const f of [
                () => document.body.setAttribute('onclick', 'pwned = 2'),
                () => { document.body.innerHTML = '<b>'; }])
                try { f(); window.pwned = 4; } catch { /* refused */ }
        }""")
        p.page.wait_for_timeout(200)
        assert p.page.evaluate("window.pwned") is None
        assert any("TrustedHTML" in t for t in p.bad), p.bad
    # Even if markup of someone else's got into the file.
    other = x.folder / "other.html"
    other.write_text(x.demo.read_text().replace(
        "<main", "<script>window.pwned = 5</script><img src='http://127.0.0.1/'"
        " onerror='window.pwned = 6'><style>main { display: none }</style>"
        "<main", 1))
    with b.watched(browser, other) as p:
        p.page.wait_for_timeout(200)
        assert p.page.evaluate("window.pwned") is None
        assert p.page.is_visible("main h1")
        said = [t for t in p.bad if "Content Security Policy" in t]
        assert len(said) >= 4, p.bad


@test
def works_without_scripts(browser, x):
    with show(browser, x.demo, java_script_enabled=False) as p:
        assert p.locator("#policies table").first.is_visible()
        assert p.locator(".tiles:visible").count() == 1
        assert p.is_visible("noscript p")


@test
def policies_sort_and_filter(browser, x):
    with show(browser, x.demo, "#policies") as p:
        rows = p.locator("#sweep tbody tr:visible")
        n = rows.count()
        assert n > 10, n
        head = p.locator("#sweep thead th", has_text="changed")
        for want in ("ascending", "descending"):
            head.locator("button").click()
            assert head.get_attribute("aria-sort") == want
            got = p.eval_on_selector_all(
                "#sweep tbody tr td:nth-child(7)",
                "e => e.map(x => Number(x.dataset.v))")
            assert got == sorted(got, reverse=want == "descending"), got
        p.fill("#policy-text", "deepconf 0.5")
        assert rows.count() == 1, rows.count()
        assert p.locator("#sweep-gold tbody tr:visible").count() == 1
        p.fill("#policy-text", "")
        p.check("#policy-promise")
        assert 0 < rows.count() < n
        assert "at most" in rows.first.inner_text() or \
            "no decision" in rows.first.inner_text()


@test
def figures_by_category_are_filters(browser, x):
    with show(browser, x.demo) as p:
        row = p.locator("#by-harmful tbody tr").first
        category = row.locator("th").inner_text()
        k, n = row.locator("td").first.inner_text().split(" of ")
        assert row.locator("svg.bar").count() == 1
        row.locator("a").click()
        p.wait_for_function(
            "() => document.body.dataset.view === 'traces'")
        assert p.input_value("#gold") == "refuse"
        assert p.input_value("#category") == f"={category}"
        assert int(found(p).split()[0]) >= int(n)
        p.select_option("#decision", "refusal")
        assert int(found(p).split()[0]) == int(k)


@test
def policies_have_figures_on_a_phone(browser, x):
    """Beside each name a figure, in every scroll position; and each cell can be
    brought into view whole, beside the name."""
    with show(browser, x.demo, "#policies",
              viewport={"width": 390, "height": 844}) as p:
        seen = p.evaluate("""() => {
            const box = document.querySelector('#sweep .scroll');
            const rows = [...box.querySelectorAll('tbody tr')].slice(0, 12);
            const inside = (cell, name) => {
                const c = cell.getBoundingClientRect(),
                      b = box.getBoundingClientRect();
                return c.left >= name.getBoundingClientRect().right - 1 &&
                    c.right <= Math.min(b.right, innerWidth) + 1;
            };
            const least = [];
            const hidden = [];
            for (let x = 0; x <= box.scrollWidth - box.clientWidth; x += 40) {
                box.scrollLeft = x;
                least.push(Math.min(...rows.map((r) => [...r.cells].slice(1)
                    .filter((c) => inside(c, r.cells[0])).length)));
            }
            for (const r of rows)
                for (const c of [...r.cells].slice(1)) {
                    box.scrollLeft += c.getBoundingClientRect().left -
                        r.cells[0].getBoundingClientRect().right;
                    if (!inside(c, r.cells[0])) hidden.push(c.textContent);
                }
            return [least, hidden];
        }""")
        least, hidden = seen
        assert len(least) > 5 and least[0] >= 2, least
        assert hidden == [], hidden
        assert sum(n >= 1 for n in least) >= 0.7 * len(least), least
        assert wide(p) <= 390


@test
def figures_enlarge(browser, x):
    with show(browser, x.demo, "#plots") as p:
        if not shutil.which("gnuplot"):
            assert not p.locator("figure").count()
            print("  no gnuplot, no figures")
            return
        assert all(p.eval_on_selector_all(
            "figure img", "e => e.map(x => x.alt.length > 10 && "
            "x.complete && x.naturalWidth > 100)"))
        p.locator("button.zoom").first.click()
        assert p.is_visible("#zoom img")
        p.keyboard.press("Escape")
        assert p.is_hidden("#zoom img")
        p.keyboard.press("?")
        assert p.is_visible("#help")


# ---- the traces ----

@test
def searches_and_filters(browser, x):
    with show(browser, x.demo, "#traces") as p:
        assert found(p) == "200 prompts"
        p.fill("#text", "LANDLORD")
        n = int(found(p).split()[0])
        assert 0 < n < 20
        p.click("#filters button[type=reset]")
        p.wait_for_function("document.querySelector('#found').textContent"
                            " === '200 prompts'")
        p.select_option("#gold", "refuse")
        assert found(p) == "100 prompts of 200"
        p.select_option("#decision", "refusal")
        refused = int(found(p).split()[0])
        assert p.locator(".item .outcome").first.inner_text() == "TP"
        p.select_option("#decision", "compliance")
        assert refused + int(found(p).split()[0]) == 100
        p.select_option("#decision", "")
        p.select_option("#disagree", "traces")
        p.select_option("#order", "split")
        assert 0 < int(found(p).split()[0]) < 100
        assert "5 of 10" in p.locator(".item").first.inner_text()
        p.select_option("#disagree", "")
        p.select_option("#order", "low")
        p.fill("#to", p.locator(".item .mean").nth(2).inner_text().split()[-1])
        assert 1 <= int(found(p).split()[0]) <= 10
        p.click("#filters button[type=reset]")
        p.select_option("#category", index=2)
        assert "of 200" in found(p)


@test
def finds_where_judges_differ(browser, x):
    with show(browser, x.hostile, "#traces") as p:
        p.select_option("#disagree", "judges")
        differ = x.judges_differ()
        assert 0 < differ < len(hostile.ATTACKS), differ
        assert int(found(p).split()[0]) == differ
        assert "judges differ" in p.locator(".item").first.inner_text()


@test
def searches_responses(browser, x):
    with show(browser, x.demo, "#traces") as p:
        p.fill("#text", "i can't help with that")
        assert found(p) == "0 prompts of 200"
        p.check("#deep")
        p.wait_for_function("/^[1-9][0-9]* prompts of 200$/.test("
                            "document.querySelector('#found').textContent)")


@test
def opens_traces_with_heat(browser, x):
    with show(browser, x.demo, "#traces") as p:
        p.click(".item >> nth=3")  # should be answered: not blurred
        assert at(p) == "demo-004"
        assert p.url.endswith("#prompt=demo-004")
        assert p.locator(".trace").count() == 10
        assert p.locator(".tok.h7").count() > 0
        whole = p.locator(".body").first.text_content()
        before = p.locator(".body .tok").evaluate_all(
            "e => e.map(x => x.className)")
        p.select_option("#heat", "entropy")
        assert p.url.endswith("&heat=entropy")
        after = p.locator(".body .tok").evaluate_all(
            "e => e.map(x => x.className)")
        assert before != after
        assert p.locator(".body").first.text_content() == whole
        p.select_option("#heat", "off")
        assert p.locator(".tok.h7").count() == 0


@test
def tokens_say_their_values(browser, x):
    with show(browser, x.demo, "#prompt=demo-004") as p:
        p.locator(".body .tok[data-i='2']").first.hover()
        p.wait_for_function("document.querySelector('#tip').textContent"
                            ".includes('3 of')")
        tip = p.inner_text("#tip")
        values = x.token(3, 0, 2)
        shown = {k: float(re.search(k + r"\s+(-?[\d.]+) nats", tip).group(1))
                 for k in ("confidence C", "log-probability", "entropy")}
        assert abs(shown["confidence C"] - values["conf"]) < 0.011, tip
        assert abs(shown["log-probability"] - values["logprob"]) < 0.011, tip
        assert abs(shown["entropy"] - values["entropy"]) < 0.011, tip
        p.mouse.move(0, 0)
        p.locator(".body").first.focus()
        p.keyboard.press("ArrowRight")
        p.keyboard.press("ArrowRight")
        assert "2 of" in p.inner_text("#tip")


def alternatives(p):
    """The rows of the box: (text, percent, sampled)."""
    return [(r[0], r[1], r[3] == "sampled") for r in p.eval_on_selector_all(
        "#tip .top tr", "e => e.map(r => [...r.cells].map(c => "
        "c.textContent))")]


def check_alternatives(got, want):
    """The first five that are stored, and the sampled one if not of them."""
    shown = want[:5] + [w for w in want[5:] if w[2]][:1]
    assert len(got) in (len(shown), len(shown) + 1), (got, want)
    for (text, share, sampled), (w_text, w_logprob, w_sampled) in zip(
            got, shown):
        assert text.strip('"').strip() == w_text.strip(), (got, want)
        assert sampled == w_sampled, (got, want)
        if share != "< 0.001 %":
            p = float(share.split()[0])
            assert abs(p / (100 * math.exp(w_logprob)) - 1) < 0.01, (got, want)
    assert sum(g[2] for g in got) == 1, got


@test
def alternatives_on_hover_and_by_keys(browser, x):
    with show(browser, x.demo, "#prompt=demo-004") as p:
        p.wait_for_function("Data.pieces()")
        p.locator(".body .tok[data-i='2']").first.hover()
        p.wait_for_function("document.querySelector('#tip .top')")
        check_alternatives(alternatives(p), x.alternatives(3, 0, 2))
        p.mouse.move(0, 0)
        p.wait_for_function("document.querySelector('#tip').hidden")
        p.locator(".body").nth(1).focus()
        seen = 0
        for i in range(8):
            p.keyboard.press("ArrowRight")
            got, want = alternatives(p), x.alternatives(3, 1, i)
            check_alternatives(got, want)
            seen += any(w[2] for w in want)
        assert seen > 0
        bars = p.eval_on_selector_all("#tip .bar",
                                      "e => e.map(x => x.offsetWidth)")
        assert len(bars) >= 5 and max(bars) > 0, bars
    with show(browser, x.hostile, "#prompt=long") as p:
        p.locator(".body .tok").first.hover()
        assert not p.locator("#tip .top").count()  # none stored


@test
def hostile_alternatives_stay_text(browser, x):
    with show(browser, x.alt, "#traces") as p:
        p.locator("#list").focus()
        p.keyboard.press("Home")
        p.wait_for_selector(".body")
        p.wait_for_function("Data.pieces()")
        p.locator(".body").first.focus()
        seen = ""
        for i in range(hostile.N_ALTERNATIVE_TOKENS):
            p.keyboard.press("ArrowRight")
            assert p.is_visible("#tip .top")
            box = p.locator("#tip").bounding_box()
            assert box["height"] <= 800 and box["width"] <= 400, box
            seen += p.inner_text("#tip .top")
            assert wide(p) <= 1280
        for part in ("<script>window.pwned", "\\xe2", "\\xff", "\\u{202e}",
                     "\\u001b", "</script>"):
            assert part in seen, (part, seen)
        assert "\u202e" not in seen and "\u001b" not in seen
        assert p.evaluate("window.pwned") is None
        assert p.locator("script").count() == x.alt.read_text().count("<script")
        assert not p.locator("#tip img, #tip script, #tip svg").count()


@test
def verdicts_mark_their_span(browser, x):
    with show(browser, x.demo, "#prompt=demo-004") as p:
        trace = p.locator(".trace", has_text="I'm sorry").first
        assert trace.locator(".hit").count() > 0
        said = trace.locator(".verdicts q").first.inner_text()
        hit = "".join(trace.locator(".hit").all_text_contents())
        assert said.strip("\u201c\u201d") == hit, (said, hit)
        assert trace.locator(".verdicts li").count() == 2


@test
def policies_stop_where_the_replay_did(browser, x):
    with show(browser, x.demo, "#prompt=demo-004") as p:
        p.click("text=Where each policy would have stopped")
        row = p.locator(".stoptable tr", has_text="unanimous(3)").first
        n = int(row.locator("td").nth(1).inner_text())
        assert 3 <= n <= 10
        row.locator("button").click()
        assert p.locator(".trace.undrawn").count() == 10 - n
        assert p.input_value("#policy") != ""
        fixed = p.locator(".stoptable tr").filter(
            has=p.locator("button", has_text=re.compile(r"^fixed$")))
        assert fixed.locator("td").nth(1).inner_text() == "10"


def can_be_read(p, text):
    """By eye, by the browser's own search, or by a screen reader."""
    return text in p.inner_text("body") or p.evaluate(
        "t => window.find(t, true, false, true)", text) or \
        text in p.locator("body").aria_snapshot()


@test
def explicit_texts_are_hidden_until_asked(browser, x):
    with show(browser, x.demo, "#prompt=demo-003") as p:
        ord_ = p.evaluate("Data.index.findIndex(r => r[0] === 'demo-003')")
        prompt = p.evaluate("i => Data.index[i][Data.TEXT]", ord_)
        answer = p.evaluate(
            "async i => (await Data.prompt(i)).t[0].x", ord_)
        assert len(prompt) > 20 and len(answer) > 10
        assert not can_be_read(p, prompt[:30])
        assert not can_be_read(p, answer[:10])
        p.locator(".verdicts button").first.hover()  # marks a span
        assert not can_be_read(p, answer[:10])
        assert p.locator(".prompt .veiled").count() == 1
        assert p.locator(".trace .veiled").count() == 10
        assert p.locator(".verdicts q").count() == 0
        p.click(".prompt .veil button")
        assert p.locator("#open .veiled").count() == 0
        assert can_be_read(p, prompt[:30]) and can_be_read(p, answer[:10])
        assert p.locator(".verdicts q").count() > 0
        p.keyboard.press("j")
        p.keyboard.press("j")
        assert at(p) == "demo-005"
        assert p.locator(".prompt .veiled").count() == 1
        p.click("#veil")
        assert p.locator(".veiled").count() == 0
        p.click("#veil")
        assert p.locator(".prompt .veiled").count() == 1


@test
def deep_links(browser, x):
    with show(browser, x.demo, "#prompt=demo-150&heat=logprob") as p:
        assert at(p) == "demo-150"
        assert p.input_value("#heat") == "logprob"
        assert p.get_attribute(".item[aria-selected=true]", "id") == \
            "option-149"
        p.evaluate("location.hash = '#prompt=demo-007'")
        p.wait_for_function("document.querySelector('#open-title')"
                            ".textContent === 'demo-007'")
        p.go_back()
        p.wait_for_function("document.querySelector('#open-title')"
                            ".textContent === 'demo-150'")
    with show(browser, x.demo, "#prompt=%3Cb%3Enone") as p:
        assert "no prompt with the id <b>none" in p.inner_text("#open")


@test
def keyboard_alone(browser, x):
    with show(browser, x.demo) as p:
        p.keyboard.press("/")
        p.keyboard.type("how")
        p.keyboard.press("Escape")
        assert p.evaluate("document.activeElement.id") == "list"
        p.keyboard.press("ArrowDown")
        one = at(p)
        p.keyboard.press("End")
        p.keyboard.press("ArrowUp")
        assert at(p) != one
        p.keyboard.press("Home")
        assert at(p) == one
        active = p.get_attribute("#list", "aria-activedescendant")
        assert p.get_attribute(f"#{active}", "aria-selected") == "true"
        p.keyboard.press("Enter")
        assert p.evaluate("document.activeElement.id") == "open"
        p.keyboard.press("h")
        assert p.input_value("#heat") == "logprob"
        p.keyboard.press("t")
        p.keyboard.press("t")
        assert p.get_attribute("html", "data-theme") == "dark"
        p.keyboard.press("?")
        assert p.is_visible("#help")
        p.keyboard.press("Escape")
        assert p.is_hidden("#help")


def ground(p):
    return p.evaluate("getComputedStyle(document.body).backgroundColor")


@test
def themes_and_print(browser, x):
    with show(browser, x.demo, color_scheme="dark") as p:
        dark = ground(p)
        p.click("#theme")
        assert ground(p) != dark  # light by choice
        p.click("#theme")
        assert ground(p) == dark
        p.emulate_media(media="print")
        assert ground(p) == "rgb(255, 255, 255)"
        assert p.is_hidden("header.page")
        # A table that scrolls on screen is whole on paper.
        assert p.evaluate("""() => [...document.querySelectorAll('.scroll')]
            .every(e => getComputedStyle(e).overflow === 'visible')""")


@test
def fits_a_narrow_screen(browser, x):
    small = {"viewport": {"width": 360, "height": 720}}
    for where in ("", "#traces", "#prompt=demo-004"):
        with show(browser, x.demo, where, **small) as p:
            assert wide(p) <= 360, (where, wide(p))
    with show(browser, x.demo, "#prompt=demo-004", **small) as p:
        p.click(".back")
        assert p.is_visible("#list") and p.is_hidden("#open")


def wide(p):
    return p.evaluate("document.documentElement.scrollWidth")


@test
def says_where_token_data_end(browser, x):
    b.deepconf("report", x.db, "--out", x.folder / "bare", "--page-tokens", 0)
    b.deepconf("verify", x.folder / "bare", "--run", x.db)
    with show(browser, x.folder / "bare/report.html", "#prompt=demo-004") as p:
        assert "leaves out those of 200" in p.inner_text("#limits")
        assert "not in the page" in p.inner_text(".tools")
        assert p.is_disabled("#heat")
        assert p.locator(".trace").count() == 10
        assert p.locator(".hit").count() > 0


# ---- hostile data ----

@test
def hostile_data_never_execute(browser, x):
    with show(browser, x.hostile, "#traces") as p:
        p.click("#veil")
        ids = p.evaluate("Data.index.map(r => r[0])")
        assert len(ids) == len(hostile.ATTACKS) + 3
        for i, name in enumerate(ids):
            p.evaluate("at => location.hash = at",
                       "#prompt=" + urllib.parse.quote(name, safe=""))
            p.wait_for_function(
                "i => document.querySelector('#open .trace') && "
                "document.querySelector('.item[aria-selected=true]')?"
                ".dataset.k === String(i)", arg=i)
            p.locator(".trace summary").first.click()
            assert wide(p) <= 1280, (name, wide(p))
            for k in range(2):
                box = p.locator(".trace").nth(k).bounding_box()
                assert box["height"] < 2000, (name, box)
        assert p.evaluate("window.pwned") is None
        assert p.locator("script").count() == x.hostile.read_text().count(
            "<script")


@test
def hostile_texts_are_shown_whole(browser, x):
    spelt = re.compile(r"\\u\{([0-9a-f]+)\}")
    with show(browser, x.hostile, "#traces") as p:
        p.click("#veil")
        for i, text in enumerate(hostile.ATTACKS.values()):
            p.locator("#list").focus()
            p.keyboard.press("Home")
            for _ in range(i):
                p.keyboard.press("ArrowDown")
            p.wait_for_function(
                "i => document.querySelector('.item[aria-selected=true]')"
                ".dataset.k === String(i) && "
                "document.querySelector('#open .prompt')", arg=i)
            got = p.locator(".prompt .text").text_content()
            read = spelt.sub(lambda m: chr(int(m.group(1), 16)), got)
            assert read == text, (text, got)
            for c in got:
                assert c in "\n\t" or ord(c) >= 32, (text, got)
                assert ord(c) not in range(0x202a, 0x202f), (text, got)


@test
def half_characters_keep_their_place(browser, x):
    with show(browser, x.hostile, "#prompt=halves") as p:
        toks = p.locator(".body").first.locator(".tok").all_text_contents()
        assert toks == ["x", "", "\u20ac", "y", ""], toks
        assert p.locator(".body").first.text_content() == "x\u20acy\ufffd"


@test
def long_texts_come_in_parts(browser, x):
    with show(browser, x.hostile, "#prompt=long") as p:
        p.wait_for_selector(".prompt .more")
        assert len(p.locator(".prompt .text").text_content()) < 25000
        assert "1,000,000" in p.inner_text(".prompt .more")
        quick = p.evaluate("""() => {
            const body = document.querySelector('.body');
            let slowest = 0;
            for (let more; (more = body.querySelector('.more'));) {
                const from = performance.now();
                more.click();
                body.getBoundingClientRect();
                slowest = Math.max(slowest, performance.now() - from);
            }
            return slowest;
        }""")
        assert quick < 2000, quick
        assert p.locator(".body").first.text_content() == "w" * hostile.LONG
        assert wide(p) <= 1280
        assert p.locator(".trace").first.bounding_box()["height"] < 2000


# ---- accessibility ----

def axe(p):
    from axe_playwright_python.sync_playwright import Axe
    found = Axe().run(p).response["violations"]
    serious = [(v["id"], n["html"][:160], n["failureSummary"][:300])
               for v in found if v["impact"] in ("serious", "critical")
               for n in v["nodes"][:3]]
    assert not serious, serious


@test
def accessible(browser, x):
    for scheme in ("light", "dark"):
        for where in ("", "#traces", "#prompt=demo-004", "#prompt=demo-003"):
            with show(browser, x.demo, where, color_scheme=scheme,
                      bypass_csp=True) as p:
                if where.endswith("4"):
                    p.click("text=Where each policy would have stopped")
                    p.locator(".body .tok").nth(2).hover()
                axe(p)


# ---- runs ----

HEATED = ", ".join(f".body .tok.h{i}" for i in range(8))


@test
def shows_what_an_import_lacks_as_lacking(browser, x):
    with show(browser, x.imported("bare"), "#prompt=q1") as p:
        assert "tokens not in the input" in p.inner_text(".trace")
        assert "0 tokens" not in p.inner_text("#open")
        assert p.is_disabled("#heat")
        assert p.locator(".trace .mean").count() == 0
        p.locator(".trace summary", has_text="Measures").first.click()
        assert "none" in p.inner_text(".trace .measures")
        p.select_option("select[name=order]", "tokens")
        assert "12 prompts" in found(p)
        p.click("text=Summary")
        assert "not in the input" in p.inner_text("#summary")
    # log-probabilities alone: they are shown, and nothing in place of the rest
    with show(browser, x.imported("sampled"), "#prompt=q1&heat=logprob") as p:
        assert p.locator("#heat option[disabled]").count() == 2
        p.hover(".body .tok >> nth=1")
        tip = p.inner_text("#tip")
        assert tip.count("not known") == 2, tip
        assert "-0.50 nats" in tip and "60.7 %" in tip, tip
        assert p.locator(HEATED).count() > 0
        p.select_option("#heat", "off")
        p.evaluate("Traces.setHeat('conf')")
        p.keyboard.press("j")
        assert p.locator(HEATED).count() == 0


@test
def says_which_servers_made_it(browser, x):
    page, again = x.served()
    with show(browser, page, "#summary") as p:
        said = p.inner_text("#summary")
        assert "top-k list (k = 20 of the server's list)" in said
        assert "the same command draws other traces" in said
        assert "of all first draws" in said  # a note, or an alarm
        servers = p.locator(".card", has_text="Servers")
        assert "http://fake.example/v1" in servers.inner_text()
        probe = servers.locator("pre").first
        assert not probe.is_visible()
        servers.locator("summary").first.click()
        assert probe.inner_text() == "{}"
    with show(browser, page, f"#prompt={again}&heat=conf") as p:
        assert "drawn " in p.inner_text("#open"), p.inner_text("#open")
        assert p.locator("#heat option[disabled]").all_inner_texts() == [
            "entropy (not known)"]
        p.locator(".body .tok").first.hover()
        tip = p.inner_text("#tip")
        assert "not known" in tip and "%" in tip, tip
        assert p.locator("#tip .sampled").count() or "sampled" in tip, tip


class Runs:
    def __init__(self, folder):
        self.folder = folder
        self.db = folder / "demo.db"
        b.run_fake(self.db, "random:refuse=0.4,len=40,vocab=64",
                   b.REPO / "data/demo.csv", "--benchmark", "demo", "--stop",
                   "fixed", "--max-tokens", "60", "--top-logprobs", "7")
        b.deepconf("judge", self.db, "--judge", "keywords-request", "--quiet")
        self.demo = b.report(self.db, folder / "demo")
        data, script = hostile.write(folder)
        b.run_fake(folder / "hostile.db", f"script:{script}", data,
                   "--benchmark", "generic", "--max-traces", "2",
                   "--min-traces", "1", "--stop", "fixed")
        b.deepconf("judge", folder / "hostile.db", "--judge", "keywords-request",
                   "--quiet")
        self.hostile = b.report(folder / "hostile.db", folder / "hostile")
        data, script = hostile.write_alternatives(folder)
        b.run_fake(folder / "alt.db", f"script:{script}", data, "--benchmark",
                   "generic", "--max-traces", "2", "--min-traces", "1",
                   "--stop", "fixed", "--top-logprobs", "5")
        self.alt = b.report(folder / "alt.db", folder / "alt")

    def imported(self, name):
        """The page of an import: "bare" of texts alone, "sampled" with the
        log-probabilities of the sampled tokens."""
        import json
        path = self.folder / f"{name}.jsonl"
        with open(path, "w", encoding="utf-8") as f:
            for i in range(12):
                row = {"id": f"q{i}", "prompt": f"question {i}",
                       "response": "Sure, here it is.", "label": "safe"}
                if name == "sampled":
                    row["logprobs"] = {"content": [
                        {"token": t, "logprob": -0.5}
                        for t in ("Sure,", " here", " it", " is.")]}
                f.write(json.dumps(row) + "\n")
        db = self.folder / f"{name}.db"
        b.deepconf("import", path, "--format", "jsonl", "--out", db)
        return b.report(db, self.folder / name)

    def served(self):
        """The page of a run whose traces a server drew, and a prompt with one
        that was drawn again."""
        import sqlite3
        db = self.folder / "served.db"
        b.run_fake(db, "random:refuse=0.4,len=12,vocab=64,server=1,lose=0.2",
                   b.REPO / "data/demo.csv", "--benchmark", "demo",
                   "--top-logprobs", "5", "-n", "8")
        again = sqlite3.connect(db).execute(
            "SELECT p.id FROM prompt p JOIN trace t ON t.prompt = p.ord "
            "WHERE attempts > 1 AND p.gold = 'answer'").fetchone()[0]
        return b.report(db, self.folder / "served"), again

    def judges_differ(self):
        import sqlite3
        return sqlite3.connect(self.folder / "hostile.db").execute(
            "SELECT count(DISTINCT t.prompt) FROM verdict a JOIN verdict b ON "
            "a.trace = b.trace JOIN trace t ON t.id = a.trace WHERE a.verdict "
            "IN ('refusal', 'partial') AND b.verdict = 'compliance'"
        ).fetchone()[0]

    def alternatives(self, prompt, trace, i):
        """[(text, log-probability, sampled), ...] of a token, as stored."""
        import sqlite3
        import struct
        db = sqlite3.connect(self.db)
        n, blob, ids = db.execute(
            "SELECT n_top, tok_top, tok_id FROM trace WHERE prompt = ? AND "
            "idx = ?", (prompt, trace)).fetchone()
        own = struct.unpack_from("<i", ids, 4 * i)[0]
        text = dict(db.execute("SELECT id, bytes FROM piece"))
        return [(text[k].decode(), p, k == own) for k, p in
                struct.iter_unpack("<if", blob[8 * n * i:8 * n * (i + 1)])]

    def token(self, prompt, trace, i):
        import sqlite3
        import struct
        row = sqlite3.connect(self.db).execute(
            "SELECT tok_conf, tok_logprob, tok_entropy FROM trace WHERE "
            "prompt = ? AND idx = ?", (prompt, trace)).fetchone()
        return dict(zip(("conf", "logprob", "entropy"),
                        (struct.unpack_from("<f", x, 4 * i)[0] for x in row)))


def main():
    only = sys.argv[2:]
    x = Runs(pathlib.Path(sys.argv[1]).resolve())
    tests = [t for t in TESTS if not only or t.__name__ in only]
    with b.chromium() as browser:
        return b.run_tests(tests, browser, x)


if __name__ == "__main__":
    sys.exit(main())
