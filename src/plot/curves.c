/*
 * curves.c - what a curve sets apart with and without gold labels, which
 * measures have one, and what is said where none has (curves.h).
 */
#include "plot/curves.h"

#include "base/plural.h"
#include "results/json_stat.h"

enum { LABEL_COLS = 60 };

enum dc_target dc_curves_target(const struct dc_trace_stats *s)
{
    return s->n_gold[DC_TRACES_TO_REFUSE] + s->n_gold[DC_TRACES_TO_ANSWER] > 0
               ? DC_TARGET_CORRECT
               : DC_TARGET_MAJORITY;
}

const char *dc_curves_positive(enum dc_target t)
{
    return t == DC_TARGET_CORRECT ? "right" : "with their prompt's majority";
}

const char *dc_curves_negative(enum dc_target t)
{
    return t == DC_TARGET_CORRECT ? "wrong" : "against their prompt's majority";
}

/* ---- which measures ---- */

/* Is there something to draw: a value, and traces of both kinds or, of risk,
 * of any? */
static bool has_curve(const struct dc_trace_target *x, bool of_risk)
{
    return of_risk ? x->has_risk : x->scope[DC_TRACES_ALL].auroc.value.defined;
}

static const struct dc_boot *area_of(const struct dc_trace_target *x,
                                     bool of_risk)
{
    return of_risk ? &x->aurc : &x->scope[DC_TRACES_ALL].auroc;
}

static bool is_better(const struct dc_trace_target *a,
                      const struct dc_trace_target *b, bool of_risk)
{
    double x = area_of(a, of_risk)->value.value;
    double y = area_of(b, of_risk)->value.value;
    return of_risk ? x < y : x > y;
}

size_t dc_curves_measures(const struct dc_plot_src *src, bool of_risk,
                          const struct dc_trace_measure *m[DC_CURVES_MAX])
{
    const struct dc_trace_stats *s = src->stats;
    const enum dc_target t = dc_curves_target(s);
    const struct dc_trace_measure *own = dc_plot_own(src), *best = NULL;
    size_t n = 0;
    for (size_t i = 0; i < s->n_measure; i++) {
        const struct dc_trace_measure *x = &s->measure[i];
        if (x != own && has_curve(&x->target[t], of_risk) &&
            (!best || is_better(&x->target[t], &best->target[t], of_risk)))
            best = x;
    }
    m[n++] = own;
    if (best)
        m[n++] = best;
    for (size_t i = 0; i < s->n_measure && n < DC_CURVES_MAX; i++)
        if (&s->measure[i] != own && &s->measure[i] != best)
            m[n++] = &s->measure[i];
    return n;
}

bool dc_curves_no_values(struct dc_fig *f, const struct dc_trace_stats *s)
{
    for (size_t i = 0; i < s->n_measure; i++)
        if (s->measure[i].n_none < s->n_row)
            return false;
    if (s->n_row == 0)
        dc_fig_empty(f, "no trace has a verdict for refusal or compliance");
    else
        dc_fig_empty(f, "no trace has a confidence: there are no "
                        "log-probabilities");
    return true;
}

/* ---- curves ---- */

/* "mean_prob 0.612 (0.58 to 0.64)", in the arena */
static const char *label_of(struct dc_fig *f, const struct dc_trace_measure *m,
                            const struct dc_boot *b)
{
    const char *name = m->column->measure.spec.text;
    if (!b->defined)
        return dc_arena_printf(&f->arena, "%s %.3f", name, b->value.value);
    return dc_arena_printf(&f->arena, "%s %.3f (%.2f to %.2f)", name,
                           b->value.value, b->lo, b->hi);
}

/* Says which measures are left out, if any are. */
static void note_missing(struct dc_fig *f, const struct dc_trace_stats *s,
                         const char *names)
{
    if (names[0])
        dc_fig_note(f, "Without values to draw: %s.", names);
    if (s->n_measure > DC_CURVES_MAX)
        dc_fig_note(f, "%zu measure%s not drawn, for room.",
                    s->n_measure - DC_CURVES_MAX,
                    dc_plural(s->n_measure - DC_CURVES_MAX));
}

/* One of the curves, if it has points. */
static bool put_curve(struct dc_fig *f, const char *label, size_t place,
                      json_t *points, json_t *curves)
{
    if (!points)
        return false;
    json_t *o = json_object();
    dc_json_put(o, "label", json_string(dc_fig_short(f, LABEL_COLS, label)));
    dc_json_put(o, "place", dc_json_count(place));
    dc_json_put(o, "points", points);
    json_array_append_new(curves, o);
    return true;
}

bool dc_curves_begin(struct dc_fig *f, const struct dc_plot_src *src,
                     const struct dc_curves *how)
{
    if (!dc_plot_needs_stats(src, f))
        return false;
    const struct dc_trace_stats *s = src->stats;
    const enum dc_target t = dc_curves_target(s);
    const struct dc_trace_measure *m[DC_CURVES_MAX];
    const size_t n = dc_curves_measures(src, how->of_risk, m);
    const struct dc_trace_auroc *own = &m[0]->target[t].scope[DC_TRACES_ALL];
    json_t *curves = json_array();
    struct dc_trace_view v;
    struct dc_trace_rows x;
    size_t marked = 0;
    const char *missing = "";
    dc_fig_head(f, src, s->n_prompt, own->n_positive + own->n_negative, NULL);
    dc_trace_view_init(&v, s->record);
    for (size_t i = 0; i < n; i++) {
        const struct dc_trace_target *of = &m[i]->target[t];
        const bool has = has_curve(of, how->of_risk);
        dc_trace_rows_init(&x, &v);
        dc_trace_rows_fill(&x, &v, m[i]->column, t, DC_TRACES_ALL);
        const char *label =
            has ? label_of(f, m[i], area_of(of, how->of_risk)) : "";
        marked += put_curve(f, label, i,
                            how->add(f, src, m[i], has ? &x : NULL), curves) &&
                  i < 2;
        dc_trace_rows_release(&x);
        if (!has)
            missing = dc_arena_printf(&f->arena, "%s%s%s", missing,
                                      missing[0] ? ", " : "",
                                      m[i]->column->measure.spec.text);
    }
    dc_trace_view_release(&v);
    const bool any = json_array_size(curves) > 0;
    dc_json_put(f->draw, "marked", dc_json_count(marked));
    dc_json_put(f->draw, "curves", curves);
    if (any)
        note_missing(f, s, missing);
    else
        dc_curves_no_values(f, s);
    return any;
}
