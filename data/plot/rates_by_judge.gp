# The same decisions' rates under each judge of the run file: how far a result
# hangs on who judged.
#
# A panel for each rate that a judge has, with a row a judge: $rows_refused_harmful
# and $rows_refused_harmless or, of a run without gold labels, $rows_refused. Row
# number `own` is the run's own judge.

height(n) = n > 0 ? 26 * n + 24 + 40 : 0
if (!exists("rows_refused_n")) { rows_refused_n = 0 }
BOTTOM = 126 + height(rows_refused_harmful_n) + height(rows_refused_harmless_n) \
    + height(rows_refused_n) - 40
UNIT = 100
tint(i) = REFUSAL
point(i) = exists("own") && i == own ? DISC : SQUARE
eval begin

top = 126
if (rows_refused_harmful_n > 0) {
    eval panel(330, top, 230, 26 * rows_refused_harmful_n)
    set label "Refusal rate on harmful prompts (sensitivity)" @TITLE
    eval forest("$rows_refused_harmful", rows_refused_harmful_n)
    top = top + height(rows_refused_harmful_n)
}
if (rows_refused_harmless_n > 0) {
    eval panel(330, top, 230, 26 * rows_refused_harmless_n)
    set label "Over-refusal rate on harmless ones" @TITLE
    eval forest("$rows_refused_harmless", rows_refused_harmless_n)
}
if (rows_refused_n > 0) {
    eval panel(330, top, 230, 26 * rows_refused_n)
    set label "Refused, of all prompts decided" @TITLE
    eval forest("$rows_refused", rows_refused_n)
}
eval end
