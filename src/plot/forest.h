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
    int colour;         /* DC_REFUSAL, ...; 0: ink */
    int point;          /* 0: a disc */
    bool has_mark;      /* a second, small value on the line */
    double mark;
};

/* Values from 0 to 1. Labels stand left of the axes, values right of them. */
struct dc_forest {
    double x, y, w;    /* pixels of the axes; x and w 0: in the usual place */
    double line;       /* pixels for a row; 0: the usual */
    const char *title; /* NULL: none */
    double title_x;    /* 0: above the axes */
    bool has_percent;  /* values as percentages */
    const struct dc_prop *all; /* NULL, or a dashed line at its value */
    bool has_coin;             /* a dashed line at one half */
};

/* row [n], from the top. The last pixel of it, with the axis, comes back. */
double dc_forest_draw(struct dc_fig *f, const struct dc_forest *how,
                      const struct dc_forest_row *row, size_t n);

/* Rows of the usual kinds, without label. */
struct dc_forest_row dc_forest_prop(struct dc_fig *f, const struct dc_prop *p);
struct dc_forest_row dc_forest_ratio(const struct dc_ratio *r);
struct dc_forest_row dc_forest_boot(const struct dc_boot *b);

/* What to say of an interval that resamples prompts: "", or that there are too
 * few of them. */
const char *dc_forest_few(const struct dc_boot *b);

#endif
