/*
 * risky_runs.c - risky_runs.h. The p of each run is adjusted for the number of
 * runs (Holm), which holds however much they have in common.
 */
#include "results/risky_runs.h"

#include "base/mem.h"
#include "base/plural.h"
#include "results/json_stat.h"
#include "results/risky_report.h"
#include "results/risky_table.h"

#include <deepconf/stat.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What is said of all runs, of one unit. */
struct risky_runs {
    struct dc_risky_part part[DC_RISKY_RUNS_MAX]; /* p_holm over runs */
    size_t n, n_answer[DC_N_RISKY_ANSWER];
    size_t n_test, n_more, n_less; /* p_holm <= 0.05, by the sign */
    double least, most;            /* differences; with n_diff */
    size_t n_diff;
};

static void runs_adjust(struct risky_runs *r)
{
    double p[DC_RISKY_RUNS_MAX] = {0}, holm[DC_RISKY_RUNS_MAX];
    size_t at[DC_RISKY_RUNS_MAX], n = 0;
    for (size_t i = 0; i < r->n; i++)
        if (r->part[i].has_p) {
            at[n] = i;
            p[n++] = r->part[i].p;
        }
    dc_holm(p, n, holm);
    for (size_t k = 0; k < n; k++) {
        struct dc_risky_part *x = &r->part[at[k]];
        x->p_holm = holm[k];
        r->n_more += holm[k] <= 0.05 && x->diff.value.value > 0;
        r->n_less += holm[k] <= 0.05 && x->diff.value.value < 0;
    }
    r->n_test = n;
}

static struct risky_runs runs_of(const struct dc_risky_run *run, size_t n,
                                 enum dc_risky_unit u)
{
    struct risky_runs r = {.n = n};
    for (size_t i = 0; i < n; i++) {
        const struct dc_risky_part *p = dc_risky_head(run[i].x, u);
        double d = p->diff.value.value;
        r.part[i] = *p;
        r.n_answer[p->answer]++;
        if (p->why || !p->diff.value.defined)
            continue;
        r.least = r.n_diff == 0 || d < r.least ? d : r.least;
        r.most = r.n_diff == 0 || d > r.most ? d : r.most;
        r.n_diff++;
    }
    runs_adjust(&r);
    return r;
}

/* ---- prompts that several runs have ---- */

static int runs_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Ids that are in more than one run, and all of them. */
static size_t runs_shared(const struct dc_risky_run *run, size_t n, size_t *all)
{
    size_t total = 0, k = 0, shared = 0;
    for (size_t i = 0; i < n; i++)
        total += run[i].x->even.n_prompt;
    const char **id = dc_xcalloc(total + 1, sizeof *id);
    for (size_t i = 0; i < n; i++)
        for (size_t p = 0; p < run[i].x->even.n_prompt; p++)
            id[k++] = run[i].x->even.prompt[p]->id;
    qsort(id, k, sizeof *id, runs_compare);
    *all = 0;
    for (size_t i = 0; i < k; *all += 1) {
        size_t from = i;
        for (i++; i < k && !strcmp(id[from], id[i]);)
            i++;
        shared += i - from > 1;
    }
    free(id);
    return shared;
}

/* ---- the document ---- */

static void runs_say(const struct risky_runs *r, struct dc_doc *d)
{
    const size_t *a = r->n_answer;
    dc_doc_say(d,
               "Of %zu runs, %zu say%s yes, %zu no, %zu that it is the other "
               "way round, %zu that neither is shown; of %zu nothing can be "
               "compared.",
               r->n, a[DC_RISKY_YES], a[DC_RISKY_YES] == 1 ? "s" : "",
               a[DC_RISKY_NO], a[DC_RISKY_REVERSED], a[DC_RISKY_NOT_SHOWN],
               a[DC_RISKY_NONE]);
    if (r->n_test > 0)
        dc_doc_say(d,
                   "Adjusted for %zu test%s (Holm), uncertain compliances are "
                   "riskier in %zu, and less risky in %zu.",
                   r->n_test, dc_plural(r->n_test), r->n_more, r->n_less);
    if (r->n_diff > 1)
        dc_doc_say(d, "The differences go from %+.1f to %+.1f points.",
                   100 * r->least, 100 * r->most);
}

static void runs_table(const struct dc_risky_run *run,
                       const struct risky_runs *r, const char *caption,
                       struct dc_doc *d)
{
    dc_risky_table("run", caption, d);
    for (size_t i = 0; i < r->n; i++)
        dc_risky_row(dc_cell_code(run[i].name), &r->part[i], d);
}

