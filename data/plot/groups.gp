# How the run's measure is spread over groups of traces.
#
# $outlines: for each `group` that has traces, the corners of its histogram, as
# shares of its traces ($outlines_corners, index 0, 1, ...). $boxes: all groups,
# with quantiles, p5 to p95; $confidence_groups: how many traces and prompts they
# have, and the mean with its interval. $rows, where a figure has it: a value for
# each group, under rows_title. cut_at: a dashed line, or NaN. tint(i) and point(i)
# of the groups, and UNIT of $rows, are set above.

low_y = 324 + 36 * boxes_n + 48
has_rows = exists("rows_n")
BOTTOM = low_y + (has_rows ? 36 + 26 * rows_n + 24 : 0)
eval begin
room = 0.02 * (confidence_bins_to - confidence_bins_from)
axis = "set xrange [confidence_bins_from - room:confidence_bins_to + room]; " . \
    (is(cut_at) ? upright(cut_at) : "")

eval panel(192, 112, 430, 190)
set ylabel "% of the group's traces" textcolor rgb INK
eval axis
set format x ""
set yrange [0:*]
eval key(626, 112)
group(j) = int(word($outlines[j + 2], 1))
plot for [j = 0:outlines_n - 1] $outlines_corners index j using 1:(100 * $2) \
        with filledcurves y=0 fs transparent solid 0.13 fc rgb tint(group(j)) \
        notitle, \
    for [j = 0:outlines_n - 1] $outlines_corners index j using 1:(100 * $2) \
        with linespoints lw 1.8 pt point(group(j)) ps 0.8 pi 7 + j \
        lc rgb tint(group(j)) title T(word($outlines[j + 2], 2))

eval panel(192, 324, 430, 36 * boxes_n)
set label T(measure) @BELOW
eval axis
unset ytics
set border 1
set yrange [0:boxes_n]
set key off
g(i, name) = real(word($confidence_groups[i + 2], \
    words($confidence_groups[1][1:strstrt($confidence_groups[1], name)])))
plural(n) = n == 1 ? "" : "s"
mean(v, lo, hi) = !is(v) ? "no mean" : sprintf("mean %.4g", v) . \
    (is(lo) ? sprintf(" (%.4g to %.4g)", lo, hi) : "")
do for [i = 0:boxes_n - 1] {
    at = 342 + 36 * i
    set label T(word($boxes[i + 2], 1)) at screen X(182),Y(at) right @DARK
    set label "n = " . count(g(i, "traces")) . " in " . count(g(i, "prompts")) . \
        " prompt" . plural(g(i, "prompts")) at screen X(634),Y(at - 8) left \
        font FONT_SMALL @DARK
    set label mean(g(i, "mean.value"), g(i, "mean.lo"), g(i, "mean.hi")) \
        at screen X(634),Y(at + 8) left font FONT_SMALL @DARK
}
y(d) = boxes_n - $0 - 0.5 + d
plot $boxes using "p50":(y(0)):"p5":"p95":(tint($0)) \
        with xerrorbars pt 0 lw 1.3 lc rgb variable, \
    "" using "p50":(y(0)):"p25":"p75":(y(-0.24)):(y(0.24)) \
        with boxxyerror fs solid 1 border lc rgb FRAME fc rgb "white", \
    "" using "p50":(y(-0.24)):(0):(0.48):(tint($0)) \
        with vectors nohead lw 3 lc rgb variable, \
    $confidence_groups using "mean.value":(y(0)):(tint($0)) \
        with points pt DIAMOND ps 0.8 lc rgb variable

if (has_rows) {
    eval panel(192, low_y + 36, 310, 26 * rows_n)
    set label rows_title @TITLE
    if (rows_coin) { eval upright(UNIT / 2.0) }
    tint(i) = rows_tint(i)
    point(i) = DISC
    eval forest("$rows", rows_n)
}
eval end
