# How far the judges of a run file agree.
#
# On the left, $cells: Cohen's kappa of the judges in row and col, on the traces
# below the diagonal and on the prompts above it, and of how many; $names has the
# judges behind the letters. On the right, $equal: the share of prompts that every
# two of them decide alike.

right = 170 + 19 * names_n
BOTTOM = right + (equal_n > 0 ? 26 * equal_n + 24 : 80) + 10
BOTTOM = BOTTOM > 460 ? BOTTOM : 460
UNIT = 100
eval begin

eval panel(92, 150, 300, 300)
side = 300.0 / names_n
r(i, k) = real(word($cells[i + 1], k))
x(i) = 92 + side * (i + 0.5)
y(i) = 150 + side * (i + 0.5)
abs1(k) = !is(k) ? 0 : abs(k) < 1 ? abs(k) : 1
unset tics
unset border
unset grid
do for [i = 1:cells_n] {
    row = r(i, 1); col = r(i, 2); kappa = r(i, 3)
    set object rectangle from col, names_n - 1 - row to col + 1, names_n - row \
        fc rgb (is(kappa) && kappa < 0 ? ALARM : COUNT) \
        fs transparent solid abs1(kappa) border lc rgb FRAME behind
    set label is(kappa) ? sprintf("%.2f", kappa) : "none" \
        at screen X(x(col)),Y(y(row) - (names_n <= 4 ? 9 : 0)) center \
        font FONT_PANEL @DARK
    if (names_n <= 4 && is(r(i, 4))) {
        set label "n = " . count(r(i, 4)) at screen X(x(col)),Y(y(row) + 10) \
            center font FONT_SMALL textcolor rgb NOTE
    }
}
do for [i = 0:names_n - 1] {
    set label "ABCDEF"[i + 1:i + 1] at screen X(78),Y(y(i)) right font FONT_PANEL
    set label "ABCDEF"[i + 1:i + 1] at screen X(x(i)),Y(136) center font FONT_PANEL
    set label T($names[i + 1]) at screen X(422),Y(126 + 19 * i) left \
        font FONT_SMALL @DARK
}
set label "Cohen's kappa" at screen X(92),Y(112) left font FONT_PANEL textcolor rgb INK
plot [0:names_n][0:names_n] -1 notitle

if (equal_n > 0) {
    eval panel(510, right, 130, 26 * equal_n)
    set label "Prompts decided alike" @TITLE
    eval forest("$equal", equal_n)
} else {
    eval panel(510, right, 260, 80)
    set label "Prompts decided alike" @TITLE
    eval says("$why_equal", why_equal_n)
}
eval end
