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
    int colour;         /* DC_BLUE, ...; 0: ink */
    int point;          /* 0: a disc */
};

struct dc_forest {
    struct dc_panel panel; /* labels stand left of it, values right of it */
    double min, max, step; /* of the axis and its tics */
    bool has_line;         /* a dashed line, such as chance */
    double line;
    bool has_percent; /* values as percentages */
};

/* row [n], from the top. */
void dc_forest_draw(struct dc_fig *f, const struct dc_forest *how,
                    const struct dc_forest_row *row, size_t n);

/* Rows of the usual kinds, without label. */
struct dc_forest_row dc_forest_prop(struct dc_fig *f, const struct dc_prop *p);
struct dc_forest_row dc_forest_ratio(const struct dc_ratio *r);
struct dc_forest_row dc_forest_boot(const struct dc_boot *b);

/* {value, lo, hi, n_prompt} for the data of a figure. */
json_t *dc_forest_boot_json(const struct dc_boot *b);

#endif
