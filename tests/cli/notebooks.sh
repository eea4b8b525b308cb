# notebooks: valid, executed, and at the program's numbers.
. "$CLI_TESTS/lib.bash"
command -v gnuplot >/dev/null || { echo "SKIP: gnuplot is not installed"; exit 77; }
run --benchmark demo --data "$DEMO" -n 60 --stop fixed --out f.db --quiet >/dev/null
"$DEEPCONF" report f.db --out r >/dev/null
"$CLI_TESTS/../notebook/run" notebook_test.py r f.db "$DEEPCONF"
