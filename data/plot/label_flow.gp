# How the majority of the traces so far changes with each further trace: what
# early stopping could have got wrong.
#
# $after: after so many `traces`, the prompts whose majority is refusal,
# undetermined, compliance; and not_the_last, the share whose majority is not yet
# that of all their traces. $ribbons: the prompts that go from one decision (0, 1,
# 2) to another with the next trace, with the lower edges of their ribbon (from,
# into) and its height as shares of all prompts; the darker, the decision changes.

BOTTOM = 126 + 250 + 42 + 100 + 46
UNIT = 100
eval begin

eval panel(92, 126, 560, 250)
set label "Majority of the traces so far" @TITLE
set ylabel "% of the prompts" @DARK
eval key_right
set key invert
eval traces_axis(after_n, 16)
set format x ""
set grid noxtics
set samples 13
r(i, k) = real(word($ribbons[i + 1], k))
edge(i, t) = 100 * (r(i, 4) + (r(i, 5) - r(i, 4)) * t * t * (3 - 2 * t))
colour(i) = r(i, 2) == 0 ? REFUSAL : r(i, 2) == 1 ? UNDETERMINED : COMPLIANCE
strength(i) = r(i, 3) > 0 ? 0.22 : 0.6
ribbons = ", for [i = 1:ribbons_n] [0:1] '+' using (r(i, 1) + 0.16 + 0.68 * $1):" . \
    "(edge(i, $1)):(edge(i, $1) + 100 * r(i, 6)) with filledcurves " . \
    "fs transparent solid strength(i) fc rgb colour(i) notitle"
set yrange [0:100]
eval "plot " . \
    stacked("$after", "n('traces')", 0.16, 100.0 / prompts) . \
    (ribbons_n > 0 ? ribbons : "")

top = 5
column_of(s, name) = words(s[1:strstrt(s, name)])
do for [i = 1:after_n] {
    y = 100 * real(word($after[i + 1], column_of($after[1], "not_the_last.hi")))
    top = y > top ? y : top
}
eval panel(92, 418, 560, 100)
set label "Prompts whose majority is not yet that of all their traces" @TITLE
set label "traces seen" @BELOW
set ylabel "%" @DARK
set key off
eval traces_axis(after_n, 16)
set yrange [0:top]
set ytics tics(top, 4)
plot $after using "traces":(val("not_the_last")):(lo("not_the_last")): \
        (hi("not_the_last")) with yerrorbars pt 0 lw 1.2 lc rgb INK, \
    "" using "traces":(val("not_the_last")) \
        with linespoints pt DISC ps 0.7 lw 1.3 lc rgb INK, \
    "" using "traces":(even(n("traces")) ? val("not_the_last") : NaN) \
        with points pt DISC ps 0.35 lc rgb "white"
eval end
