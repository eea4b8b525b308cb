/*
 * forest.h - values with their intervals, one a line (private to src/plot).
 */
#ifndef DC_PLOT_FOREST_H
#define DC_PLOT_FOREST_H

#include "plot/figure.h"

struct dc_forest_row {
    const char *label;
    bool has, has_interval;
    double value, lo, hi;
    const char *why;    /* !has: what stands there instead; NULL: "no value" */
    const char *counts; /* behind the value, "54 of 362"; NULL */
    bool has_mark;      /* a second, small value on the line */
    double mark;
};

/* Rows of the usual kinds, without label. */
struct dc_forest_row dc_forest_prop(struct dc_fig *f, const struct dc_prop *p);
struct dc_forest_row dc_forest_ratio(const struct dc_ratio *r);
struct dc_forest_row dc_forest_boot(const struct dc_boot *b);

/* Rows [n] as the table `name` of the drawing (forest() in data/plot/style.gp),
 * their labels cut to so many columns. */
void dc_forest_put(struct dc_fig *f, const char *name, size_t cols,
                   const struct dc_forest_row *row, size_t n);

/* What to say of an interval that resamples prompts: "", or that there are too
 * few of them. */
const char *dc_forest_few(const struct dc_boot *b);

#endif
