# What a reader of report.html chooses and takes along: see
# tests/page/choose_test.py.
exec "$REPO/tests/page/run" choose_test.py .
