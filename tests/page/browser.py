"""What the tests of report.html share: a browser that notes everything a page
should never do, runs of the fake backend, and the report of a run.

Chromium is the system's; SKIP and exit code 77 where something is missing.
"""
import contextlib
import os
import pathlib
import shutil
import subprocess
import sys

REPO = pathlib.Path(__file__).resolve().parent.parent.parent
DEEPCONF = os.environ.get("DEEPCONF", str(REPO / "build-dev/deepconf"))


def skip(why):
    print(f"SKIP: {why}")
    sys.exit(77)


try:
    from playwright.sync_api import sync_playwright
except ImportError:
    skip("Python has no playwright; scripts/setup --dev installs it")

CHROMIUM = next(filter(None, map(shutil.which, (
    "chromium", "chromium-browser", "google-chrome"))), None)
if not CHROMIUM:
    skip("there is no chromium; scripts/setup --dev installs it")


def deepconf(*args):
    subprocess.run([DEEPCONF, *map(str, args)], check=True,
                   stdout=subprocess.DEVNULL)


def run_fake(out, model, data, *more):
    deepconf("run", "--backend", "fake", "--model", model, "--data", data,
             "--out", out, "--quiet", *more)


def report(db, folder):
    """The path of its page."""
    deepconf("report", db, "--out", folder)
    return pathlib.Path(folder) / "report.html"


class Page:
    """A page in a browser, and what it did that it should not have."""

    def __init__(self, page):
        self.page = page
        self.bad = []
        page.on("console", lambda m: self.bad.append(f"console: {m.text}"))
        page.on("pageerror", lambda e: self.bad.append(f"error: {e}"))
        page.on("dialog", self.dialog)
        page.on("request", self.request)

    def dialog(self, d):
        self.bad.append(f"dialog: {d.message}")
        d.dismiss()

    def request(self, r):
        if not r.url.startswith(("file:", "data:")):
            self.bad.append(f"request: {r.url[:200]}")

    def check_quiet(self):
        assert not self.bad, self.bad


@contextlib.contextmanager
def chromium():
    with sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM,
                                    args=["--no-sandbox"])
        yield browser
        browser.close()


@contextlib.contextmanager
def watched(browser, path, at="", **context):
    """A Page, opened at an address."""
    context.setdefault("viewport", {"width": 1280, "height": 800})
    c = browser.new_context(**context)
    c.set_default_timeout(120000)
    p = Page(c.new_page())
    p.page.goto(pathlib.Path(path).as_uri() + at)
    yield p
    c.close()


@contextlib.contextmanager
def opened(browser, path, at="", **context):
    """The page of a report, opened at an address; it must have been quiet."""
    with watched(browser, path, at, **context) as p:
        yield p.page
        p.check_quiet()


def run_tests(tests, *args):
    """Call each, say which failed and why; the exit code."""
    import traceback
    failed = 0
    for t in tests:
        try:
            t(*args)
            print(f"ok {t.__name__}")
        except Exception:
            failed += 1
            print(f"FAILED {t.__name__}")
            traceback.print_exc(file=sys.stdout)
    return 1 if failed or not tests else 0
