/*
 * curves.c - what a curve sets apart with and without gold labels, which
 * measures have one, and what is said where none has (curves.h).
 */
#include "plot/curves.h"

#include "base/plural.h"
#include "plot/groups.h"

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

static double area_of(const struct dc_trace_measure *m, struct dc_curves_of of)
{
    const struct dc_trace_target *x = &m->target[of.target];
    return of.of_risk ? -x->aurc.value.value
                      : x->scope[DC_TRACES_ALL].auroc.value.value;
}

/* n_measure: there is none. */
static size_t best_other(const struct dc_plot_src *src, struct dc_curves_of of,
                         size_t own)
{
    const struct dc_trace_stats *s = src->stats;
    size_t best = s->n_measure;
    for (size_t i = 0; i < s->n_measure; i++)
        if (i != own && dc_curves_has(&s->measure[i], of.target, of.of_risk) &&
            (best == s->n_measure ||
             area_of(&s->measure[i], of) > area_of(&s->measure[best], of)))
            best = i;
    return best;
}

size_t dc_curves_measures(const struct dc_plot_src *src, struct dc_curves_of of,
                          size_t index[DC_CURVES_MAX])
{
    size_t own = dc_plot_own_measure(src), best = best_other(src, of, own);
    size_t n = 0;
    index[n++] = own;
    if (best < src->stats->n_measure)
        index[n++] = best;
    for (size_t i = 0; i < src->stats->n_measure && n < DC_CURVES_MAX; i++)
        if (i != own && i != best)
            index[n++] = i;
    return n;
}

static struct dc_series curve_look(const struct dc_curve *c, size_t place)
{
    struct dc_series s = {.block = c->block, .label = c->label, .thin = true};
    s.colour = place == 0 ? DC_INK : place == 1 ? DC_BEST : DC_REST;
    if (place == 0)
        s.point = DC_POINT_DISC;
    else if (place == 1)
        s.point = DC_POINT_SQUARE;
    s.every = 12 + 3 * (int)place;
    s.thin = place > 0;
    return s;
}

void dc_curves_put(struct dc_fig *f, const struct dc_curve *c, size_t n,
                   struct dc_buf *plot)
{
    for (size_t i = 0; i < n; i++) {
        struct dc_series s = curve_look(&c[i], i);
        if (c[i].block)
            dc_series_name(f, plot, &s);
    }
    for (size_t i = n; i-- > 0;) {
        struct dc_series s = curve_look(&c[i], i);
        s.label = NULL;
        if (c[i].block)
            dc_series_add(f, plot, &s);
    }
}

bool dc_curves_has(const struct dc_trace_measure *m, enum dc_target t,
                   bool of_risk)
{
    const struct dc_trace_target *x = &m->target[t];
    return of_risk ? x->has_risk : x->scope[DC_TRACES_ALL].auroc.value.defined;
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

void dc_curves_note(struct dc_fig *f, const struct dc_plot_src *src,
                    struct dc_curves_of of)
{
    const struct dc_trace_stats *s = src->stats;
    size_t index[DC_CURVES_MAX], n = dc_curves_measures(src, of, index);
    const char *names = "";
    for (size_t i = 0; i < n; i++) {
        const struct dc_trace_measure *m = &s->measure[index[i]];
        if (!dc_curves_has(m, of.target, of.of_risk))
            names = dc_arena_printf(&f->arena, "%s%s%s", names,
                                    names[0] ? ", " : "",
                                    m->column->measure.spec.text);
    }
    if (names[0] && !f->empty)
        dc_fig_note(f, "Without values to draw: %s.", names);
    if (s->n_measure > DC_CURVES_MAX)
        dc_fig_note(f, "%zu measure%s not drawn, for room.",
                    s->n_measure - DC_CURVES_MAX,
                    dc_plural(s->n_measure - DC_CURVES_MAX));
}

const char *dc_curves_label(struct dc_fig *f, const struct dc_trace_measure *m,
                            const struct dc_boot *b)
{
    const char *name = m->column->measure.spec.text;
    if (!b->value.defined)
        return dc_arena_printf(&f->arena, "%s none", name);
    if (!b->defined)
        return dc_arena_printf(&f->arena, "%s %.3f", name, b->value.value);
    return dc_arena_printf(&f->arena, "%s %.3f (%.2f to %.2f)", name,
                           b->value.value, b->lo, b->hi);
}
