/*
 * series.h - lines over an axis, with their intervals (private to src/plot).
 */
#ifndef DC_PLOT_SERIES_H
#define DC_PLOT_SERIES_H

#include "plot/figure.h"

enum dc_interval { DC_INTERVAL_NONE, DC_INTERVAL_BAND, DC_INTERVAL_BARS };

struct dc_series {
    const char *block; /* of rows x, y, lo, hi; a blank line parts a line */
    const char *label;
    int colour, point; /* point 0: none */
    int every;         /* a point at each such row; 0: at all */
    enum dc_interval interval;
    bool thin;
};

/* What stands behind "plot": series by series into p. */
void dc_series_add(struct dc_fig *f, struct dc_buf *p,
                   const struct dc_series *s);

/* Where the key stands, from its top left corner. */
void dc_series_key(struct dc_fig *f, double x, double y);

/* Colours and points to tell many series apart: number i of them. */
int dc_series_colour(size_t i);
int dc_series_point(size_t i);

#endif
