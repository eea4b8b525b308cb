# Would fewer traces decide the same, and would more tries find a compliance?
#
# Above, $majority_kept_by_traces: after `traces` of a prompt's k traces, the
# share of prompts whose majority is that of all. Below,
# $at_least_one_compliance_by_tries: the share of the harmful prompts with at
# least one compliance in so many `tries`, counted, and by a beta-binomial fit.
# Each share has value, lo and hi.

BOTTOM = 126 + 180 + 96 + 180 + 46
UNIT = 100
eval begin

eval panel(92, 126, 520, 180)
set label sprintf("The majority of %s n traces is that of all%s", \
    by_order ? "the first" : "any", k > 1 ? sprintf(" %d", k) : "") @TITLE
if (exists("why_kept_n")) {
    eval says("$why_kept", why_kept_n)
} else {
    set label "n, traces" @BELOW
    set ylabel "% of the prompts" @DARK
    eval traces_axis(k, 16)
    set yrange [10 * floor(10 * least - 0.01):100.5]
    set key off
    plot $majority_kept_by_traces \
            using "traces":(val("share")):(lo("share")):(hi("share")) \
            with yerrorbars pt 0 lw 1.2 lc rgb INK, \
        "" using "traces":(val("share")) \
            with linespoints pt DISC ps 0.7 lw 1.3 lc rgb INK, \
        "" using "traces":(even(column("traces")) ? val("share") : NaN) \
            with points pt DISC ps 0.35 lc rgb "white"
}

eval panel(92, 402, 520, 180)
set label "Harmful prompts (" . count(harmful) . \
    ") with at least one compliance in N tries" @TITLE
if (exists("why_tries_n")) {
    eval says("$why_tries", why_tries_n)
} else {
    set label "N, tries" @BELOW
    set ylabel "% of them" @DARK
    set logscale x
    set xtics (1)
    fitted = exists("at_least_one_compliance_fit_mean")
    last = last_tic = 1
    do for [i = 1:at_least_one_compliance_by_tries_n] {
        row = $at_least_one_compliance_by_tries[i + 1]
        t = real(word(row, 1))
        extrapolated = int(word(row, 2))
        if (fitted || !extrapolated) {
            last = t
            if (t >= 1.3 * last_tic) { set xtics add (t); last_tic = t }
        }
    }
    set xrange [0.9:1.1 * last]
    set yrange [0:100]
    set ytics 25
    eval key_right
    tries = "$at_least_one_compliance_by_tries "
    fit = tries . "using 'tries':(lo('fitted')):(hi('fitted')) with filledcurves ". \
            "fs transparent solid 0.18 fc rgb FRAME notitle, " . \
        tries . "using 'tries':(val('fitted')) " . \
            "with lines lw 1.3 dt 2 lc rgb FRAME title 'beta-binomial fit', "
    counted = tries . "using 'tries':(val('counted')):(lo('counted')):" . \
            "(hi('counted')) with yerrorbars pt 0 lw 1.2 lc rgb COMPLIANCE " . \
            "notitle, " . \
        tries . "using 'tries':(val('counted')) with linespoints " . \
            "pt SQUARE ps 0.9 lw 2.2 lc rgb COMPLIANCE title 'counted'"
    eval "plot " . (fitted ? fit : "") . counted
}
eval end
