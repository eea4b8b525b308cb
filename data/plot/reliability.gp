# Can a measure be read as a probability?
#
# $bins, of equal width around `middle`: what their traces `claimed` on the mean,
# and the share of them that was `observed` to be right, with its interval and n.
# $scores: gaps between both over all bins.

BOTTOM = 436 + 84 + 46
eval begin

eval panel(84, 114, 400, 300)
set ylabel T(observed) @DARK
set xtics 0.2
set ytics 0.2
set format x ""
set key off
set arrow from 0,0 to 1,1 nohead dt 2 lc rgb FRAME back
plot [0:1][0:1] $bins \
        using "claimed":(n("claimed")):(0):(val("observed") - n("claimed")) \
        with vectors nohead lw 3 lc rgb ALARM, \
    "" using "claimed":(val("observed")):(lo("observed")):(hi("observed")) \
        with yerrorbars pt 0 lw 1.6 lc rgb INK, \
    "" using "claimed":(val("observed")) \
        with linespoints pt DISC ps 1 lw 1.4 lc rgb INK

most = 1
do for [i = 1:bins_n] {
    k = int(word($bins[i + 1], words($bins[1][1:strstrt($bins[1], "observed.n")])))
    most = k > most ? k : most
}
eval panel(84, 436, 400, 84)
set label T(claimed) @BELOW
set ylabel "traces" @DARK
set xtics 0.2
set boxwidth 0.9 / bins_n
set yrange [0:*]
set ytics tics(most, 4) font FONT_SMALL
set key off
plot [0:1] $bins using "middle":"observed.n" with boxes fc rgb COUNT

eval panel(626, 134, 110, 35 * scores_n)
set label "Gaps between both" @TITLE
eval forest("$scores", scores_n)
eval end
