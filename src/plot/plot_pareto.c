/*
 * plot_pareto.c - what every stopping policy costs and changes: tokens against
 * decisions that are not those of all K traces.
 *
 * A row is on the front if no other is cheaper and changes as few; those are
 * numbered and named.
 */
#include "base/mem.h"
#include "base/plural.h"
#include "plot/series.h"
#include "results/json_stat.h"
#include "results/sweep_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEFT = 84, WIDTH = 400, TOP = DC_FIG_TOP + 14, HEIGHT = 400 };
enum { LINE = 18 };       /* of the lists on the right */
enum { FRONT_COLS = 47 }; /* of a name on the front and its counts */
enum { MAX_FAMILIES = 24, MAX_NAMED = 20, RIGHT_X = LEFT + WIDTH + 28 };

/* Of the range: room for a number under a point at 0 %, above the axis. */
#define BELOW 0.075

/* Rows that are one kind: a policy by itself, or with another vote or an
 * answer window. */
struct family {
    const char *name;
    size_t n;
};

struct front {
    const struct dc_sweep *s;
    size_t *order; /* [n_row] cheapest first */
    size_t n;      /* with figures */
    struct family family[MAX_FAMILIES];
    size_t n_family;
};

static const char *family_name(const struct dc_sweep_row *r)
{
    if (r->setting.has_window)
        return "with an answer window";
    if (!r->setting.vote.row->by_tally)
        return "with another vote";
    return r->setting.policy.row->name;
}

static size_t family_of(const struct front *p, const struct dc_sweep_row *r)
{
    for (size_t i = 0; i < p->n_family; i++)
        if (!strcmp(p->family[i].name, family_name(r)))
            return i;
    return p->n_family;
}

static void gather(const struct dc_sweep *s, struct front *p)
{
    *p = (struct front){.s = s};
    p->order = dc_xcalloc(s->n_row + 1, sizeof *p->order);
    dc_sweep_sort(s, p->order);
    for (size_t i = 0; i < s->n_row; i++)
        p->n += s->row[i].n_missing == 0;
    for (size_t i = 0; i < s->n_row; i++) {
        size_t k = family_of(p, &s->row[i]);
        if (s->row[i].n_missing > 0 || k == MAX_FAMILIES)
            continue;
        if (k == p->n_family)
            p->family[p->n_family++] =
                (struct family){family_name(&s->row[i]), 0};
        p->family[k].n++;
    }
}

/* Is the cost given as % of that of all K traces? */
static bool is_share(const struct dc_sweep *s)
{
    return s->has_full_cost && (s->has_count ? s->full_tok : s->full_trace) > 0;
}

/* Tokens, or traces where tokens are not known: a prompt, or % of all K. */
static double cost(const struct dc_sweep *s, const struct dc_sweep_row *r)
{
    uint64_t full = s->has_count ? s->full_tok : s->full_trace;
    double x = (double)dc_sweep_cost(s, r);
    return is_share(s) ? 100 * x / (double)full : x / (double)r->n;
}

static void put_data(struct dc_fig *f, const struct front *p)
{
    json_t *rows = json_array();
    for (size_t i = 0; i < p->n; i++) {
        const struct dc_sweep_row *r = &p->s->row[p->order[i]];
        json_t *o = json_object();
        dc_json_put(o, "setting", json_string(r->text));
        dc_json_put(o, "traces", json_real((double)r->n_trace / (double)r->n));
        dc_json_put(o, "tokens",
                    p->s->has_count ? json_real((double)r->n_tok / (double)r->n)
                                    : NULL);
        dc_json_put(o, "changed", dc_json_prop(&r->changed));
        dc_json_put(o, "pareto", json_boolean(r->on_front));
        json_array_append_new(rows, o);
    }
    dc_json_put(f->data, "rows", rows);
}

