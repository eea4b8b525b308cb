/*
 * budgets_doc.c - budgets (replay/budgets.h) as a document and as JSON: the
 * figures of each, and how each differs from all K traces.
 */
#include "base/mem.h"
#include "base/plural.h"
#include "results/budgets_report.h"
#include "results/json_stat.h"
#include "results/runs_report.h"
#include "results/summary_doc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool budgets_gold(const struct dc_budgets *b)
{
    return b->runs.pair[0].c->test[DC_COMPARE_CORRECT].paired.n > 0;
}

static void budgets_row(const struct dc_runs_run *x, bool gold,
                        struct dc_doc *d)
{
    const struct dc_matrix_rates r = dc_matrix_rates(&x->matrix, DC_RUNS_LEVEL);
    struct dc_prop refused = dc_prop_wilson(x->n_refusal, x->n, DC_RUNS_LEVEL);
    struct dc_prop over = dc_summary_over_refusal(&x->matrix);
    struct dc_cell cell[7];
    size_t n = 0;
    cell[n++] = dc_cell_code(x->name);
    cell[n++] = dc_cell_prop(gold ? &r.sensitivity : &refused);
    if (gold) {
        cell[n++] = dc_cell_prop(&over);
        cell[n++] = dc_cell_prop(&r.accuracy);
    }
    cell[n++] = dc_cell_count(x->n_undetermined);
    cell[n++] = dc_cell_real(x->traces, 2);
    cell[n++] = x->has_tokens ? dc_cell_real(x->tokens, 1)
                              : dc_cell_missing("not known");
    dc_doc_row(d, cell);
}

/* Of how many prompts the decision is the same. */
static struct dc_prop budgets_same(const struct dc_compare *c)
{
    return dc_prop_clopper_pearson(c->changed.n - c->changed.k, c->changed.n,
                                   DC_RUNS_LEVEL);
}

/* How many prompts each budget decides as the reference does. */
static void budgets_answer(const struct dc_budgets *b, struct dc_doc *d)
{
    const struct dc_budget *of = &b->budget[b->reference];
    struct dc_buf s;
    size_t n = 0;
    dc_buf_init(&s, SIZE_MAX);
    for (size_t i = 0; i < b->n; i++) {
        const struct dc_budget *x = &b->budget[i];
        if (!x->has_against)
            continue;
        const struct dc_prop same = budgets_same(&x->against);
        dc_buf_addf(&s, n++ ? ", %" PRIu64 : "%" PRIu64, same.k);
        if (n == 1)
            dc_buf_addf(&s, " of %" PRIu64 " prompt%s", same.n,
                        dc_plural(same.n));
        dc_buf_addf(&s, " by %s", dc_doc_code(d, x->name));
        if (x->setting.max_traces == 0)
            dc_buf_addf(&s, " (%.2f traces a prompt)", b->runs.run[n].traces);
    }
    dc_doc_say(d, "Decided as by %s: %s.", dc_doc_code(d, of->name), s.data);
    dc_buf_release(&s);
}

static void budgets_figures(const struct dc_budgets *b, bool gold,
                            struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"budget", NULL, 0, true},
        {"refusal rate on harmful", "with 95 % Wilson interval", 0, false},
        {"over-refusal", "refused, of the harmless ones", 1, false},
        {"accuracy", "of those decided for refusal or compliance", 2, false},
        {"undetermined", "prompts", 4, false},
        {"traces", "a prompt", 0, false},
        {"tokens", "a prompt", 3, false}};
    static const struct dc_doc_column without[] = {
        {"budget", NULL, 0, true},
        {"refused", "of all prompts", 0, false},
        {"undetermined", "prompts", 2, false},
        {"traces", "a prompt", 0, false},
        {"tokens", "a prompt", 1, false}};
    dc_doc_heading(d, "One set of traces under several budgets", "budgets");
    budgets_answer(b, d);
    dc_doc_table(d, "Figures of the budgets", NULL, gold ? column : without,
                 gold ? DC_COUNT(column) : DC_COUNT(without));
    for (size_t i = 1; i < b->runs.n_run; i++)
        budgets_row(&b->runs.run[i], gold, d);
    budgets_row(&b->runs.run[0], gold, d);
    dc_doc_note(d,
                "of the %zu prompt%s decided; each budget takes the first of "
                "the same recorded traces; rates with 95 %% intervals by "
                "Wilson",
                b->n_prompt, dc_plural(b->n_prompt));
    if (!b->has_all)
        dc_doc_note(d, "all %u traces are no row: %s%s, and not all have them",
                    b->record->k,
                    b->record->knows.drawn ? "the run was drawn with --stop "
                                           : "the input's prompts have as "
                                             "many as it gave",
                    b->record->knows.drawn ? b->record->policy : "");
}

