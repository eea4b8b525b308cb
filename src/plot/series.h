/*
 * series.h - lines over an axis with their intervals, and bars of decisions
 * (private to src/plot).
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
    double shift;      /* to the right, in units of the axis */
    enum dc_interval interval;
    bool thin, dashed;
    bool
        even_open; /* points at even x are open: a majority can be tied there */
};

/* What stands behind "plot": series by series into p. */
void dc_series_add(struct dc_fig *f, struct dc_buf *p,
                   const struct dc_series *s);

/* Where the key stands, from its top left corner. */
void dc_series_key(struct dc_fig *f, double x, double y);

/* In the key alone, where it would stand elsewhere than it is drawn. */
void dc_series_name(struct dc_fig *f, struct dc_buf *p,
                    const struct dc_series *s);

/* A panel of series [n] with their key on its right; axes: commands of ranges
 * and tics. */
void dc_series_draw(struct dc_fig *f, const struct dc_panel *panel,
                    const char *axes, const struct dc_series *s, size_t n);

/*
 * Bars of decisions upon each other, with their names for the key: a row of the
 * block is x, refusals, undetermined, compliances.
 */
struct dc_bars {
    double shift, half; /* to the right, and half a bar's width */
    double unit;        /* of a count on the axis */
};
void dc_series_decisions(struct dc_fig *f, struct dc_buf *p, const char *block,
                         const struct dc_bars *how);

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
