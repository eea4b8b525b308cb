/*
 * plot_roc.c - how well each measure tells right traces from wrong ones: the
 * ROC curve, one step per distinct value, with the area under it.
 */
#include "base/mem.h"
#include "plot/curves.h"
#include "plot/forest.h"
#include "results/json_stat.h"

#include <stdlib.h>

enum { POINTS = 150, SIDE = 400, LEFT = 84, TOP = DC_FIG_TOP + 14 };

/* Every point, or those nearest to POINTS equal steps of rank. */
static const char *put_curve(struct dc_fig *f, const struct dc_trace_rows *x,
                             const struct dc_trace_auroc *a)
{
    struct dc_roc_point *p = dc_xcalloc(x->n + 1, sizeof *p);
    size_t n = dc_roc(x->score, x->positive, x->n, p);
    double pos = a->n_positive ? (double)a->n_positive : 1;
    double neg = a->n_negative ? (double)a->n_negative : 1;
    const char *block = dc_fig_block(f);
    size_t step = n / POINTS + 1;
    dc_fig_row(f, "0 0");
    for (size_t i = 0; i < n; i++)
        if (i % step == 0 || i + 1 == n)
            dc_fig_row(f, "%.6g %.6g", (double)p[i].fp / neg,
                       (double)p[i].tp / pos);
    dc_fig_block_end(f);
    free(p);
    return block;
}

static const char *add_curve(struct dc_fig *f, const struct dc_plot_src *src,
                             const struct dc_trace_measure *m,
                             const struct dc_trace_rows *x, struct dc_buf *plot)
{
    const struct dc_trace_auroc *a =
        &m->target[dc_curves_target(src->stats)].scope[DC_TRACES_ALL];
    json_t *o = dc_json_boot(&a->auroc);
    (void)plot;
    dc_json_put(o, "n_positive", dc_json_count(a->n_positive));
    dc_json_put(o, "n_negative", dc_json_count(a->n_negative));
    dc_json_put(f->data, m->column->measure.spec.text, o);
    return x ? put_curve(f, x, a) : NULL;
}

static void draw_curves(struct dc_fig *f, const struct dc_plot_src *src,
                        const struct dc_buf *plot)
{
    const enum dc_target t = dc_curves_target(src->stats);
    const char *right = dc_curves_positive(t), *wrong = dc_curves_negative(t);
    const struct dc_trace_auroc *own =
        &dc_plot_own(src)->target[t].scope[DC_TRACES_ALL];
    const struct dc_panel panel = {
        .x = LEFT,
        .y = TOP,
        .w = SIDE,
        .h = SIDE,
        .xlabel = dc_arena_printf(
            &f->arena, "share surer, of the traces that are %s", wrong),
        .ylabel = dc_arena_printf(
            &f->arena, "share surer, of the traces that are %s", right)};
    dc_curves_panel(f, &panel, "Area under the curve (AUROC)");
    dc_fig_cmd(f, "set xtics 0.2; set ytics 0.2");
    dc_fig_cmd(f, "set arrow from 0,0 to 1,1 nohead dt 2 lc rgb FRAME back");
    dc_fig_cmd(f, "plot [0:1][0:1] %s", plot->data);
    dc_fig_bottom(f, TOP + SIDE + 46);
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
    struct dc_buf plot;
    dc_buf_init(&plot, SIZE_MAX);
    if (dc_curves_begin(f, src, &how, &plot))
        draw_curves(f, src, &plot);
    else if (!f->empty)
        dc_fig_empty(f,
                     "all traces are %s, or none is: there is nothing to "
                     "tell apart",
                     dc_curves_positive(dc_curves_target(src->stats)));
    dc_buf_release(&plot);
}

const struct dc_plot_row dc_plot_roc = {
    .name = "roc",
    .title = "Which measure tells right traces from wrong ones?",
    .about = "Each point is a threshold: traces surer than it. The further "
             "above the diagonal, the better the measure; below it, surer "
             "traces are wrong more often.",
    .draw = draw,
};
