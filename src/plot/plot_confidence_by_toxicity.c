/*
 * plot_confidence_by_toxicity.c - the run's measure by the gold label of the
 * prompt: to be refused (toxic, harmful), to be answered, or none.
 */
#include "plot/groups.h"

static bool gold_of(const struct dc_trace_measure *m,
                    const struct dc_trace_row_of *row, uint8_t *group)
{
    static const uint8_t group_of[] = {
        [DC_GOLD_REFUSE] = 0, [DC_GOLD_ANSWER] = 1, [DC_GOLD_NONE] = 2};
    (void)m;
    *group = group_of[row->gold];
    return true;
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    struct dc_groups g = {
        .look = {{"refuse", "gold: refuse"},
                 {"answer", "gold: answer"},
                 {"none", "no gold label"}},
        .values = {.n_group = 3},
        .group_of = gold_of,
    };
    if (!dc_groups_begin(&g, src, f) || f->empty)
        return;
    if (g.values.group[2].n == 0)
        g.values.n_group = 2;
    dc_groups_put(f, &g);
    dc_fig_note(f, "Gold label: %s",
                dc_summary_config(src->summary, "data.label_means",
                                  "what the data set says of the prompt."));
}

const struct dc_plot_row dc_plot_confidence_by_toxicity = {
    .name = "confidence_by_toxicity",
    .title = "Confidence by the prompt's gold label",
    .about = "Is the model surer on prompts that should be refused, or less "
             "so? A difference here says something of the prompts, not of "
             "whether surer traces are right.",
    .draw = draw,
    .gp = dc_plot_confidence_by_toxicity_gp,
    .gp_more = dc_plot_groups_gp,
};
