/*
 * plot_roc.c - how well each measure tells right traces from wrong ones: the
 * ROC curve, one step per distinct value, with the area under it.
 */
#include "base/mem.h"
#include "plot/curves.h"
#include "plot/forest.h"
#include "results/json_stat.h"

#include <stdlib.h>

enum { POINTS = 150 };

/* Every point, or those nearest to POINTS equal steps of rank. */
static json_t *points_of(const struct dc_trace_rows *x,
                         const struct dc_trace_auroc *a)
{
    struct dc_roc_point *p = dc_xcalloc(x->n + 1, sizeof *p);
    size_t n = dc_roc(x->score, x->positive, x->n, p);
    double pos = a->n_positive ? (double)a->n_positive : 1;
    double neg = a->n_negative ? (double)a->n_negative : 1;
    json_t *points = json_array();
    size_t step = n / POINTS + 1;
    json_array_append_new(points, json_pack("[ff]", 0.0, 0.0));
    for (size_t i = 0; i < n; i++)
        if (i % step == 0 || i + 1 == n)
            json_array_append_new(points,
                                  json_pack("[ff]", (double)p[i].fp / neg,
                                            (double)p[i].tp / pos));
    free(p);
    return points;
}

static json_t *add_curve(struct dc_fig *f, const struct dc_plot_src *src,
                         const struct dc_trace_measure *m,
                         const struct dc_trace_rows *x)
{
    const struct dc_trace_auroc *a =
        &m->target[dc_curves_target(src->stats)].scope[DC_TRACES_ALL];
    json_t *o = dc_json_boot(&a->auroc);
    dc_json_put(o, "n_positive", dc_json_count(a->n_positive));
    dc_json_put(o, "n_negative", dc_json_count(a->n_negative));
    dc_json_put(f->data, m->column->measure.spec.text, o);
    return x ? points_of(x, a) : NULL;
}

static void put_words(struct dc_fig *f, const struct dc_plot_src *src)
{
    const enum dc_target t = dc_curves_target(src->stats);
    const char *right = dc_curves_positive(t), *wrong = dc_curves_negative(t);
    const struct dc_trace_auroc *own =
        &dc_plot_own(src)->target[t].scope[DC_TRACES_ALL];
    dc_json_put(f->draw, "right", json_string(right));
    dc_json_put(f->draw, "wrong", json_string(wrong));
    dc_fig_note(f,
                "Traces from the surest down, whatever the measure's "
                "direction: %s are %s, %s not. Dashed: a coin. In brackets: %g "
                "%% intervals, resampling prompts%s.",
                dc_fig_count(f, own->n_positive), right,
                dc_fig_count(f, own->n_negative),
                100 * src->stats->cfg.boot.level, dc_forest_few(&own->auroc));
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    const struct dc_curves how = {.of_risk = false, .add = add_curve};
    if (dc_curves_begin(f, src, &how))
        put_words(f, src);
    else if (!f->empty)
        dc_fig_empty(f,
                     "all traces are %s, or none is: there is nothing to "
                     "tell apart",
                     dc_curves_positive(dc_curves_target(src->stats)));
}

const struct dc_plot_row dc_plot_roc = {
    .name = "roc",
    .title = "Which measure tells right traces from wrong ones?",
    .about = "Each point is a threshold: traces surer than it. The further "
             "above the diagonal, the better the measure; below it, surer "
             "traces are wrong more often.",
    .draw = draw,
    .gp = dc_plot_roc_gp,
};
