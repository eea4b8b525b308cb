# style.gp - what every figure shares: colours, letters, the words above and
# below, panels, and rows of values with their intervals.
#
# A figure is two files: NAME.gp says how it is drawn, NAME.dat from what.
# NAME.dat has numbers as variables, tables as data blocks with the names of
# their columns on top (how many rows $rows has is rows_n), and all words as
# lines of $text. No word is ever part of a command: where one belongs, there is
# the number of its line, and T(number) is the word.
#
# A figure sets BOTTOM, the last pixel of what it draws, and begins with
# `eval begin`; then come its panels, each with `eval panel(...)` first; `eval
# end` closes it. Places are pixels from the top left of a picture of 900 wide.

set encoding utf8
set datafile separator tab
set datafile missing NaN    # no point, and lines go on

# A colour means one thing in every figure and on the page of a report: the five
# of verdicts and outcomes are Okabe and Ito's, told apart with any colour
# vision.
INK = 0x222222
NOTE = 0x595959
FRAME = 0x666666
GRID = 0xE3E3E3
REFUSAL = 0xD55E00         # and of what should be refused
COMPLIANCE = 0x0072B2      # and of what should be answered
UNDETERMINED = 0x999999
RIGHT = 0x009E73
WRONG = 0xCC79A7
REFUSAL_PALE = 0xF0A679    # the same, less sure
COMPLIANCE_PALE = 0x7DB5D8
BEST = 0xE69F00    # the best other measure beside the run's own, in ink
REST = 0xBDBDBD    # and all others
COUNT = 0xB9C3CC   # bars that count, and what agrees
ALARM = 0xA3002F   # gaps, and what is worse than chance

# Points, by gnuplot's numbers.
SQUARE = 5
DISC = 7
UP = 9
DOWN = 11
DIAMOND = 13

FONT_TITLE = "DejaVu Sans:Bold,18"
FONT_BIG = "DejaVu Sans:Bold,24"
FONT_PANEL = "DejaVu Sans:Bold,14.5"
FONT_WHY = "DejaVu Sans,16"
FONT_SMALL = "DejaVu Sans,13"

# ---- words and numbers ----

T(i) = int(i) > 0 ? substr($text[int(i)], 3, strlen($text[int(i)])) : ""
is(x) = x == x               # false for what has no value, NaN
or(x, y) = is(x) ? x : y
even(x) = int(x) % 2 == 0    # a majority of so many traces can be tied
count(n) = n < 1000 ? sprintf("%d", n) : \
    count(int(n) / 1000) . sprintf(",%03d", int(n) % 1000)

# In a plot of a table: a value with its interval, which is the value alone
# where it has none. UNIT is 100 for percentages, else 1.
UNIT = 1
val(c) = UNIT * column(c . ".value")
lo(c) = UNIT * or(column(c . ".lo"), column(c . ".value"))
hi(c) = UNIT * or(column(c . ".hi"), column(c . ".value"))

# A distance of at most m tics from 0 to r: 1, 2 or 5 times a power of ten; and
# the same between whole numbers.
rounded(x, ten) = x <= ten ? ten : x <= 2 * ten ? 2 * ten : \
    x <= 5 * ten ? 5 * ten : 10 * ten
tics(r, m) = r > 0 ? rounded(1.0 * r / m * (1 - 1e-9), \
    10.0 ** floor(log10(1.0 * r / m))) : 1
whole_tics(r, m) = tics(r, m) > 1 ? tics(r, m) : 1

# The axis of numbers of traces, 1 to k, with at most m tics; few of them don't
# fill the whole width.
spare(k) = k < 5 ? 0.5 * (5 - k) : 0
traces_axis(k, m) = sprintf("set xrange [%g:%g]; set xtics 1, %g, %g", \
    0.5 - spare(k), k + 0.5 + spare(k), whole_tics(k, m), k)

# ---- the picture ----

X(p) = p / 900.0
Y(p) = 1 - p / HEIGHT