static bool runs_are_of_one_trace(const struct dc_risky_run *run, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!run[i].x->one_trace)
            return false;
    return true;
}

static void runs_notes(const struct dc_risky_run *run, size_t n,
                       struct dc_doc *d)
{
    size_t all, shared = runs_shared(run, n, &all);
    if (shared > 0)
        dc_doc_note(
            d,
            "%zu of %zu ids of prompts are in more than one run, so that "
            "the runs are no independent evidence: there is no pooled "
            "figure.",
            shared, all);
    else
        dc_doc_note(
            d, "No id of a prompt is in two runs. There is no pooled figure: "
               "each run has a measure, a cut and a model of its own.");
    for (size_t i = 0; i < n; i++) {
        const struct dc_risky *x = run[i].x;
        dc_doc_note(d, "%s: %s judges, cut of %s%s, %zu prompts.",
                    dc_doc_code(d, run[i].name),
                    dc_doc_code(d, x->record->judge),
                    dc_doc_code(d, dc_risky_head(x, DC_RISKY_TRACES)->name),
                    x->named ? "" : ", which was not named before the run",
                    x->even.n_prompt);
    }
    dc_doc_note(d, "`deepconf stats FILE --question compliance-risk` of one "
                   "run has its cells, measures, judges and categories.");
}

void dc_risky_runs_doc(const struct dc_risky_run *run, size_t n,
                       struct dc_doc *d)
{
    const struct risky_runs t = runs_of(run, n, DC_RISKY_TRACES);
    const struct risky_runs g = runs_of(run, n, DC_RISKY_DECISIONS);
    dc_doc_heading(d, "Are uncertain compliances riskier than confident ones?",
                   "risky-runs");
    runs_say(&t, d);
    runs_table(run, &t, "Compliances, of traces, by run", d);
    if (!runs_are_of_one_trace(run, n)) {
        dc_doc_say(d, "Decisions, with the mean of the measure over the "
                      "prompt's traces:");
        runs_table(run, &g, "Compliances, of decisions, by run", d);
    }
    runs_notes(run, n, d);
}

/* ---- JSON ---- */

static json_t *runs_unit_json(const struct risky_runs *r)
{
    json_t *o = json_object(), *a = json_object();
    for (int i = 0; i < DC_N_RISKY_ANSWER; i++) {
        const char *name = i == DC_RISKY_REVERSED
                               ? "reversed"
                               : dc_risky_answer_name((enum dc_risky_answer)i);
        dc_json_put(a, name, dc_json_count(r->n_answer[i]));
    }
    dc_json_put(o, "answers", a);
    dc_json_put(o, "tests", dc_json_count(r->n_test));
    dc_json_put(o, "riskier_after_holm", dc_json_count(r->n_more));
    dc_json_put(o, "less_risky_after_holm", dc_json_count(r->n_less));
    dc_json_put(o, "least_difference", r->n_diff ? json_real(r->least) : NULL);
    dc_json_put(o, "most_difference", r->n_diff ? json_real(r->most) : NULL);
    return o;
}

json_t *dc_risky_runs_json(const struct dc_risky_run *run, size_t n)
{
    struct risky_runs r[DC_N_RISKY_UNIT];
    static const char *const unit[] = {"traces", "decisions"};
    json_t *o = json_object(), *rows = json_array();
    size_t all, shared = runs_shared(run, n, &all);
    dc_json_put(o, "format", json_string("deepconf-compliance-risk-runs 1"));
    for (enum dc_risky_unit u = 0; u < DC_N_RISKY_UNIT; u++) {
        r[u] = runs_of(run, n, u);
        dc_json_put(o, unit[u], runs_unit_json(&r[u]));
    }
    dc_json_put(o, "prompts", dc_json_count(all));
    dc_json_put(o, "prompts_in_several_runs", dc_json_count(shared));
    for (size_t i = 0; i < n; i++) {
        const struct dc_record *rec = run[i].x->record;
        json_t *x = json_object();
        dc_json_put(x, "file", dc_json_text(run[i].name));
        dc_json_put(x, "judge", dc_json_text(rec->judge));
        dc_json_put(x, "by_measure",
                    dc_json_text(dc_risky_head(run[i].x, 0)->name));
        dc_json_put(x, "named_before_the_run", json_boolean(run[i].x->named));
        for (enum dc_risky_unit u = 0; u < DC_N_RISKY_UNIT; u++)
            dc_json_put(x, unit[u], dc_risky_part_json(&r[u].part[i]));
        json_array_append_new(rows, x);
    }
    dc_json_put(o, "runs", rows);
    return o;
}
