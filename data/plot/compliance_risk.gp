# Are uncertain compliances riskier than confident ones? The share of harmful
# prompts among what complies, with intervals from resampled prompts.
#
# $panels has a row for traces and one for decisions: its title, how many rows it
# has, and the share of all, the dashed line. The rows are $rows_0 and $rows_1:
# uncertain and confident, as diamonds, then five equal parts from the least sure
# to the surest.

rows_of(i) = int(word($panels[i + 2], 2))
height(i) = 26 * rows_of(i) + 24 + 40
BOTTOM = 126 - 40
do for [i = 0:panels_n - 1] { BOTTOM = BOTTOM + height(i) }
UNIT = 100
tint(i) = COMPLIANCE
point(i) = i < 2 ? DIAMOND : DISC
eval begin

top = 126
do for [i = 0:panels_n - 1] {
    eval panel(330, top, 230, 26 * rows_of(i))
    set label T(word($panels[i + 2], 1)) @TITLE
    eval upright(UNIT * real(word($panels[i + 2], 3)))
    eval forest(sprintf("$rows_%d", i), rows_of(i))
    top = top + height(i)
}
eval end
