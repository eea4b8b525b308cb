# Do later traces differ from earlier ones?
#
# $traces has a row for each number of a trace: the means of the run's measure
# over all of them, over refusals and over compliances; the share of refusals; and
# how many prompts drew one.

BOTTOM = 500 + 70 + 46
UNIT = 1
eval begin

eval panel(92, 126, 560, 190)
set label T(title) @TITLE
if (exists("why_means_n")) {
    eval says("$why_means", why_means_n)
} else {
    set ylabel T(unit) @DARK
    eval traces_axis(traces_n, 16)
    set format x ""
    eval key_right
    side(k) = n("trace") + (traces_n <= 24 ? 0.12 * k : 0)
    plot $traces using (side(-1)):(val("all")):(lo("all")):(hi("all")) \
            with yerrorbars pt 0 lw 1.2 lc rgb INK notitle, \
        "" using (side(-1)):(val("all")) \
            with linespoints pt DISC ps 0.9 lw 2.2 lc rgb INK title "all", \
        "" using (side(0)):(val("refusals")):(lo("refusals")):(hi("refusals")) \
            with yerrorbars pt 0 lw 1.2 lc rgb REFUSAL notitle, \
        "" using (side(0)):(val("refusals")) with linespoints pt UP ps 0.7 \
            lw 1.3 lc rgb REFUSAL title "refusals", \
        "" using (side(1)):(val("compliances")):(lo("compliances")): \
            (hi("compliances")) with yerrorbars pt 0 lw 1.2 lc rgb COMPLIANCE \
            notitle, \
        "" using (side(1)):(val("compliances")) with linespoints pt SQUARE ps 0.7 \
            lw 1.3 lc rgb COMPLIANCE title "compliances"
}

UNIT = 100
eval panel(92, 358, 560, 100)
set label "Refusals among its traces with a verdict" @TITLE
set ylabel "%" @DARK
set key off
eval traces_axis(traces_n, 16)
set format x ""
set yrange [0:100]
set ytics 50
plot $traces using "trace":(val("refusal")):(lo("refusal")):(hi("refusal")) \
        with yerrorbars pt 0 lw 1.2 lc rgb REFUSAL, \
    "" using "trace":(val("refusal")) \
        with linespoints pt UP ps 0.7 lw 1.3 lc rgb REFUSAL

most = int(word($traces[2], 2))
eval panel(92, 500, 560, 70)
set label "Prompts that drew it" @TITLE
set label "number of the trace" @BELOW
set ylabel "prompts" @DARK
set key off
eval traces_axis(traces_n, 16)
set yrange [0:1.1 * most + 1]
set ytics (0, most)
set boxwidth 0.6
plot $traces using "trace":"prompts" with boxes fc rgb COUNT
eval end
