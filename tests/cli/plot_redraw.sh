# A reader draws a plot of a report again with gnuplot alone, and after an edit
# otherwise; and an altered number or drawing is found by verify.
. "$CLI_TESTS/lib.bash"
command -v gnuplot >/dev/null || { echo "SKIP: gnuplot is not installed"; exit 77; }
run --benchmark demo --data "$DEMO" -n 12 --stop fixed --out a.db --quiet >/dev/null
"$DEEPCONF" report a.db --out r >/dev/null
cp -r r kept
cd r/plots
words() { sed -n 's:.*<text>\(.*\)</text>.*:\1:p' "$1"; }
for gp in *.gp; do
    name=${gp%.gp}
    [ "$name" != style ] || continue
    gnuplot "$gp" 2>said || { cat said; exit 1; }
    diff <(words "$name.svg") <(words "$name-new.svg") ||
        { echo "$name is drawn otherwise"; exit 1; }
done
gnuplot -e 'png = 1' roc.gp
cmp roc.png roc-new.png
sed -i 's/Decisions against/Decisions and/' confusion_matrix_2x2.dat
sed -i 's/"missed (FN)"/"let through"/' confusion_matrix_2x2.gp
gnuplot confusion_matrix_2x2.gp
has 'Decisions and gold labels' words confusion_matrix_2x2-new.svg
has 'let through' words confusion_matrix_2x2-new.svg
cd ../..
sed -i 's/^matrix_tp = .*/matrix_tp = 77/' kept/plots/confusion_matrix_2x2.dat
"$DEEPCONF" verify kept --run a.db >said && die "verify found nothing"
has 'plots/confusion_matrix_2x2.dat' cat said
has 'says 77' cat said
