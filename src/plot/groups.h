/*
 * groups.h - how the run's measure is spread over groups of traces (private to
 * src/plot): outlines of histograms above, boxes and means below.
 */
#ifndef DC_PLOT_GROUPS_H
#define DC_PLOT_GROUPS_H

#include "plot/figure.h"
#include "replay/trace_rows.h"
#include "replay/trace_values.h"

struct dc_groups_look {
    const char *key;   /* in the data */
    const char *label; /* in the picture */
};

struct dc_groups {
    struct dc_groups_look look[DC_VALUES_GROUPS];
    bool labelled; /* traces without a gold label are in no group */
    /* Which group a row is in; false: in none. */
    bool (*group_of)(const struct dc_trace_measure *m,
                     const struct dc_trace_row_of *row, uint8_t *group);
    struct dc_values values; /* n_group and has_cut: a line at the cut of the
                                measure's categories; the rest is found */
    /* found by dc_groups_begin() */
    const struct dc_trace_measure *measure;
    double level; /* of the intervals */
};

/*
 * Begin a figure of the run's own measure: its head, and "confidence" in its
 * data. False without statistics of traces, and then f says why; f->empty is
 * set also if no trace has a value.
 */
bool dc_groups_begin(struct dc_groups *g, const struct dc_plot_src *src,
                     struct dc_fig *f);
/* What data/plot/groups.gp draws of them. */
void dc_groups_put(struct dc_fig *f, const struct dc_groups *g);

#endif
