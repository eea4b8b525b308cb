/*
 * forest.c - forest.h: points, bars of their intervals, and the same in digits
 * beside them.
 */
#include "plot/forest.h"

#include "results/json_stat.h"

#include <inttypes.h>
#include <stdio.h>

struct dc_forest_row dc_forest_prop(struct dc_fig *f, const struct dc_prop *p)
{
    struct dc_forest_row r = {.has = p->defined, .has_interval = p->defined};
    if (p->defined) {
        r.value = p->value;
        r.lo = p->lo;
        r.hi = p->hi;
    }
    r.counts = dc_arena_printf(&f->arena, "%s of %s", dc_fig_count(f, p->k),
                               dc_fig_count(f, p->n));
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

json_t *dc_forest_boot_json(const struct dc_boot *b)
{
    json_t *o = json_object();
    dc_json_put(o, "value", dc_json_ratio(&b->value));
    dc_json_put(o, "lo", b->defined ? json_real(b->lo) : NULL);
    dc_json_put(o, "hi", b->defined ? json_real(b->hi) : NULL);
    dc_json_put(o, "prompts", dc_json_count(b->n_clusters));
    return o;
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
        return dc_fig_text(f, "%s%s", r->why ? r->why : "no value", counts);
    if (!r->has_interval)
        return dc_fig_text(f, "%s%s", number(f, how, r->value), counts);
    if (how->has_percent)
        return dc_fig_text(f, "%s (%.1f to %.1f)%s", number(f, how, r->value),
                           100 * r->lo, 100 * r->hi, counts);
    return dc_fig_text(f, "%s (%.2f to %.2f)%s", number(f, how, r->value),
                       r->lo, r->hi, counts);
}

static void put_words(struct dc_fig *f, const struct dc_forest *how,
                      const struct dc_forest_row *row, size_t n)
{
    const struct dc_panel *p = &how->panel;
    for (size_t i = 0; i < n; i++) {
        double y = p->y + p->h * ((double)i + 0.5) / (double)n;
        dc_fig_put(f,
                   &(struct dc_spot){p->x - 10, y, "right textcolor rgb INK"},
                   dc_fig_short(f, 48, row[i].label));
        dc_fig_put(f,
                   &(struct dc_spot){p->x + p->w + 12, y,
                                     "left font FONT_SMALL textcolor rgb INK"},
                   digits(f, how, &row[i]));
    }
}

static const char *put_block(struct dc_fig *f, const struct dc_forest *how,
                             const struct dc_forest_row *row, size_t n)
{
    const char *block = dc_fig_block(f);
    double unit = how->has_percent ? 100 : 1;
    for (size_t i = 0; i < n; i++) {
        const struct dc_forest_row *r = &row[i];
        double y = (double)n - (double)i - 0.5;
        if (r->has)
            dc_fig_row(f, "%.9g %g %.9g %.9g %d %d", unit * r->value, y,
                       unit * (r->has_interval ? r->lo : r->value),
                       unit * (r->has_interval ? r->hi : r->value),
                       r->colour ? r->colour : DC_INK,
                       r->point ? r->point : DC_POINT_DISC);
    }
    dc_fig_row(f, "NaN NaN NaN NaN 0 0");
    dc_fig_block_end(f);
    return block;
}

void dc_forest_draw(struct dc_fig *f, const struct dc_forest *how,
                    const struct dc_forest_row *row, size_t n)
{
    const char *block = put_block(f, how, row, n);
    double unit = how->has_percent ? 100 : 1;
    dc_fig_panel(f, &how->panel);
    put_words(f, how, row, n);
    dc_fig_cmd(f, "unset ytics; set grid noytics; set border 1");
    dc_fig_cmd(f, "set xtics %g font FONT_SMALL", unit * how->step);
    if (how->has_percent)
        dc_fig_cmd(f, "set format x '%%g %%%%'");
    if (how->has_line)
        dc_fig_cmd(f,
                   "set arrow from first %g, graph 0 to first %g, graph 1 "
                   "nohead dt 2 lc rgb FRAME lw 1.2 back",
                   unit * how->line, unit * how->line);
    dc_fig_cmd(f,
               "plot [%g:%g][0:%zu] %s using 1:2:3:4:5 with xerrorbars pt 0 "
               "lw 1.8 lc rgb variable notitle, %s using 1:2:6:5 with points "
               "pt variable ps 0.9 lc rgb variable notitle",
               unit * how->min, unit * how->max, n, block, block);
}
