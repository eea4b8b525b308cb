# What README.md quotes of the program's output has the lines, judges and versions
# that the program prints.
. "$CLI_TESTS/lib.bash"
"$REPO/scripts/readme_quotes" --check --program "$DEEPCONF" ||
    die "README.md is out of date: see above"
