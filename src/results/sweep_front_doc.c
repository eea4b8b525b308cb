/*
 * sweep_front_doc.c - of a sweep what a reader of a report needs, as parts of a
 * document: the settings that are worth a look, and stopping by a percentile of
 * confidence.
 *
 * Worth a look is what is on the front (no other costs less and changes as
 * few), all traces, curtailment, and what saves more than that and can't change
 * a decision either. `sweep` has the others.
 */
#include "base/mem.h"
#include "results/sweep_report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool dc_sweep_is_percentile(const struct dc_sweep_row *r)
{
    return !strcmp(r->setting.policy.row->name, "confidence-percentile");
}

const struct dc_sweep_row *dc_sweep_find(const struct dc_sweep *s,
                                         const char *text)
{
    for (size_t i = 0; i < s->n_row; i++)
        if (!strcmp(s->row[i].text, text))
            return &s->row[i];
    return NULL;
}

/* Many safe settings come to the same as curtailment, which is under them. */
bool dc_sweep_is_worth(const struct dc_sweep *s, const struct dc_sweep_row *r)
{
    const struct dc_sweep_row *c = dc_sweep_find(s, "curtail");
    bool named = !strcmp(r->text, "fixed") || !strcmp(r->text, "curtail");
    if (r->n_missing > 0)
        return false;
    return r->on_front || named ||
           (dc_sweep_is_safe(s, r) &&
            (!c || dc_sweep_cost(s, r) < dc_sweep_cost(s, c)));
}

/* ---- cells ---- */

/* What a row saves; where that is not known, what it costs a prompt. */
static void front_cost(const struct dc_sweep *s, const struct dc_sweep_row *r,
                       struct dc_cell cell[2])
{
    const struct dc_sweep_saved x = dc_sweep_saving(s, r);
    double n = (double)r->n;
    cell[1] = dc_cell_missing("not known");
    if (x.has_traces)
        cell[0] = dc_cell_share(x.traces);
    else
        cell[0] = dc_cell_real((double)r->n_trace / n, 2);
    if (x.has_tokens)
        cell[1] = dc_cell_share(x.tokens);
    else if (s->has_count && !x.has_traces)
        cell[1] = dc_cell_real((double)r->n_tok / n, 1);
}

static void front_columns(const struct dc_sweep *s,
                          struct dc_doc_column column[2])
{
    column[0].name = s->has_full_cost ? "traces saved" : "traces a prompt";
    column[1].name = s->has_full_cost ? "tokens saved" : "tokens a prompt";
}

static void front_row(const struct dc_sweep *s, const struct dc_sweep_row *r,
                      struct dc_doc *d)
{
    struct dc_cell cost[2];
    struct dc_buf promise;
    char moved[64];
    dc_buf_init(&promise, 1 << 12);
    dc_sweep_promise(s, r, &promise);
    front_cost(s, r, cost);
    snprintf(moved, sizeof moved, "%" PRIu64 ", %" PRIu64, r->n_lost_refusal,
             r->n_new_refusal);
    dc_doc_row(d,
               (struct dc_cell[]){
                   dc_cell_code(r->text), dc_cell_text(r->on_front ? "*" : ""),
                   cost[0], cost[1], dc_cell_prop_of(&r->changed),
                   dc_cell_figure(moved), dc_cell_text(promise.data)});
    dc_buf_release(&promise);
}

void dc_sweep_doc_front(const struct dc_sweep *s, bool percentiles,
                        struct dc_doc *d)
{
    struct dc_doc_column column[] = {
        {"policy", "the setting", 0, true},
        {"", "no other row costs less and changes as few", 1, false},
        {"", NULL, 0, false},
        {"", NULL, 0, false},
        {"decisions changed", "against all traces", 0, false},
        {"refusals missed, false", NULL, 2, false},
        {"promise", "what is promised against all traces", 1, true}};
    size_t *order = dc_xcalloc(s->n_row + 1, sizeof *order);
    dc_sweep_sort(s, order);
    front_columns(s, &column[2]);
    dc_doc_table(d, "Policies", NULL, column, DC_COUNT(column));
    for (size_t i = 0; i < s->n_row; i++) {
        const struct dc_sweep_row *r = &s->row[order[i]];
        bool of_percentile = dc_sweep_is_percentile(r);
        if (of_percentile ? percentiles && r->n_missing == 0
                          : dc_sweep_is_worth(s, r))
            front_row(s, r, d);
    }
    free(order);
}

/* ---- percentiles ---- */

/* Why no threshold has figures. */
static void say_no_percentile(const struct dc_sweep *s, struct dc_doc *d)
{
    const char *why = dc_sweep_why_blank(s, "confidence-percentile");
    if (!why && s->has_full_cost)
        why = "not all traces have the confidence that it would stop by";
    if (!why)
        why = "the run stopped prompts early, so what other thresholds would "
              "have done is not known. Run with --stop fixed to know it";
    dc_doc_say(d, "No threshold has figures: %s.", why);
}

void dc_sweep_doc_percentiles(const struct dc_sweep *s, struct dc_doc *d)
{
    struct dc_doc_column column[] = {{"percentile", NULL, 0, false},
                                     {"sensitivity", NULL, 0, false},
                                     {"specificity", NULL, 0, false},
                                     {"changed", NULL, 1, false},
                                     {"", NULL, 0, false},
                                     {"", NULL, 1, false}};
    struct dc_cell cost[2];
    char q[32];
    size_t n = 0;
    dc_doc_heading(d, "Stopping at a confident trace", "percentiles");
    front_columns(s, &column[4]);
    dc_doc_table(d, "Rates and savings by percentile", NULL, column,
                 DC_COUNT(column));
    for (size_t i = 0; i < s->n_row; i++) {
        const struct dc_sweep_row *r = &s->row[i];
        if (r->n_missing > 0 || !dc_sweep_is_percentile(r))
            continue;
        struct dc_matrix_rates m = dc_matrix_rates(&r->matrix, s->cfg.level);
        front_cost(s, r, cost);
        snprintf(q, sizeof q, "%g", r->setting.policy.spec.arg[0]);
        dc_doc_row(d, (struct dc_cell[]){
                          dc_cell_figure(q), dc_cell_prop(&m.sensitivity),
                          dc_cell_prop(&m.specificity),
                          dc_cell_count(r->changed.k), cost[0], cost[1]});
        n++;
    }
    if (n == 0)
        say_no_percentile(s, d);
}
