# A report.html with 5,083 prompts x 10 traces.
exec "$REPO/tests/page/run" timing_test.py .
