/*
 * plot_confidence_by_correctness.c - are surer traces right more often? The
 * run's measure over right and wrong traces, and the AUROC over all traces, in
 * each gold class and inside prompts: an effect that only the mixture of easy
 * and hard prompts has shows as one that the rows below lack.
 */
#include "plot/forest.h"
#include "plot/groups.h"
#include "results/json_stat.h"

static bool outcome_of(const struct dc_trace_measure *m,
                       const struct dc_trace_row_of *row, uint8_t *group)
{
    bool right;
    (void)m;
    if (!dc_trace_positive(row, DC_TARGET_CORRECT, &right))
        return false;
    *group = !right;
    return true;
}

static void put_auroc(struct dc_fig *f, const struct dc_trace_target *t)
{
    static const char *const label[DC_N_TRACES] = {
        "all traces", "prompts to refuse", "prompts to answer"};
    struct dc_forest_row row[DC_N_TRACES + 1];
    for (int s = 0; s < DC_N_TRACES; s++) {
        const struct dc_trace_auroc *a = &t->scope[s];
        row[s] = dc_forest_boot(&a->auroc);
        row[s].label = label[s];
        row[s].counts = dc_arena_printf(&f->arena, "%s right, %s wrong",
                                        dc_fig_count(f, a->n_positive),
                                        dc_fig_count(f, a->n_negative));
    }
    row[DC_N_TRACES] = dc_forest_boot(&t->within.pooled);
    row[DC_N_TRACES].label = "within one prompt";
    row[DC_N_TRACES].counts = dc_arena_printf(
        &f->arena, "%s pairs", dc_fig_count(f, t->within.n_pair));
    dc_forest_put(f, "rows", 20, row, DC_N_TRACES + 1);
}

static void put_data(struct dc_fig *f, const struct dc_trace_target *t)
{
    static const char *const key[DC_N_TRACES] = {"auroc", "auroc_to_refuse",
                                                 "auroc_to_answer"};
    for (int s = 0; s < DC_N_TRACES; s++)
        dc_json_put(f->data, key[s], dc_json_boot(&t->scope[s].auroc));
    dc_json_put(f->data, "auroc_within", dc_json_boot(&t->within.pooled));
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    struct dc_groups g = {
        .look = {{"right", "right"}, {"wrong", "wrong"}},
        .values = {.n_group = 2},
        .labelled = true,
        .group_of = outcome_of,
    };
    if (!dc_groups_begin(&g, src, f))
        return;
    const struct dc_trace_target *t = &g.measure->target[DC_TARGET_CORRECT];
    put_data(f, t);
    if (f->empty)
        return;
    dc_groups_put(f, &g);
    put_auroc(f, t);
    dc_fig_note(f, "Right: the verdict is what the gold label asks for.");
}

const struct dc_plot_row dc_plot_confidence_by_correctness = {
    .name = "confidence_by_correctness",
    .title = "Are surer traces right more often?",
    .about = "The run's measure over right and wrong traces. What holds over "
             "all traces need not hold inside a gold class or inside a prompt: "
             "look at the rows below.",
    .draw = draw,
    .gp = dc_plot_confidence_by_correctness_gp,
    .gp_more = dc_plot_groups_gp,
};
