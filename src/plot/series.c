/*
 * series.c - a series as one gnuplot plot clause, and the colours and marks
 * that tell series apart (series.h).
 */
#include "plot/series.h"

#include "base/mem.h"

void dc_series_add(struct dc_fig *f, struct dc_buf *p,
                   const struct dc_series *s)
{
    const char *comma = p->n ? ", " : "";
    if (s->interval == DC_INTERVAL_BAND) {
        dc_buf_addf(p,
                    "%s%s using 1:3:4 with filledcurves fs transparent solid "
                    "0.18 fc rgb %d notitle",
                    comma, s->block, s->colour);
        comma = ", ";
    }
    if (s->interval == DC_INTERVAL_BARS) {
        dc_buf_addf(p,
                    "%s%s using 1:2:3:4 with yerrorbars pt 0 lw 1.2 lc rgb %d "
                    "notitle",
                    comma, s->block, s->colour);
        comma = ", ";
    }
    dc_buf_addf(p, "%s%s using 1:2 with %s lw %g lc rgb %d", comma, s->block,
                s->point ? "linespoints" : "lines", s->thin ? 1.3 : 2.2,
                s->colour);
    if (s->point)
        dc_buf_addf(p, " pt %d ps %g pi %d", s->point, s->thin ? 0.7 : 0.9,
                    s->every ? s->every : 1);
    dc_buf_addf(p, " title %s", dc_fig_short(f, 60, s->label));
}

void dc_series_key(struct dc_fig *f, double x, double y)
{
    dc_fig_cmd(f,
               "set key at screen X(%g),Y(%g) left top Left reverse samplen 2 "
               "spacing 1.5 width 0 font FONT_SMALL textcolor rgb INK",
               x, y);
}

int dc_series_colour(size_t i)
{
    static const int colour[] = {DC_BLUE,   DC_VERMILLION, DC_GREEN, DC_PURPLE,
                                 DC_ORANGE, DC_SKY,        DC_INK,   DC_GREY};
    return colour[i % DC_COUNT(colour)];
}

int dc_series_point(size_t i)
{
    static const int point[] = {DC_POINT_DISC,
                                DC_POINT_SQUARE,
                                DC_POINT_UP,
                                DC_POINT_DOWN,
                                DC_POINT_DIAMOND,
                                6,
                                4,
                                8,
                                10,
                                12};
    return point[i % DC_COUNT(point)];
}
