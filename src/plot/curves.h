/*
 * curves.h - curves of every measure over the same traces, for ROC and
 * risk-coverage (private to src/plot).
 */
#ifndef DC_PLOT_CURVES_H
#define DC_PLOT_CURVES_H

#include "plot/series.h"
#include "replay/trace_rows.h"

/* Right by the gold label if there are any, else with the majority. */
enum dc_target dc_curves_target(const struct dc_trace_stats *s);
/* "right", "with their prompt's majority" */
const char *dc_curves_positive(enum dc_target t);
/* "wrong", "against their prompt's majority" */
const char *dc_curves_negative(enum dc_target t);

/* What of a measure is drawn, and for which the best is looked for. */
struct dc_curves_of {
    enum dc_target target;
    bool of_risk;
};

/*
 * The measures drawn: the run's own, then the best other by its area (the least
 * of risk), then the rest; at most DC_CURVES_MAX.
 */
enum { DC_CURVES_MAX = 10 };
size_t dc_curves_measures(const struct dc_plot_src *src, struct dc_curves_of of,
                          size_t index[DC_CURVES_MAX]);

/* Curves in that order; a block NULL is none. Nine that are nearly equal say
 * nothing: the rest is grey, and lies below the first two. */
struct dc_curve {
    const char *block, *label;
};
void dc_curves_put(struct dc_fig *f, const struct dc_curve *c, size_t n,
                   struct dc_buf *plot);
/* Is there something to draw: a value, and traces of both kinds or, of risk,
 * of any? */
bool dc_curves_has(const struct dc_trace_measure *m, enum dc_target t,
                   bool of_risk);
/* Has no measure a value in any trace? Then the figure says so. */
bool dc_curves_no_values(struct dc_fig *f, const struct dc_trace_stats *s);
/* Says which measures are left out, if any are. */
void dc_curves_note(struct dc_fig *f, const struct dc_plot_src *src,
                    struct dc_curves_of of);

/* "mean_prob 0.612 (0.58 to 0.64)", in the arena */
const char *dc_curves_label(struct dc_fig *f, const struct dc_trace_measure *m,
                            const struct dc_boot *b);

#endif
