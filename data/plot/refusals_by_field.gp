# Which kinds of prompts are refused: for each value of a field of the data, such
# as the category, the rate with its counts and interval.
#
# $panels has a row for each panel: its title, how many rows it has, and the rate
# of all its prompts, the dashed line. The rows of the first are $rows_0, of the
# next $rows_1, and so on; `mark`, the diamond, is the estimate that is drawn
# towards what all values have in common.

rows_of(i) = int(word($panels[i + 2], 2))
height(i) = 22 * rows_of(i) + 24 + 40
BOTTOM = 126 - 40
do for [i = 0:panels_n - 1] { BOTTOM = BOTTOM + height(i) }
UNIT = 100
tint(i) = REFUSAL
eval begin

top = 126
do for [i = 0:panels_n - 1] {
    eval panel(330, top, 230, 22 * rows_of(i))
    set label T(word($panels[i + 2], 1)) at screen X(28),Y(top - 14) left \
        font FONT_PANEL @DARK
    all = UNIT * real(word($panels[i + 2], 3))
    if (is(all)) { eval upright(all) }
    eval marked_forest(sprintf("$rows_%d", i), rows_of(i))
    top = top + height(i)
}
eval end
