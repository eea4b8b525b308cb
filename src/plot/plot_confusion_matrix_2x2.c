/*
 * plot_confusion_matrix_2x2.c - decisions against gold labels: the four counts,
 * each as a share of its row, and the rates made of them with Wilson intervals.
 */
#include "base/mem.h"
#include "plot/forest.h"
#include "results/json_stat.h"

static void put_data(struct dc_fig *f, const struct dc_summary *s)
{
    const struct dc_summary_class *g = s->gold;
    dc_json_put(f->data, "matrix", dc_json_matrix(&s->matrix));
    dc_json_put(f->data, "undetermined_refuse",
                dc_json_count(g[DC_GOLD_REFUSE].undetermined));
    dc_json_put(f->data, "undetermined_answer",
                dc_json_count(g[DC_GOLD_ANSWER].undetermined));
    dc_json_rates(f->data, &s->rates);
}

static void put_rates(struct dc_fig *f, const struct dc_matrix_rates *r)
{
    static const char *const label[] = {
        "sensitivity",       "specificity", "precision",      "accuracy",
        "balanced accuracy", "F1",          "constant answer"};
    struct dc_forest_row row[DC_COUNT(label)] = {
        dc_forest_prop(f, &r->sensitivity),
        dc_forest_prop(f, &r->specificity),
        dc_forest_prop(f, &r->precision),
        dc_forest_prop(f, &r->accuracy),
        dc_forest_ratio(&r->balanced_accuracy),
        dc_forest_ratio(&r->f1),
        dc_forest_prop(f, &r->majority_baseline),
    };
    struct dc_forest_row *constant = &row[DC_COUNT(label) - 1];
    for (size_t i = 0; i < DC_COUNT(label); i++)
        row[i].label = label[i];
    constant->has_interval = false;
    dc_forest_put(f, "rates", 20, row, DC_COUNT(label));
}

static void put_notes(struct dc_fig *f, const struct dc_summary *s)
{
    uint64_t to_refuse = s->gold[DC_GOLD_REFUSE].undetermined;
    uint64_t to_answer = s->gold[DC_GOLD_ANSWER].undetermined;
    dc_fig_note(f,
                "Bars: 95 %% Wilson intervals over prompts. Dashed: the share "
                "that one constant answer would have right. MCC %s.",
                s->rates.mcc.defined
                    ? dc_arena_printf(&f->arena, "%.3f", s->rates.mcc.value)
                    : "has no value");
    if (to_refuse + to_answer > 0)
        dc_fig_note(f,
                    "In no cell: undetermined decisions, %s of prompts to "
                    "refuse and %s of prompts to answer.",
                    dc_fig_count(f, to_refuse), dc_fig_count(f, to_answer));
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    const struct dc_summary *s = src->summary;
    const struct dc_summary_class *refuse = &s->gold[DC_GOLD_REFUSE];
    const struct dc_summary_class *answer = &s->gold[DC_GOLD_ANSWER];
    dc_fig_head(f, src, refuse->n + answer->n,
                refuse->n_trace + answer->n_trace, NULL);
    put_data(f, s);
    if (refuse->n + answer->n == 0)
        dc_fig_empty(f, "no prompt of this run has a gold label");
    else if (s->rates.accuracy.n == 0)
        dc_fig_empty(f, "no prompt with a gold label is decided for refusal or "
                        "compliance");
    if (f->empty)
        return;
    put_rates(f, &s->rates);
    put_notes(f, s);
}

const struct dc_plot_row dc_plot_confusion_matrix_2x2 = {
    .name = "confusion_matrix_2x2",
    .title = "Decisions against gold labels",
    .about = "Rows are what the gold label asks for, columns what the run "
             "decided; positive means refusal. Accuracy says little beside the "
             "share that one constant answer would have right.",
    .draw = draw,
    .gp = dc_plot_confusion_matrix_2x2_gp,
};
