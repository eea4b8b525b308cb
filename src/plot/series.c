/*
 * series.c - a series as one gnuplot plot clause, and the colours and marks
 * that tell series apart (series.h).
 */
#include "plot/series.h"

#include "base/mem.h"

#include <string.h>

static void series_look(struct dc_buf *p, const struct dc_series *s)
{
    dc_buf_addf(p, " with %s lw %g lc rgb %d",
                s->point ? "linespoints" : "lines", s->thin ? 1.3 : 2.2,
                s->colour);
    if (s->point)
        dc_buf_addf(p, " pt %d ps %g pi %d", s->point, s->thin ? 0.7 : 0.9,
                    s->every ? s->every : 1);
}

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
    dc_buf_addf(p, "%s%s using 1:2", comma, s->block);
    series_look(p, s);
    if (s->label)
        dc_buf_addf(p, " title %s", dc_fig_short(f, 60, s->label));
    else
        dc_buf_adds(p, " notitle");
}

void dc_series_name(struct dc_fig *f, struct dc_buf *p,
                    const struct dc_series *s)
{
    dc_buf_addf(p, "%s NaN", p->n ? "," : "");
    series_look(p, s);
    dc_buf_addf(p, " title %s", dc_fig_short(f, 60, s->label));
}

void dc_series_key(struct dc_fig *f, double x, double y)
{
    dc_fig_cmd(f,
               "set key at screen X(%g),Y(%g) left top Left reverse samplen 2 "
               "spacing 1.5 width 0 font FONT_SMALL textcolor rgb INK",
               x, y);
}

/* Colours: Paul Tol's "muted", apart from those that mean something. */
struct dc_mark dc_series_mark(const char *family)
{
    static const struct {
        const char *family;
        struct dc_mark mark;
    } known[] = {
        {"fixed", {DC_INK, DC_POINT_SQUARE}},
        {"curtail", {0x332288, DC_POINT_DISC}},
        {"unanimous", {0x117733, DC_POINT_UP}},
        {"hypergeometric", {0x882255, DC_POINT_DOWN}},
        {"adaptive-consistency", {0xDDAA33, DC_POINT_DIAMOND}},
        {"sprt", {0x44AA99, DC_POINT_SQUARE}},
        {"e-process", {0xAA4499, DC_POINT_DISC}},
        {"confidence-percentile", {0x88CCEE, DC_POINT_DISC}},
        {"deepconf", {0xCC6677, DC_POINT_UP}},
        {"esc", {0x999933, DC_POINT_DOWN}},
        {"with an answer window", {0x555555, 1}},
        {"with another vote", {0x555555, 2}},
    };
    for (size_t i = 0; i < DC_COUNT(known); i++)
        if (!strcmp(known[i].family, family))
            return known[i].mark;
    return (struct dc_mark){0x555555, 3};
}
