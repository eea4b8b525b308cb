/*
 * plot_confidence_by_correctness.c - are surer traces right more often? The
 * run's measure over right and wrong traces, and the AUROC over all traces, in
 * each gold class and inside prompts: an effect that only the mixture of easy
 * and hard prompts has shows as one that the rows below lack.
 */
#include "plot/forest.h"
#include "plot/groups.h"
#include "replay/trace_rows.h"
#include "results/json_stat.h"

static const char *counts(struct dc_fig *f, const struct dc_trace_auroc *a)
{
    return dc_arena_printf(&f->arena, "%s right, %s wrong",
                           dc_fig_count(f, a->n_positive),
                           dc_fig_count(f, a->n_negative));
}

static void put_auroc(struct dc_fig *f, const struct dc_trace_target *t,
                      double y)
{
    static const char *const label[DC_N_TRACES] = {
        "all traces", "prompts to refuse", "prompts to answer"};
    struct dc_forest_row row[DC_N_TRACES + 1];
    for (int s = 0; s < DC_N_TRACES; s++) {
        row[s] = dc_forest_boot(&t->scope[s].auroc);
        row[s].label = label[s];
        row[s].counts = counts(f, &t->scope[s]);
    }
    row[DC_N_TRACES] = dc_forest_boot(&t->within.pooled);
    row[DC_N_TRACES].label = "within one prompt";
    row[DC_N_TRACES].counts = dc_arena_printf(
        &f->arena, "%s pairs", dc_fig_count(f, t->within.n_pair));
    const struct dc_forest how = {
        .panel = {.x = 176,
                  .y = y,
                  .w = 330,
                  .h = 104,
                  .title = "Chance that a right trace is surer than a wrong "
                           "one (AUROC; dashed: coin)"},
        .max = 1,
        .step = 0.25,
        .has_line = true,
        .line = 0.5,
    };
    dc_forest_draw(f, &how, row, DC_N_TRACES + 1);
}

static void put_data(struct dc_fig *f, const struct dc_groups *g,
                     const struct dc_trace_target *t)
{
    static const char *const key[DC_N_TRACES] = {"auroc", "auroc_to_refuse",
                                                 "auroc_to_answer"};
    dc_json_put(f->data, "confidence", dc_groups_json(g));
    for (int s = 0; s < DC_N_TRACES; s++)
        dc_json_put(f->data, key[s], dc_forest_boot_json(&t->scope[s].auroc));
    dc_json_put(f->data, "auroc_within",
                dc_forest_boot_json(&t->within.pooled));
}

static void gather(const struct dc_plot_src *src,
                   const struct dc_record_column *c, struct dc_groups *g)
{
    struct dc_trace_view v;
    struct dc_groups_rows x;
    bool right;
    dc_trace_view_init(&v, src->stats->record);
    dc_groups_rows_init(&x, v.n);
    for (size_t i = 0; i < v.n; i++)
        if (c->has[v.row[i].trace] &&
            dc_trace_positive(&v.row[i], DC_TARGET_CORRECT, &right))
            dc_groups_rows_add(&x, c->value[v.row[i].trace], v.row[i].prompt,
                               !right);
    dc_groups_find(g, &x, &src->stats->cfg.boot);
    dc_groups_rows_release(&x);
    dc_trace_view_release(&v);
}

static enum dc_status draw(const struct dc_plot_src *src, struct dc_fig *f,
                           struct dc_err *err)
{
    struct dc_groups g = {
        .group = {{.key = "right",
                   .label = "right",
                   .colour = DC_RIGHT,
                   .point = DC_POINT_DISC},
                  {.key = "wrong",
                   .label = "wrong",
                   .colour = DC_WRONG,
                   .point = DC_POINT_SQUARE}},
        .n_group = 2,
    };
    (void)err;
    if (!dc_plot_needs_stats(src, f))
        return DC_OK;
    const struct dc_trace_stats *s = src->stats;
    const struct dc_trace_measure *m = &s->measure[dc_plot_own_measure(src)];
    const struct dc_trace_target *t = &m->target[DC_TARGET_CORRECT];
    gather(src, m->column, &g);
    dc_fig_head(f, src,
                &(struct dc_fig_of){s->n_gold[DC_TRACES_TO_REFUSE] +
                                        s->n_gold[DC_TRACES_TO_ANSWER],
                                    g.n_row, &m->column->measure});
    put_data(f, &g, t);
    if (g.n_row == 0) {
        dc_fig_empty(f, "no trace has both a gold label and a value of %s",
                     m->column->measure.spec.text);
        return DC_OK;
    }
    double y =
        dc_groups_draw(f, &g,
                       &(struct dc_groups_look){.y = DC_FIG_TOP + 12,
                                                .h = 190,
                                                .measure = &m->column->measure,
                                                .level = s->cfg.boot.level});
    put_auroc(f, t, y + 36);
    dc_fig_bottom(f, y + 36 + 104 + 24);
    dc_fig_note(f, "Right: the verdict is what the gold label asks for.");
    return DC_OK;
}

const struct dc_plot_row dc_plot_confidence_by_correctness = {
    .name = "confidence_by_correctness",
    .title = "Are surer traces right more often?",
    .about = "The run's measure over right and wrong traces. What holds over "
             "all traces need not hold inside a gold class or inside a prompt: "
             "look at the rows below.",
    .draw = draw,
};
