# Every output of one run is as it was: on a terminal of 80 columns, as Markdown,
# as HTML. `make golden` writes them anew.
. "$CLI_TESTS/lib.bash"
"$REPO/scripts/golden_outputs" --program "$DEEPCONF" --check
