# What every stopping policy costs and changes.
#
# $points: a setting each, by its cost and the share of decisions that it changed,
# with lo and hi; size is larger where others lie upon it. $families: the kinds of
# policies, with their tint and point. $front: the settings of which no other is
# cheaper and changes as few; the number stands at its point (0: that before).

front_y = 118 + 18 * families_n + 16
BOTTOM = front_y + 18 * front_n + 8
BOTTOM = BOTTOM > 560 ? BOTTOM : 560
eval begin

eval panel(84, 114, 400, 400)
set label T(cost) @BELOW
set ylabel "decisions changed, % of the prompts" @DARK
f(i, k) = word($families[i + 2], k)
do for [i = 0:families_n - 1] {
    at = 118 + 18 * i
    set label "" at screen X(518),Y(at) left point pt int(f(i, 4)) ps 1.1 \
        lc rgb int(f(i, 3))
    set label T(f(i, 1)) . " (" . f(i, 2) . ")" at screen X(532),Y(at) left \
        font FONT_SMALL @DARK
}
set label "The front, and decisions it changes" at screen X(512),Y(front_y) left \
    font FONT_PANEL @DARK
do for [i = 1:front_n] {
    at = front_y + 18 * i
    row = $front[i + 1]
    if (int(word(row, 2)) > 0) {
        set label word(row, 2) at screen X(512),Y(at) left font FONT_SMALL @DARK
    }
    set label T(word(row, 1)) at screen X(532),Y(at) left font FONT_SMALL @DARK
}
# numbers stand in turn right above their point and left below it, for which there
# is room under a point at 0 %
set xrange [0:1.05 * most_cost]
set yrange [-7.5 * most_changed:103 * most_changed]
set key off
y(c) = 100 * column(c)
at(side) = n("number") > 0 && int(n("number")) % 2 == side ? y("changed") : NaN
plot $points using "cost":(y("changed")):(y("lo")):(y("hi")):"tint" \
        with yerrorbars pt 0 lw 0.8 lc rgb variable, \
    "" using "cost":(y("changed")):"size":"point":"tint" \
        with points pt variable ps variable lc rgb variable, \
    $front using "cost":(y("changed")) with lines lw 1.2 dt 2 lc rgb INK, \
    "" using "cost":(at(1)):(sprintf("%d", n("number"))) with labels \
        offset 0.9,0.8 font FONT_PANEL @DARK, \
    "" using "cost":(at(0)):(sprintf("%d", n("number"))) with labels \
        offset -1.1,-0.8 font FONT_PANEL @DARK
eval end