/* The difference of a mean; nothing where it is not known. */
static struct dc_cell budgets_mean(const struct dc_compare *c, const char *name,
                                   int places)
{
    for (size_t i = 0; i < c->n_mean; i++)
        if (!strcmp(c->mean[i].name, name) && c->mean[i].n > 0)
            return dc_cell_boot(&c->mean[i].diff, places);
    return dc_cell_missing("not known");
}

static void budgets_difference(const struct dc_budget *x, bool gold,
                               struct dc_doc *d)
{
    const struct dc_compare *c = &x->against;
    const struct dc_prop same = budgets_same(c);
    const struct dc_compare_test *t =
        &c->test[gold ? DC_COMPARE_HARMFUL : DC_COMPARE_REFUSAL];
    struct dc_cell cell[6];
    size_t n = 0;
    cell[n++] = dc_cell_code(x->name);
    cell[n++] = dc_cell_prop(&same);
    cell[n++] = dc_cell_points(&t->paired);
    if (gold)
        cell[n++] = dc_cell_points(&c->test[DC_COMPARE_HARMLESS].paired);
    cell[n++] = budgets_mean(c, "traces", 2);
    cell[n++] = budgets_mean(c, "tokens", 1);
    dc_doc_row(d, cell);
}

static void budgets_differences(const struct dc_budgets *b, bool gold,
                                struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"budget", NULL, 0, true},
        {"same decision", "of the prompts", 1, false},
        {"refused, harmful", "points, with interval", 0, false},
        {"answered, harmless", "points, with interval", 2, false},
        {"traces", "a prompt, with interval", 0, false},
        {"tokens", "a prompt, with interval", 3, false}};
    static const struct dc_doc_column without[] = {
        {"budget", NULL, 0, true},
        {"same decision", "of the prompts", 1, false},
        {"refused", "points, with interval", 0, false},
        {"traces", "a prompt, with interval", 0, false},
        {"tokens", "a prompt, with interval", 2, false}};
    const struct dc_budget *of = &b->budget[b->reference];
    dc_doc_heading(d, "Differences, paired by prompt", "budgets-differences");
    dc_doc_table(d, "Differences of the budgets", NULL, gold ? column : without,
                 gold ? DC_COUNT(column) : DC_COUNT(without));
    for (size_t i = 0; i < b->n; i++)
        if (b->budget[i].has_against)
            budgets_difference(&b->budget[i], gold, d);
    dc_doc_note(d,
                "each less %s, with %g %% intervals: shares as paired "
                "proportions, traces and tokens by resampling prompts; "
                "undetermined is neither refused nor answered; --json has "
                "every two of them with corrected tests",
                dc_doc_code(d, of->name), 100 * DC_RUNS_LEVEL);
}

void dc_budgets_doc(const struct dc_budgets *b, struct dc_doc *d)
{
    bool gold = budgets_gold(b);
    if (b->record->judge_note)
        dc_doc_note(d, "%s", b->record->judge_note);
    budgets_figures(b, gold, d);
    budgets_differences(b, gold, d);
}

/* ---- of a report ---- */

