# If only the surest traces were kept, how many of them would be wrong?
#
# $curves: a measure each, with its mean risk (AURC). $curves_points (index 0, 1,
# ...): the share of traces kept, and the share of them that is wrong. $band: the
# interval of the first curve, by share kept. risk_of_all: the risk of all traces.

BOTTOM = 114 + 370 + 46
UNIT = 100
eval begin

eval panel(84, 114, 460, 370)
set label "Mean risk (AURC, lower is better)" at screen X(572),Y(122) left \
    font FONT_PANEL @DARK
set label "coverage: % of the traces kept, the surest" @BELOW
set ylabel "risk: % of them that are " . T(wrong) @DARK
eval curve_rows
eval key(564, 136)
eval across(100 * risk_of_all)
set yrange [0:*]
set xtics 20
set samples 100
band = exists("band_n") && band_n > 0 ? "$band using (100 * $1):(100 * $2):" . \
    "(100 * $3) with filledcurves fs transparent solid 0.12 fc rgb INK notitle, " : ""
perfect(c) = c > 100 * (1 - risk_of_all) ? c - 100 * (1 - risk_of_all) : 0
eval "plot [0:100] " . band . curves . ", [1:100] '+' using " . \
    "1:(100 * perfect($1) / $1) with lines dt 3 lw 1.4 lc rgb FRAME " . \
    "title 'a perfect order'"
eval end
