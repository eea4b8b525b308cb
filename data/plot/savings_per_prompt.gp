# How many traces prompts needed, and what not drawing the others saved.
#
# Above, $bars: prompts that ended after traces_from to traces_to traces (`bin` of
# them a bar, up to k), by decision. Below, $saved: the shares of traces, tokens
# and seconds.

BOTTOM = 126 + 230 + 82 + 3 * 26 + 24
eval begin

most = 1
do for [i = 1:bars_n] {
    n = word($bars[i + 1], 3) + word($bars[i + 1], 4) + word($bars[i + 1], 5)
    most = n > most ? n : most
}
eval panel(84, 126, 560, 230)
set label "Traces of a prompt until its decision" @TITLE
set label "traces" @BELOW
set ylabel "prompts" @DARK
eval key_right
set key invert
eval traces_axis(k, 20)
set yrange [0:1.08 * most]
set ytics whole_tics(most, 6)
eval "plot " . stacked("$bars", "(n('traces_from') + 0.5 * (bin - 1))", \
    0.4 * bin, 1)

UNIT = 100
eval panel(104, 438, 420, 3 * 26)
set label replayed ? "Saved against all traces, had the run stopped so" : \
    "Saved against all traces (tokens and seconds estimated)" @TITLE
eval forest("$saved", saved_n)
eval end
