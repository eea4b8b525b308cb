/*
 * curves.h - curves of every measure over the same traces, for ROC and
 * risk-coverage (private to src/plot).
 */
#ifndef DC_PLOT_CURVES_H
#define DC_PLOT_CURVES_H

#include "plot/figure.h"
#include "replay/trace_rows.h"

/* Right by the gold label if there are any, else with the majority. */
enum dc_target dc_curves_target(const struct dc_trace_stats *s);
/* "right", "with their prompt's majority" */
const char *dc_curves_positive(enum dc_target t);
/* "wrong", "against their prompt's majority" */
const char *dc_curves_negative(enum dc_target t);

struct dc_curves {
    bool of_risk; /* else of the area under the ROC curve */
    /* Put the measure into the figure's data; its curve, an array of points
     * [x, y], comes back. x: the traces; NULL: there is no curve, NULL back. */
    json_t *(*add)(struct dc_fig *f, const struct dc_plot_src *src,
                   const struct dc_trace_measure *m,
                   const struct dc_trace_rows *x);
};

/*
 * Begin a figure: its head, and $curves of the drawing. The run's own measure
 * comes first, then the best other by its area (the least of risk); nine that
 * are nearly equal say nothing, so that the rest is grey and lies below. False,
 * and f says why, without anything to draw.
 */
bool dc_curves_begin(struct dc_fig *f, const struct dc_plot_src *src,
                     const struct dc_curves *how);

/* The measures drawn, in their order: at most DC_CURVES_MAX. */
enum { DC_CURVES_MAX = 10 };
size_t dc_curves_measures(const struct dc_plot_src *src, bool of_risk,
                          const struct dc_trace_measure *m[DC_CURVES_MAX]);
/* Has no measure a value in any trace? Then the figure says so. */
bool dc_curves_no_values(struct dc_fig *f, const struct dc_trace_stats *s);

#endif