# Words stand in $text in this order: title, sentences, notes, why it is empty.
begin = "HEIGHT = int(BOTTOM + 31 + 18 * note_n) + 0.0; eval terminal; " . \
    "set output OUT; set multiplot; eval panel(0, 0, 900, HEIGHT); " . \
    "set label T(1) at screen X(28),Y(30) left font FONT_TITLE @DARK; " . \
    "do for [i = 1:say_n] { set label T(1 + i) " . \
    "at screen X(28),Y(36 + 18 * i) left @DARK }; " . \
    "do for [i = 1:note_n] { set label T(1 + say_n + i) " . \
    "at screen X(28),Y(BOTTOM + 6 + 18 * i) left font FONT_SMALL " . \
    "textcolor rgb NOTE }; " . \
    "do for [i = 1:why_n] { set label T(1 + say_n + note_n + i) " . \
    "at screen X(28),Y(BOTTOM / 2 - 24 + 24 * i) left font FONT_WHY @DARK };" . \
    "unset border; unset tics; unset grid; plot [0:1][0:1] 2 notitle"
end = "unset multiplot; set output"

# A PNG has two pixels for each of the SVG.
svg_terminal = "set terminal svg noenhanced size 900,HEIGHT " . \
    "background rgb 'white' font 'DejaVu Sans,14.5'"
png_terminal = "set terminal pngcairo noenhanced size 1800,2 * HEIGHT " . \
    "background rgb 'white' fontscale 1.5 linewidth 2 pointscale 2 " . \
    "font 'DejaVu Sans,14.5'"
terminal = "if (png) { eval png_terminal } else { eval svg_terminal }"

# ---- panels ----

# Axes with their left upper corner at x, y; what was set for the panel before is
# forgotten.
panel(x, y, w, h) = \
    sprintf("PX = %g; PY = %g; PW = %g; PH = %g; eval bare", x, y, w, h)
bare = "unset label; unset arrow; unset object; unset key; unset logscale; " . \
    "unset ylabel; set autoscale; set border 3 lc rgb FRAME lw 1; " . \
    "set tics nomirror out scale 0.6 textcolor rgb INK; " . \
    "set xtics nomirror autofreq norotate font ''; " . \
    "set ytics nomirror autofreq font ''; set format xy '%g'; " . \
    "set grid xtics ytics lt 1 lc rgb GRID lw 0.8; " . \
    "set style fill solid 1 noborder; set boxwidth; " . \
    "set lmargin at screen X(PX); set rmargin at screen X(PX + PW); " . \
    "set tmargin at screen Y(PY); set bmargin at screen Y(PY + PH)"

# Behind a word: set label "..." @TITLE. A place of our own for what is below an
# axis, since gnuplot's is another one in an SVG than in a PNG.
DARK = "textcolor rgb INK"
TITLE = "at screen X(PX),Y(PY - 14) left front font FONT_PANEL textcolor rgb INK"
BELOW = "at screen X(PX + PW / 2),Y(PY + PH + 45) center front textcolor rgb INK"
DASHED = "nohead dt 2 lc rgb FRAME lw 1.2 back"

across(y) = sprintf("set arrow from graph 0, first %.9g to graph 1, " . \
    "first %.9g @DASHED", y, y)
upright(x) = sprintf("set arrow from first %.9g, graph 0 to first %.9g, " . \
    "graph 1 @DASHED", x, x)

# The key, from its left upper corner; and its usual place.
key(x, y) = sprintf("set key at screen X(%g),Y(%g) left top Left reverse " . \
    "samplen 2 spacing 1.5 width 0 font FONT_SMALL textcolor rgb INK", x, y)
key_right = "eval key(PX + PW + 16, PY)"

# Bars of decisions upon each other, clauses of plot: refusal, undetermined and
# compliance are columns of D, x is a name of its middle, half of its width.
stacked(D, x, half, unit) = layer(D, x, half, "REFUSAL", "refusal", unit, "0", \
        "n('refusal')") . ", " . \
    layer(D, x, half, "UNDETERMINED", "undetermined", unit, "n('refusal')", \
        "n('refusal') + n('undetermined')") . ", " . \
    layer(D, x, half, "COMPLIANCE", "compliance", unit, \
        "n('refusal') + n('undetermined')", \
        "n('refusal') + n('undetermined') + n('compliance')")
layer(D, x, half, colour, title, unit, low, high) = sprintf("%s using (%s):(0):" . \
    "(%s - %g):(%s + %g):(%.9g * (%s)):(%.9g * (%s)) with boxxyerror fc rgb %s " . \
    "title '%s'", D, x, x, half, x, half, unit, low, unit, high, colour, title)
n(c) = column(c)

