/*
 * forest.c - forest.h: points, bars of their intervals, and the same in digits
 * beside them.
 */
#include "plot/forest.h"

enum { FOREST_X = 192, FOREST_W = 310, FOREST_LINE = 26, FOREST_AXIS = 24 };

/* Pixels of a letter, a little more than most take. */
#define FOREST_COLUMN 8.8

struct dc_forest_row dc_forest_prop(struct dc_fig *f, const struct dc_prop *p)
{
    struct dc_forest_row r = {.has = p->defined, .has_interval = p->defined};
    if (p->defined) {
        r.value = p->value;
        r.lo = p->lo;
        r.hi = p->hi;
    }
    r.counts = dc_fig_of(f, p->k, p->n);
    return r;
}

struct dc_forest_row dc_forest_ratio(const struct dc_ratio *r)
{
    return (struct dc_forest_row){.has = r->defined, .value = r->value};
}

struct dc_forest_row dc_forest_boot(const struct dc_boot *b)
{
    struct dc_forest_row r = {.has = b->value.defined,
                              .has_interval = b->defined,
                              .value = b->value.value};
    if (b->defined) {
        r.lo = b->lo;
        r.hi = b->hi;
    }
    return r;
}

const char *dc_forest_few(const struct dc_boot *b)
{
    return b->few && !b->defined ? "; here there are too few for one" : "";
}

static const char *number(struct dc_fig *f, const struct dc_forest *how,
                          double x)
{
    if (how->has_percent)
        return dc_arena_printf(&f->arena, "%.1f %%", 100 * x);
    return dc_arena_printf(&f->arena, "%.3f", x);
}

static const char *digits(struct dc_fig *f, const struct dc_forest *how,
                          const struct dc_forest_row *r)
{
    const char *counts =
        r->counts ? dc_arena_printf(&f->arena, ", %s", r->counts) : "";
    if (!r->has)
        return dc_arena_printf(&f->arena, "%s%s", r->why ? r->why : "no value",
                               counts);
    if (!r->has_interval)
        return dc_arena_printf(&f->arena, "%s%s", number(f, how, r->value),
                               counts);
    if (how->has_percent)
        return dc_arena_printf(&f->arena, "%s (%.1f to %.1f)%s",
                               number(f, how, r->value), 100 * r->lo,
                               100 * r->hi, counts);
    return dc_arena_printf(&f->arena, "%s (%.2f to %.2f)%s",
                           number(f, how, r->value), r->lo, r->hi, counts);
}

/* Where and how large the axes are. */
static struct dc_panel axes_of(const struct dc_forest *how, size_t n)
{
    return (struct dc_panel){.x = how->x > 0 ? how->x : FOREST_X,
                             .y = how->y,
                             .w = how->w > 0 ? how->w : FOREST_W,
                             .h = (how->line > 0 ? how->line : FOREST_LINE) *
                                  (double)n,
                             .title = how->title,
                             .title_x = how->title_x};
}

static const char *put_rows(struct dc_fig *f, const struct dc_forest *how,
                            const struct dc_forest_row *row, size_t n)
{
    const char *block = dc_fig_block(f);
    double unit = how->has_percent ? 100 : 1;
    for (size_t i = 0; i < n; i++) {
        const struct dc_forest_row *r = &row[i];
        if (!r->has)
            continue;
        dc_fig_row(f, "%.9g %g %.9g %.9g %d %d %.9g", unit * r->value,
                   (double)n - (double)i - 0.5,
                   unit * (r->has_interval ? r->lo : r->value),
                   unit * (r->has_interval ? r->hi : r->value),
                   r->colour ? r->colour : DC_INK,
                   r->point ? r->point : DC_POINT_DISC,
                   r->has_mark ? unit * r->mark : -unit);
    }
    dc_fig_row(f, "NaN NaN NaN NaN 0 0 NaN");
    dc_fig_block_end(f);
    return block;
}

double dc_forest_draw(struct dc_fig *f, const struct dc_forest *how,
                      const struct dc_forest_row *row, size_t n)
{
    const struct dc_panel p = axes_of(how, n);
    const char *block = put_rows(f, how, row, n);
    double unit = how->has_percent ? 100 : 1;
    dc_fig_panel(f, &p);
    for (size_t i = 0; i < n; i++) {
        double y = p.y + p.h * ((double)i + 0.5) / (double)n;
        dc_fig_label(f, p.x - 10, y, DC_FIG_RIGHT,
                     dc_fig_short(f, (size_t)((p.x - 14) / FOREST_COLUMN),
                                  row[i].label));
        dc_fig_label(f, p.x + p.w + 12, y, DC_FIG_SMALL,
                     digits(f, how, &row[i]));
    }
    dc_fig_cmd(f, "unset ytics; set grid noytics; set border 1");
    dc_fig_cmd(f, "set xtics %g font FONT_SMALL",
               unit * (p.w < 200 ? 0.5 : 0.25));
    if (how->has_percent)
        dc_fig_cmd(f, "set format x '%%g %%%%'");
    if (how->has_coin)
        dc_fig_line_at_x(f, unit / 2);
    if (how->all && how->all->defined)
        dc_fig_line_at_x(f, unit * how->all->value);
    dc_fig_cmd(f,
               "plot [0:%g][0:%zu] %s using 1:2:3:4:5 with xerrorbars pt 0 "
               "lw 1.8 lc rgb variable notitle, %s using 1:2:6:5 with points "
               "pt variable ps 0.9 lc rgb variable notitle, %s using 7:2 with "
               "points pt 13 ps 0.8 lc rgb INK notitle",
               unit, n, block, block, block);
    return p.y + p.h + FOREST_AXIS;
}
