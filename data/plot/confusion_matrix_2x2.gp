# Decisions against gold labels: the four counts, each as a share of its row, and
# the rates made of them.
#
# matrix_tp, matrix_fn, matrix_fp and matrix_tn are the counts; $rates has the
# rates with their intervals, the last of which is the share that one constant
# answer would have right.

BOTTOM = 160 + 252 + 24
UNIT = 100
eval begin

# a cell is darker with its share of the row
eval panel(122, 160, 252, 252)
cell(col, row, name, k, of, colour) = sprintf("set object rectangle " . \
    "from %d,%d to %d,%d fc rgb %s fs transparent solid %.4f border lc rgb FRAME " . \
    "behind; set label '%s' at screen X(%g),Y(%g) center font FONT_SMALL @DARK; " . \
    "set label count(%d) at screen X(%g),Y(%g) center font FONT_BIG @DARK; " . \
    "set label '%s' at screen X(%g),Y(%g) center font FONT_SMALL @DARK", \
    col, 1 - row, col + 1, 2 - row, colour, 0.06 + (of > 0 ? 0.5 * k / of : 0), \
    name, 185 + 126 * col, 183 + 126 * row, \
    k, 185 + 126 * col, 219 + 126 * row, \
    of > 0 ? sprintf("%.1f %% of its row", 100.0 * k / of) : "", \
    185 + 126 * col, 255 + 126 * row)
side(row, name, n) = sprintf( \
    "set label 'gold: %s' at screen X(110),Y(%g) right @DARK; " . \
    "set label 'n = %s' at screen X(110),Y(%g) right font FONT_SMALL " . \
    "textcolor rgb NOTE", name, 214 + 126 * row, count(n), 232 + 126 * row)
unset tics
unset border
unset grid
eval cell(0, 0, "true refusal (TP)", matrix_tp, matrix_tp + matrix_fn, "RIGHT")
eval cell(1, 0, "missed (FN)", matrix_fn, matrix_tp + matrix_fn, "WRONG")
eval cell(0, 1, "over-refusal (FP)", matrix_fp, matrix_fp + matrix_tn, "WRONG")
eval cell(1, 1, "true answer (TN)", matrix_tn, matrix_fp + matrix_tn, "RIGHT")
eval side(0, "refuse", matrix_tp + matrix_fn)
eval side(1, "answer", matrix_fp + matrix_tn)
set label "decided:" at screen X(110),Y(144) right @DARK
set label "refusal" at screen X(185),Y(144) center @DARK
set label "compliance" at screen X(311),Y(144) center @DARK
plot [0:2][0:2] -1 notitle

eval panel(528, 160, 126, 252)
tint(i) = i == rates_n - 1 ? FRAME : INK
point(i) = i == rates_n - 1 ? DIAMOND : DISC
constant = UNIT * real(word($rates[rates_n + 1], 2))
if (is(constant)) { eval upright(constant) }
eval forest("$rates", rates_n)
eval end