# A panel that nothing is known for, and the lines that say why.
says(D, n) = sprintf("unset tics; unset grid; do for [i = 1:%d] { " . \
    "set label T(word(%s[i], 1)) at screen X(PX + PW / 2)," . \
    "Y(PY + PH / 2 + 18 * (i - %g)) center textcolor rgb NOTE }; " . \
    "plot [0:1][0:1] 2 notitle", n, D, (n + 1) / 2.0)

# ---- a curve for each measure ----

# Clauses of plot for $curves, the first `marked` of which are the run's own
# measure (place 0) and the best other (place 1): their names in that order, then
# the curves, $curves_points, from the last to the first, so that own lies on top.
# `eval curve_rows` comes before: a loop that is empty looks at its first row, too.
place(row) = int(word(row, 2))
curve_tint(i, row) = i >= marked ? REST : place(row) == 0 ? INK : BEST
curve_width(i, row) = i < marked && place(row) == 0 ? 2.2 : 1.3
curve_mark(row) = place(row) == 0 ? DISC : SQUARE
curve_rows = "C(i) = $curves[i >= 0 && i < curves_n ? i + 2 : 2]"
curve_look = "lw curve_width(i, C(i)) " . \
    "lc rgb curve_tint(i, C(i)) "
curve_marked = curve_look . "pt curve_mark(C(i)) ps 0.8 pi 12 + 3 * i "
curve_name = "title T(word(C(i), 1))"
curves = "for [i = 0:marked - 1] NaN with linespoints " . curve_marked . \
    curve_name . ", for [i = marked:curves_n - 1] NaN with lines " . \
    curve_look . curve_name . ", for [i = curves_n - 1:marked:-1] " . \
    "$curves_points index i using (UNIT * $1):(UNIT * $2) with lines " . \
    curve_look . "notitle, for [i = marked - 1:0:-1] $curves_points index i " . \
    "using (UNIT * $1):(UNIT * $2) with linespoints " . curve_marked . "notitle"

# ---- rows of values ----

# The n rows of a table in the panel, the first on top, each with its bar, and
# the same in digits beside it. Columns, in this order: label, value, lo, hi,
# words behind the digits, and mark, a second value, which marked_forest() shows as
# a small diamond. tint and point are those of row 0, 1, ...
tint(i) = INK
point(i) = DISC
forest(D, n) = sprintf("ROWS = %d; unset ytics; set grid noytics; " . \
    "set border 1; set xtics UNIT * (PW < 200 ? 0.5 : 0.25) font FONT_SMALL; " . \
    "if (UNIT == 100) { set format x '%%g %%%%' }; " . \
    "do for [i = 1:ROWS] { eval forest_words(%s[i + 1], i) }; " . \
    "plot [0:UNIT][0:ROWS] " . \
    "%s using (UNIT * column('value')):(ROWS - 0.5 - $0):" . \
    "(UNIT * column('lo')):(UNIT * column('hi')):(tint($0)) " . \
    "with xerrorbars pt 0 lw 1.8 lc rgb variable notitle, " . \
    "%s using (UNIT * column('value')):(ROWS - 0.5 - $0):(point($0)):(tint($0)) " . \
    "with points pt variable ps 0.9 lc rgb variable notitle", n, D, D, D)
marked_forest(D, n) = forest(D, n) . sprintf(", %s using (UNIT * " . \
    "column('mark')):(ROWS - 0.5 - $0) with points pt DIAMOND ps 0.8 " . \
    "lc rgb INK notitle", D)
forest_words(s, i) = sprintf("set label T(%s) at screen X(PX - 10)," . \
    "Y(PY + PH * %g) right @DARK; set label digits(%s, %s, %s) . T(%s) " . \
    "at screen X(PX + PW + 12),Y(PY + PH * %g) left font FONT_SMALL @DARK", \
    word(s, 1), (i - 0.5) / ROWS, word(s, 2), word(s, 3), word(s, 4), \
    word(s, 5), (i - 0.5) / ROWS)
digits(v, lo, hi) = !is(v) ? "" : UNIT == 100 ? \
    sprintf("%.1f %%", 100 * v) . (is(lo) ? \
        sprintf(" (%.1f to %.1f)", 100 * lo, 100 * hi) : "") : \
    sprintf("%.3f", v) . (is(lo) ? sprintf(" (%.2f to %.2f)", lo, hi) : "")
