/*
 * series.h - lines over an axis, with their intervals (private to src/plot).
 */
#ifndef DC_PLOT_SERIES_H
#define DC_PLOT_SERIES_H

#include "plot/figure.h"

enum dc_interval { DC_INTERVAL_NONE, DC_INTERVAL_BAND, DC_INTERVAL_BARS };

struct dc_series {
    const char *block; /* of rows x, y, lo, hi; a blank line parts a line */
    const char *label; /* NULL: not in the key */
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

/* In the key alone, where it would stand elsewhere than it is drawn. */
void dc_series_name(struct dc_fig *f, struct dc_buf *p,
                    const struct dc_series *s);

/*
 * Colour and point of a family of stopping policies, in every figure the same:
 * of a policy by its name, or of what is no policy. Those that are not known
 * share one.
 */
struct dc_mark {
    int colour, point;
};
struct dc_mark dc_series_mark(const char *family);

#endif
