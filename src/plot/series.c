/*
 * series.c - a series as one gnuplot plot clause, and the colours and marks
 * that tell series apart (series.h).
 */
#include "plot/series.h"

#include "base/mem.h"

#include <string.h>

static void series_look(struct dc_buf *p, const struct dc_series *s)
{
    dc_buf_addf(p, " with %s lw %g%s lc rgb %d",
                s->point ? "linespoints" : "lines", s->thin ? 1.3 : 2.2,
                s->dashed ? " dt 2" : "", s->colour);
    if (s->point)
        dc_buf_addf(p, " pt %d ps %g pi %d", s->point, s->thin ? 0.7 : 0.9,
                    s->every ? s->every : 1);
}

static void series_title(struct dc_fig *f, struct dc_buf *p, const char *label)
{
    if (label)
        dc_buf_addf(p, " title %s",
                    dc_fig_text(f, "%s", dc_fig_short(f, 60, label)));
    else
        dc_buf_adds(p, " notitle");
}

static const char *comma_of(const struct dc_buf *p)
{
    return p->n ? ", " : "";
}

void dc_series_add(struct dc_fig *f, struct dc_buf *p,
                   const struct dc_series *s)
{
    const char *x = dc_arena_printf(&f->arena, "($1+%g)", s->shift);
    if (s->interval == DC_INTERVAL_BAND)
        dc_buf_addf(p,
                    "%s%s using %s:3:4 with filledcurves fs transparent solid "
                    "0.18 fc rgb %d notitle",
                    comma_of(p), s->block, x, s->colour);
    if (s->interval == DC_INTERVAL_BARS)
        dc_buf_addf(p,
                    "%s%s using %s:2:3:4 with yerrorbars pt 0 lw 1.2 lc rgb %d "
                    "notitle",
                    comma_of(p), s->block, x, s->colour);
    dc_buf_addf(p, "%s%s using %s:2", comma_of(p), s->block, x);
    series_look(p, s);
    series_title(f, p, s->label);
    if (s->even_open) /* cos(pi x) is 1 at even numbers */
        dc_buf_addf(p,
                    ", %s using (cos(pi * $1) > 0.9 ? $1 : NaN):2 with points "
                    "pt %d ps %g lc rgb 'white' notitle",
                    s->block, s->point, s->thin ? 0.35 : 0.5);
}

void dc_series_name(struct dc_fig *f, struct dc_buf *p,
                    const struct dc_series *s)
{
    dc_buf_addf(p, "%sNaN", comma_of(p));
    series_look(p, s);
    series_title(f, p, s->label);
}

void dc_series_key(struct dc_fig *f, double x, double y)
{
    dc_fig_cmd(f,
               "set key at screen X(%g),Y(%g) left top Left reverse samplen 2 "
               "spacing 1.5 width 0 font FONT_SMALL textcolor rgb INK",
               x, y);
}

void dc_series_draw(struct dc_fig *f, const struct dc_panel *panel,
                    const char *axes, const struct dc_series *s, size_t n)
{
    struct dc_buf plot;
    dc_buf_init(&plot, SIZE_MAX);
    for (size_t i = 0; i < n; i++)
        dc_series_add(f, &plot, &s[i]);
    dc_fig_panel(f, panel);
    dc_series_key(f, panel->x + panel->w + 16, panel->y);
    dc_fig_cmd(f, "%s", axes);
    dc_fig_cmd(f, "plot %s", plot.data);
    dc_buf_release(&plot);
}

void dc_series_decisions(struct dc_fig *f, struct dc_buf *p, const char *block,
                         const struct dc_bars *how)
{
    static const struct {
        const char *name, *colour, *low, *high; /* columns of the edges */
    } part[] = {{"refusal", "REFUSAL", "0", "$2"},
                {"undetermined", "UNDETERMINED", "$2", "$2+$3"},
                {"compliance", "COMPLIANCE", "$2+$3", "$2+$3+$4"}};
    for (size_t i = 0; i < DC_COUNT(part); i++)
        dc_buf_addf(p,
                    "%s%s using 1:2:($1+%g):($1+%g):(%g*(%s)):(%g*(%s)) with "
                    "boxxyerror fs solid 1 noborder fc rgb %s title %s",
                    comma_of(p), block, how->shift - how->half,
                    how->shift + how->half, how->unit, part[i].low, how->unit,
                    part[i].high, part[i].colour,
                    dc_fig_text(f, "%s", part[i].name));
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
        {"own-percentile", {0x661100, DC_POINT_DIAMOND}},
        {"cges", {0x6699CC, DC_POINT_SQUARE}},
        {"with an answer window", {0x555555, 1}},
        {"with another vote", {0x555555, 2}},
    };
    for (size_t i = 0; i < DC_COUNT(known); i++)
        if (!strcmp(known[i].family, family))
            return known[i].mark;
    return (struct dc_mark){0x555555, 3};
}
