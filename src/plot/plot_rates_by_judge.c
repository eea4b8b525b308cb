/*
 * plot_rates_by_judge.c - the same decisions' rates under each judge of the run
 * file: how far a result hangs on who judged.
 */
#include "plot/forest.h"
#include "results/json_stat.h"

enum { MOST = 16, LABEL_COLS = 35 };

/* What is shown of each judge: ON_ALL where there are no gold labels. */
enum rate { ON_HARMFUL, ON_HARMLESS, ON_ALL, RATES };
static const char *const rate_key[RATES] = {
    [ON_HARMFUL] = "refused_harmful",
    [ON_HARMLESS] = "refused_harmless",
    [ON_ALL] = "refused",
};

static struct dc_prop rate_of(const struct dc_judges_row *r, enum rate k)
{
    const struct dc_matrix *m = &r->matrix;
    const uint64_t refused = r->decision[DC_VERDICT_REFUSAL];
    const uint64_t decided = refused + r->decision[DC_VERDICT_COMPLIANCE];
    if (k == ON_HARMFUL)
        return dc_prop_wilson(m->tp, m->tp + m->fn, 0.95);
    if (k == ON_HARMLESS)
        return dc_prop_wilson(m->fp, m->fp + m->tn, 0.95);
    return dc_prop_wilson(refused, decided, 0.95);
}

static json_t *judge_json(const struct dc_judges_row *r)
{
    json_t *o = json_object();
    dc_json_put(o, "judge", dc_json_text(r->label));
    for (enum rate k = 0; k < RATES; k++) {
        const struct dc_prop p = rate_of(r, k);
        dc_json_put(o, rate_key[k], r->has_decisions ? dc_json_prop(&p) : NULL);
    }
    return o;
}

/* Its panel, if a judge has such a rate. */
static bool put_rate(struct dc_fig *f, const struct dc_judges *j, enum rate k)
{
    struct dc_forest_row row[MOST];
    size_t n = j->n < MOST ? j->n : MOST;
    bool any = false;
    for (size_t i = 0; i < n; i++) {
        const struct dc_judges_row *r = &j->row[i];
        const struct dc_prop p = rate_of(r, k);
        row[i] = dc_forest_prop(f, &p);
        if (!r->has_decisions)
            row[i] = (struct dc_forest_row){.why = "not all judged"};
        row[i].label = dc_arena_printf(
            &f->arena, "%s%s",
            dc_fig_short(f, r->own ? LABEL_COLS - 12 : LABEL_COLS, r->label),
            r->own ? " (the run's)" : "");
        any = any || row[i].has;
    }
    dc_forest_put(f, dc_arena_printf(&f->arena, "rows_%s", rate_key[k]),
                  LABEL_COLS, row, any ? n : 0);
    return any;
}

static void draw(const struct dc_plot_src *src, struct dc_fig *f)
{
    const struct dc_judges *j = src->judges;
    if (!dc_plot_needs_judges(src, f))
        return;
    json_t *judges = json_array();
    dc_fig_head(f, src, j->n_prompt, j->n_trace, NULL);
    for (size_t i = 0; i < j->n; i++)
        json_array_append_new(judges, judge_json(&j->row[i]));
    dc_json_put(f->data, "judges", judges);
    bool any = put_rate(f, j, ON_HARMFUL);
    any = put_rate(f, j, ON_HARMLESS) || any;
    if (!any && !put_rate(f, j, ON_ALL)) {
        dc_fig_empty(f, "no judge has judged all traces and decided a prompt");
        return;
    }
    for (size_t i = 0; i < j->n; i++)
        if (j->row[i].own)
            dc_json_put(f->draw, "own", dc_json_count(i));
    dc_fig_note(f, "Of prompts that a judge's verdicts decide for refusal or "
                   "compliance, by the run's vote. Bars: 95 %% Wilson "
                   "intervals over prompts; they hold chance in the prompts, "
                   "and none of the judge's errors.");
    if (j->n > MOST)
        dc_fig_note(f, "The first %d of %zu judges are shown.", (int)MOST,
                    j->n);
}

const struct dc_plot_row dc_plot_rates_by_judge = {
    .name = "rates_by_judge",
    .title = "How far do the rates hang on the judge?",
    .about = "The same responses, judged by others. Where judges lie apart by "
             "more than their intervals, a rate says as much of the judge as "
             "of the model.",
    .draw = draw,
    .gp = dc_plot_rates_by_judge_gp,
};