/* Is it at the point of another? */
static bool is_same_point(const struct front *p, const struct dc_sweep_row *a,
                          const struct dc_sweep_row *b)
{
    return a && dc_sweep_cost(p->s, a) == dc_sweep_cost(p->s, b) &&
           a->changed.k == b->changed.k;
}

/* Larger for each family whose mark is drawn over it later. */
static double mark_size(const struct front *p, const struct dc_sweep_row *r,
                        size_t family)
{
    bool later[MAX_FAMILIES] = {false};
    double size = 1.1;
    for (size_t i = 0; i < p->n; i++) {
        const struct dc_sweep_row *x = &p->s->row[p->order[i]];
        size_t k = family_of(p, x);
        if (k > family && k < p->n_family && !later[k] &&
            is_same_point(p, x, r)) {
            later[k] = true;
            size += 0.6;
        }
    }
    return size < 3.5 ? size : 3.5;
}

static const char *put_family(struct dc_fig *f, const struct front *p,
                              size_t family)
{
    const char *block = dc_fig_block(f);
    for (size_t i = 0; i < p->n; i++) {
        const struct dc_sweep_row *r = &p->s->row[p->order[i]];
        if (family_of(p, r) == family)
            dc_fig_row(f, "%.6g %.6g %.6g %.6g %g", cost(p->s, r),
                       100 * r->changed.value, 100 * r->changed.lo,
                       100 * r->changed.hi, mark_size(p, r, family));
    }
    dc_fig_block_end(f);
    return block;
}

static void add_families(struct dc_fig *f, const struct front *p,
                         struct dc_buf *plot)
{
    for (size_t k = 0; k < p->n_family; k++) {
        const char *b = put_family(f, p, k);
        const struct dc_mark m = dc_series_mark(p->family[k].name);
        dc_buf_addf(
            plot,
            "%s%s using 1:2:3:4 with yerrorbars pt 0 lw 0.8 lc rgb %d "
            "notitle, %s using 1:2:5 with points pt %d ps variable lc rgb %d "
            "notitle",
            plot->n ? ", " : "", b, m.colour, b, m.point, m.colour);
    }
}

/* The marks of the families and their names; where the next line may stand. A
 * key of gnuplot's is not as high in SVG as in PNG. */
static double list_families(struct dc_fig *f, const struct front *p)
{
    double y = TOP + 4;
    for (size_t k = 0; k < p->n_family; k++, y += LINE) {
        const struct dc_mark m = dc_series_mark(p->family[k].name);
        dc_fig_label(f, RIGHT_X + 6, y,
                     dc_arena_printf(&f->arena,
                                     "left point pt %d ps 1.1 lc rgb %d",
                                     m.point, m.colour),
                     "");
        dc_fig_label(f, RIGHT_X + 20, y, DC_FIG_SMALL,
                     dc_arena_printf(&f->arena, "%s (%zu)", p->family[k].name,
                                     p->family[k].n));
    }
    return y;
}

/* Numbers at the points of the front, and their names on the right: rows at one
 * point share its number. */
static const char *put_front(struct dc_fig *f, const struct front *p, double *y)
{
    const char *block = dc_fig_block(f);
    const struct dc_sweep_row *last = NULL;
    size_t named = 0, number = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct dc_sweep_row *r = &p->s->row[p->order[i]];
        if (!r->on_front)
            continue;
        if (named++ == MAX_NAMED) {
            dc_fig_note(f, "Of the front, the %d cheapest are named.",
                        (int)MAX_NAMED);
            break;
        }
        *y += LINE;
        if (!is_same_point(p, last, r)) {
            dc_fig_row(f, "%.6g %.6g %zu", cost(p->s, r),
                       100 * r->changed.value, ++number);
            dc_fig_label(f, RIGHT_X, *y, DC_FIG_SMALL,
                         dc_arena_printf(&f->arena, "%zu", number));
        }
        last = r;
        const char *of = dc_fig_of(f, r->changed.k, r->changed.n);
        dc_fig_label(
            f, RIGHT_X + 20, *y, DC_FIG_SMALL,
            dc_arena_printf(&f->arena, "%s: %s",
                            dc_fig_short(f, FRONT_COLS - strlen(of), r->text),
                            of));
    }
    dc_fig_block_end(f);
    return block;
}

