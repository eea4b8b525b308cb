# What the policy confidence-percentile(q) scores and saves at each percentile q,
# beside the majority over all traces.
#
# $points: a row each `percentile`, with rates (value, lo, hi) and what was saved;
# $all_k: the same of all traces, in one row or none. has_NAME: is NAME known?

saves = has_traces_saved || has_tokens_saved
BOTTOM = saves ? 416 + 120 + 46 : 416 - 28
UNIT = 100
eval begin

column_of(s, name) = words(s[1:strstrt(s, name)])
q(i) = real(word($points[i + 1], column_of($points[1], "percentile")))
percentiles = "set xrange [q(1) - 5:110]; set xtics (); " . \
    "do for [i = 1:points_n] { set xtics add (sprintf('%g', q(i)) q(i)) }; " . \
    "if (all_k_n > 0) { set xtics add ('all traces' 105) }; set yrange [0:100]"

# the rates of a table, drawn dx beside their place so that bars don't cover each
# other; named in the key of the first table only
named(name, has, t) = !t ? "notitle" : \
    sprintf("title '%s%s'", name, has ? "" : ": no value")
line(D, x, dx, y, colour, point, title) = sprintf("%s using (%s + %g):(%s) " . \
    "with linespoints pt %s ps 0.7 lw 1.3 lc rgb %s %s", D, x, dx, y, point, \
    colour, title)
rate(D, x, dx, c, colour, point, title) = sprintf("%s using (%s + %g):" . \
    "(val('%s')):(lo('%s')):(hi('%s')) with yerrorbars pt 0 lw 1.2 lc rgb %s " . \
    "notitle, ", D, x, dx, c, c, c, colour) . \
    line(D, x, dx, "val('" . c . "')", colour, point, title)
rates(D, x, t) = \
    rate(D, x, -1.6, "sensitivity", "REFUSAL", "DISC", \
        named("sensitivity", has_sensitivity, t)) . ", " . \
    rate(D, x, -0.8, "specificity", "COMPLIANCE", "SQUARE", \
        named("specificity", has_specificity, t)) . ", " . \
    rate(D, x, 0, "precision", "FRAME", "UP", \
        named("precision", has_precision, t)) . ", " . \
    rate(D, x, 0.8, "accuracy", "INK", "DOWN", \
        named("accuracy", has_accuracy, t)) . ", " . \
    line(D, x, 1.6, "100 * column('f1')", "REST", "DIAMOND", \
        named("F1", has_f1, t))

eval panel(84, 126, 560, 230)
set label "Against the gold labels" @TITLE
if (exists("why_rates_n")) {
    eval says("$why_rates", why_rates_n)
} else {
    set ylabel "rate, %" @DARK
    eval percentiles
    set ytics 20
    eval key_right
    eval "plot " . rates("$points", "n('percentile')", 1) . \
        (all_k_n > 0 ? ", " . rates("$all_k", "105", 0) : "")
}

if (saves) {
    eval panel(84, 416, 560, 120)
    set label "Saved against all traces" @TITLE
    set label "percentile q: a prompt ends at the first trace above " . \
        "the q-th of calibration traces" @BELOW
    set ylabel "saved, %" @DARK
    eval percentiles
    set ytics 25
    eval key_right
    # both are often alike: the thin line lies over the thick one
    traces = "$points using 'percentile':(100 * n('traces_saved')) with " . \
        "linespoints pt SQUARE ps 0.9 lw 2.2 lc rgb REST title 'traces saved'"
    tokens = "$points using 'percentile':(100 * n('tokens_saved')) with " . \
        "linespoints pt DISC ps 0.7 lw 1.3 lc rgb INK title 'tokens saved'"
    eval "plot " . (has_traces_saved ? traces : "") . \
        (has_traces_saved && has_tokens_saved ? ", " : "") . \
        (has_tokens_saved ? tokens : "")
}
eval end
