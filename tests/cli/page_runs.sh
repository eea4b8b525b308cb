# The page of several runs in headless Chromium: see tests/page/runs_test.py.
exec "$REPO/tests/page/run" runs_test.py .
