/*
 * plot_confidence_by_toxicity.c - the run's measure by the gold label of the
 * prompt: to be refused (toxic, harmful), to be answered, or none.
 */
#include "plot/groups.h"
#include "replay/trace_rows.h"

static void gather(const struct dc_plot_src *src,
                   const struct dc_record_column *c, struct dc_groups *g)
{
    static const uint8_t group_of[] = {
        [DC_GOLD_REFUSE] = 0, [DC_GOLD_ANSWER] = 1, [DC_GOLD_NONE] = 2};
    struct dc_trace_view v;
    struct dc_groups_rows x;
    dc_trace_view_init(&v, src->stats->record);
    dc_groups_rows_init(&x, v.n);
    for (size_t i = 0; i < v.n; i++)
        if (c->has[v.row[i].trace])
            dc_groups_rows_add(&x, c->value[v.row[i].trace], v.row[i].prompt,
                               group_of[v.row[i].gold]);
    dc_groups_find(g, &x, &src->stats->cfg.boot);
    dc_groups_rows_release(&x);
    dc_trace_view_release(&v);
    if (g->group[2].n == 0)
        g->n_group = 2;
}

static enum dc_status draw(const struct dc_plot_src *src, struct dc_fig *f,
                           struct dc_err *err)
{
    struct dc_groups g = {
        .group = {{.key = "refuse",
                   .label = "gold: refuse",
                   .colour = DC_REFUSAL,
                   .point = DC_POINT_SQUARE},
                  {.key = "answer",
                   .label = "gold: answer",
                   .colour = DC_COMPLIANCE,
                   .point = DC_POINT_DISC},
                  {.key = "none",
                   .label = "no gold label",
                   .colour = DC_REST,
                   .point = DC_POINT_UP}},
        .n_group = 3,
    };
    (void)err;
    if (!dc_plot_needs_stats(src, f))
        return DC_OK;
    const struct dc_trace_stats *s = src->stats;
    const struct dc_trace_measure *m = &s->measure[dc_plot_own_measure(src)];
    gather(src, m->column, &g);
    dc_fig_head(f, src,
                &(struct dc_fig_of){s->n_prompt, g.n_row, &m->column->measure});
    dc_json_put(f->data, "confidence", dc_groups_json(&g));
    if (g.n_row == 0) {
        dc_fig_empty(f, "no trace has a value of %s",
                     m->column->measure.spec.text);
        return DC_OK;
    }
    double y =
        dc_groups_draw(f, &g,
                       &(struct dc_groups_look){.y = DC_FIG_TOP + 12,
                                                .h = 190,
                                                .measure = &m->column->measure,
                                                .level = s->cfg.boot.level});
    dc_fig_bottom(f, y);
    dc_fig_note(f, "Gold label: %s",
                dc_summary_config(src->summary, "data.label_means",
                                  "what the data set says of the prompt."));
    return DC_OK;
}

const struct dc_plot_row dc_plot_confidence_by_toxicity = {
    .name = "confidence_by_toxicity",
    .title = "Confidence by the prompt's gold label",
    .about = "Is the model surer on prompts that should be refused, or less "
             "so? A difference here says something of the prompts, not of "
             "whether surer traces are right.",
    .draw = draw,
};