/* The ends of both axes. */
static void find_most(const struct front *p, double *x, double *y)
{
    *x = *y = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct dc_sweep_row *r = &p->s->row[p->order[i]];
        *x = fmax(*x, cost(p->s, r));
        *y = fmax(*y, 100 * r->changed.hi);
    }
    *x = *x > 0 ? *x : 1;
    *y = *y > 0 ? *y : 1;
}

static void draw_points(struct dc_fig *f, const struct front *p)
{
    struct dc_buf plot;
    double x, y, end;
    const char *unit = p->s->has_count ? "tokens" : "traces";
    const struct dc_panel panel = {
        .x = LEFT,
        .y = TOP,
        .w = WIDTH,
        .h = HEIGHT,
        .xlabel = dc_arena_printf(&f->arena,
                                  is_share(p->s)
                                      ? "cost: %s, %% of those of all traces"
                                      : "cost: %s a prompt",
                                  unit),
        .ylabel = "decisions changed, % of the prompts"};
    dc_buf_init(&plot, SIZE_MAX);
    add_families(f, p, &plot);
    find_most(p, &x, &y);
    dc_fig_panel(f, &panel);
    end = list_families(f, p) + 16;
    dc_fig_label(f, RIGHT_X, end, DC_FIG_HEADING,
                 "The front, and decisions it changes");
    const char *front = put_front(f, p, &end);
    dc_fig_cmd(f, "set xrange [0:%g]; set yrange [%g:%g]", 1.05 * x, -BELOW * y,
               1.03 * y);
    dc_fig_cmd(f,
               "plot %s, %s using 1:2 with lines lw 1.2 dt 2 lc rgb INK "
               "notitle, %s every 2::0 using 1:2:3 with labels offset 0.9,0.8 "
               "font FONT_PANEL textcolor rgb INK notitle, %s every 2::1 "
               "using 1:2:3 with labels offset -1.1,-0.8 font FONT_PANEL "
               "textcolor rgb INK notitle",
               plot.data, front, front, front);
    dc_fig_bottom(f, fmax(TOP + HEIGHT + 46, end + 8));
    dc_buf_release(&plot);
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    const struct dc_sweep *s = src->sweep;
    struct front p;
    if (!dc_plot_needs_sweep(src, f))
        return;
    gather(s, &p);
    dc_fig_head(f, src, s->n_prompt, s->record->n_trace, NULL);
    put_data(f, &p);
    if (p.n == 0)
        dc_fig_empty(f, "every policy would have needed traces that were not "
                        "drawn: run with --stop fixed");
    else
        draw_points(f, &p);
    dc_fig_note(f,
                "Replayed over the recorded traces; changed: not the decision "
                "of all traces. Bars: %g %% Wilson intervals over prompts. "
                "Dashed: the front. A mark is larger where others lie on it.",
                100 * s->cfg.level);
    if (!s->has_count)
        dc_fig_note(f, "The input does not say how many tokens its traces "
                       "have, so traces are the cost.");
    if (p.n < s->n_row)
        dc_fig_note(f,
                    "%zu polic%s not shown: needed traces that are not "
                    "there.",
                    s->n_row - p.n, s->n_row - p.n == 1 ? "y" : "ies");
    free(p.order);
}

const struct dc_plot_row dc_plot_pareto = {
    .name = "pareto",
    .title = "What stopping policies cost and change",
    .about = "Left is cheaper, down changes fewer decisions. A policy that is "
             "not on the front has another one that is cheaper and changes as "
             "few.",
    .draw = draw,
};