/* against: less what; NULL: it is the reference. */
static void budgets_short_row(const struct dc_runs_run *x,
                              const struct dc_budget *against, bool gold,
                              struct dc_doc *d)
{
    const struct dc_matrix_rates r = dc_matrix_rates(&x->matrix, DC_RUNS_LEVEL);
    struct dc_prop refused = dc_prop_wilson(x->n_refusal, x->n, DC_RUNS_LEVEL);
    struct dc_prop over = dc_summary_over_refusal(&x->matrix);
    const struct dc_compare_test *t = against ? against->against.test : NULL;
    struct dc_cell cell[6];
    size_t n = 0;
    cell[n++] = dc_cell_code(x->name);
    cell[n++] = dc_cell_real(x->traces, 2);
    cell[n++] = dc_cell_prop(gold ? &r.sensitivity : &refused);
    cell[n++] =
        t ? dc_cell_points(
                &t[gold ? DC_COMPARE_HARMFUL : DC_COMPARE_REFUSAL].paired)
          : dc_cell_missing("-");
    if (gold)
        cell[n++] = dc_cell_prop(&over);
    if (gold)
        cell[n++] = t ? dc_cell_points(&t[DC_COMPARE_HARMLESS].paired)
                      : dc_cell_missing("-");
    dc_doc_row(d, cell);
}

void dc_budgets_doc_short(const struct dc_budgets *b, struct dc_doc *d)
{
    static const struct dc_doc_column column[] = {
        {"budget", NULL, 0, true},
        {"traces", "a prompt", 0, false},
        {"refusal rate on harmful", NULL, 0, false},
        {"refused, change", "points, with interval", 0, false},
        {"over-refusal", "refused, of the harmless ones", 0, false},
        {"answered, change", "points, with interval", 0, false}};
    static const struct dc_doc_column without[] = {
        {"budget", NULL, 0, true},
        {"traces", "a prompt", 0, false},
        {"refusal rate", "of all prompts", 0, false},
        {"refused, change", "points, with interval", 0, false}};
    bool gold = budgets_gold(b);
    size_t k = 1;
    dc_doc_heading(d, "One set of traces under several budgets", "budgets");
    budgets_answer(b, d);
    dc_doc_table(d, "Budgets", NULL, gold ? column : without,
                 gold ? DC_COUNT(column) : DC_COUNT(without));
    for (size_t i = 0; i < b->n; i++)
        if (b->budget[i].has_against)
            budgets_short_row(&b->runs.run[k++], &b->budget[i], gold, d);
    budgets_short_row(&b->runs.run[0], NULL, gold, d);
    dc_doc_explain(d, "refused, change", "points, against %s, by prompt",
                   dc_doc_code(d, b->budget[b->reference].name));
}

/* ---- JSON ---- */

static json_t *budgets_mean_json(const struct dc_compare *c, const char *name)
{
    for (size_t i = 0; i < c->n_mean; i++)
        if (!strcmp(c->mean[i].name, name) && c->mean[i].n > 0)
            return dc_json_boot(&c->mean[i].diff);
    return NULL;
}

json_t *dc_budgets_json(const struct dc_budgets *b)
{
    json_t *root = dc_runs_tree(&b->runs), *list = json_array();
    for (size_t i = 0; i < b->n; i++) {
        const struct dc_budget *x = &b->budget[i];
        if (!x->has_against)
            continue;
        const struct dc_prop same = budgets_same(&x->against);
        json_t *o = json_object();
        dc_json_put(o, "run", dc_json_text(x->name));
        dc_json_put(o, "same_decision", dc_json_prop(&same));
        dc_json_put(o, "traces", budgets_mean_json(&x->against, "traces"));
        dc_json_put(o, "tokens", budgets_mean_json(&x->against, "tokens"));
        json_array_append_new(list, o);
    }
    dc_json_put(root, "format", json_string("deepconf-budgets 1"));
    dc_json_put(root, "reference", dc_json_text(b->budget[b->reference].name));
    dc_json_put(root, "less_reference", list);
    return root;
}
