/*
 * plot_roc.c - how well each measure tells right traces from wrong ones: the
 * ROC curve, one step per distinct value, with the area under it.
 */
#include "base/mem.h"
#include "plot/curves.h"
#include "plot/forest.h"
#include "plot/groups.h"
#include "plot/series.h"

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

static struct dc_curve curve_of(struct dc_fig *f, const struct dc_trace_view *v,
                                const struct dc_trace_measure *m,
                                enum dc_target t)
{
    const struct dc_trace_auroc *a = &m->target[t].scope[DC_TRACES_ALL];
    json_t *o = dc_forest_boot_json(&a->auroc);
    dc_json_put(o, "n_positive", json_integer((json_int_t)a->n_positive));
    dc_json_put(o, "n_negative", json_integer((json_int_t)a->n_negative));
    dc_json_put(f->data, m->column->measure.spec.text, o);
    struct dc_curve c = {.block = NULL};
    if (!dc_curves_has(m, t, false))
        return c;
    struct dc_trace_rows x;
    dc_trace_rows_init(&x, v);
    dc_trace_rows_fill(&x, v, m->column, t, DC_TRACES_ALL);
    c.block = put_curve(f, &x, a);
    c.label = dc_curves_label(f, m, &a->auroc);
    dc_trace_rows_release(&x);
    return c;
}

static void draw_curves(struct dc_fig *f, const struct dc_buf *plot,
                        enum dc_target t)
{
    dc_fig_panel(f, &(struct dc_panel){
                        .x = LEFT,
                        .y = TOP,
                        .w = SIDE,
                        .h = SIDE,
                        .xlabel = dc_arena_printf(
                            &f->arena, "share surer, of the traces that are %s",
                            dc_curves_negative(t)),
                        .ylabel = dc_arena_printf(
                            &f->arena, "share surer, of the traces that are %s",
                            dc_curves_positive(t))});
    dc_fig_put(f,
               &(struct dc_spot){LEFT + SIDE + 28, TOP + 8,
                                 "left font FONT_PANEL textcolor rgb INK"},
               dc_fig_text(f, "Area under the curve (AUROC)"));
    dc_series_key(f, LEFT + SIDE + 20, TOP + 22);
    dc_fig_cmd(f, "set xtics 0.2; set ytics 0.2");
    dc_fig_cmd(f, "set arrow from 0,0 to 1,1 nohead dt 2 lc rgb FRAME back");
    dc_fig_cmd(f, "plot [0:1][0:1] %s", plot->data);
    dc_fig_bottom(f, TOP + SIDE + 46);
}

static enum dc_status draw(const struct dc_plot_src *src, struct dc_fig *f,
                           struct dc_err *err)
{
    size_t index[DC_CURVES_MAX], n;
    struct dc_curve curve[DC_CURVES_MAX];
    struct dc_trace_view v;
    struct dc_buf plot;
    (void)err;
    if (!dc_plot_needs_stats(src, f))
        return DC_OK;
    const struct dc_trace_stats *s = src->stats;
    enum dc_target t = dc_curves_target(s);
    const struct dc_curves_of of = {t, false};
    const struct dc_trace_auroc *own =
        &s->measure[dc_plot_own_measure(src)].target[t].scope[DC_TRACES_ALL];
    dc_buf_init(&plot, SIZE_MAX);
    dc_trace_view_init(&v, s->record);
    n = dc_curves_measures(src, of, index);
    dc_fig_head(f, src,
                &(struct dc_fig_of){s->n_prompt,
                                    own->n_positive + own->n_negative, NULL});
    for (size_t i = 0; i < n; i++)
        curve[i] = curve_of(f, &v, &s->measure[index[i]], t);
    dc_curves_put(f, curve, n, &plot);
    if (plot.n == 0 && !dc_curves_no_values(f, s))
        dc_fig_empty(f,
                     "all traces are %s, or none is: there is nothing to "
                     "tell apart",
                     dc_curves_positive(t));
    else if (plot.n > 0)
        draw_curves(f, &plot, t);
    if (!f->empty)
        dc_fig_note(f,
                    "Traces from the surest down, whatever the measure's "
                    "direction: %s, %s not. Dashed: a coin. In brackets: %g %% "
                    "intervals, resampling prompts.",
                    dc_arena_printf(&f->arena, "%s are %s",
                                    dc_fig_count(f, own->n_positive),
                                    dc_curves_positive(t)),
                    dc_fig_count(f, own->n_negative), 100 * s->cfg.boot.level);
    dc_curves_note(f, src, of);
    dc_trace_view_release(&v);
    dc_buf_release(&plot);
    return DC_OK;
}

const struct dc_plot_row dc_plot_roc = {
    .name = "roc",
    .title = "Which measure tells right traces from wrong ones?",
    .about = "Each point is a threshold: traces surer than it. The further "
             "above the diagonal, the better the measure; below it, surer "
             "traces are wrong more often.",
    .draw = draw,
};
