# report.html in headless Chromium: see tests/page/page_test.py.
exec "$REPO/tests/page/run" page_test.py .
