/*
 * plot_pareto.c - what every stopping policy costs and changes: tokens against
 * decisions that are not those of all K traces.
 *
 * A row is on the front if no other is cheaper and changes as few; those are
 * numbered and named.
 */
#include "base/mem.h"
#include "base/plural.h"
#include "plot/figure.h"
#include "plot/series.h"
#include "results/json_stat.h"
#include "results/sweep_report.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FAMILIES = 24, MAX_NAMED = 20 };
enum { FRONT_COLS = 47 }; /* of a name on the front and its counts */

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

/* The families with their looks, and the points of each upon those before. */
static void put_families(struct dc_fig *f, const struct front *p)
{
    json_t *families = json_array(), *points = json_array();
    for (size_t k = 0; k < p->n_family; k++) {
        const struct dc_mark m = dc_series_mark(p->family[k].name);
        json_array_append_new(
            families, json_pack("{ss sI si si}", "name", p->family[k].name,
                                "settings", (json_int_t)p->family[k].n, "tint",
                                m.colour, "point", m.point));
        for (size_t i = 0; i < p->n; i++) {
            const struct dc_sweep_row *r = &p->s->row[p->order[i]];
            if (family_of(p, r) == k)
                json_array_append_new(
                    points,
                    json_pack("{sf sf sf sf sf si si}", "cost", cost(p->s, r),
                              "changed", r->changed.value, "lo", r->changed.lo,
                              "hi", r->changed.hi, "size", mark_size(p, r, k),
                              "tint", m.colour, "point", m.point));
        }
    }
    dc_json_put(f->draw, "families", families);
    dc_json_put(f->draw, "points", points);
}

/* The front: rows at one point share its number, which stands at the first. */
static void put_front(struct dc_fig *f, const struct front *p)
{
    json_t *front = json_array();
    const struct dc_sweep_row *last = NULL;
    size_t named = 0;
    int number = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct dc_sweep_row *r = &p->s->row[p->order[i]];
        if (!r->on_front)
            continue;
        if (named++ == MAX_NAMED) {
            dc_fig_note(f, "Of the front, the %d cheapest are named.",
                        (int)MAX_NAMED);
            break;
        }
        const bool same = is_same_point(p, last, r);
        const char *of = dc_fig_of(f, r->changed.k, r->changed.n);
        const char *name = dc_arena_printf(
            &f->arena, "%s: %s",
            dc_fig_short(f, FRONT_COLS - strlen(of), r->text), of);
        json_array_append_new(front, json_pack("{ss si sf sf}", "name", name,
                                               "number", same ? 0 : ++number,
                                               "cost", cost(p->s, r), "changed",
                                               r->changed.value));
        last = r;
    }
    dc_json_put(f->draw, "front", front);
}

/* The ends of both axes, and what the cost is. */
static void put_axes(struct dc_fig *f, const struct front *p)
{
    const char *unit = p->s->has_count ? "tokens" : "traces";
    double x = 0, y = 0;
    for (size_t i = 0; i < p->n; i++) {
        const struct dc_sweep_row *r = &p->s->row[p->order[i]];
        x = fmax(x, cost(p->s, r));
        y = fmax(y, r->changed.hi);
    }
    dc_json_put(f->draw, "most_cost", json_real(x > 0 ? x : 1));
    dc_json_put(f->draw, "most_changed", json_real(y > 0 ? y : 0.01));
    dc_json_put(f->draw, "cost",
                json_string(dc_arena_printf(
                    &f->arena,
                    is_share(p->s) ? "cost: %s, %% of those of all traces"
                                   : "cost: %s a prompt",
                    unit)));
}

static void put_points(struct dc_fig *f, const struct front *p)
{
    put_families(f, p);
    put_front(f, p);
    put_axes(f, p);
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
        put_points(f, &p);
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
    .gp = dc_plot_pareto_gp,
};
