# How well each measure tells right traces from wrong ones: ROC curves.
#
# $curves: a measure each, with the area under its curve. $curves_points (index 0,
# 1, ...): the share of the wrong traces, and of the right ones, that are surer
# than a threshold, for each threshold.

BOTTOM = 114 + 400 + 46
eval begin

eval panel(84, 114, 400, 400)
set label "Area under the curve (AUROC)" at screen X(512),Y(122) left \
    font FONT_PANEL @DARK
set label "share surer, of the traces that are " . T(wrong) @BELOW
set ylabel "share surer, of the traces that are " . T(right) @DARK
eval curve_rows
eval key(504, 136)
set xtics 0.2
set ytics 0.2
set arrow from 0,0 to 1,1 nohead dt 2 lc rgb FRAME back
eval "plot [0:1][0:1] " . curves
eval end
