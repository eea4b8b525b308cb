/*
 * chapter_rates.c - decisions, rates, cost, single traces, judges, as Markdown.
 */
#include "base/plural.h"
#include "bundle/chapter.h"
#include "doc/md.h"
#include "report/served.h"

#include <inttypes.h>

/* ---- decisions ---- */

void dc_chapter_decisions(const struct dc_chapter *d)
{
    static const char *const cell[DC_N_GOLD][2] = {
        [DC_GOLD_REFUSE] = {"TP ", "FN "},
        [DC_GOLD_ANSWER] = {"FP ", "TN "},
        [DC_GOLD_NONE] = {"", ""}};
    const struct dc_summary *s = &d->f->summary;
    dc_buf_adds(d->b, "| prompts that | refused | answered | undetermined | "
                      "not decided | all |\n|---|---:|---:|---:|---:|---:|\n");
    for (int g = DC_N_GOLD - 1; g >= 0; g--) {
        const struct dc_summary_class *c = &s->gold[g];
        if (g == DC_GOLD_NONE && c->n == 0)
            continue;
        dc_buf_addf(d->b, "| %s | %s", dc_gold_asks((enum dc_gold)g),
                    cell[g][0]);
        dc_md_count(d->b, c->refusal);
        dc_buf_addf(d->b, " | %s", cell[g][1]);
        dc_md_count(d->b, c->compliance);
        dc_buf_addf(d->b, " | %" PRIu64 " | %" PRIu64 " | ", c->undetermined,
                    c->n - c->refusal - c->compliance - c->undetermined);
        dc_md_count(d->b, c->n);
        dc_buf_adds(d->b, " |\n");
    }
    if (s->n_problem > 0)
        dc_buf_addf(d->b,
                    "\n%" PRIu64 " prompt%s could not be run; counted as "
                    "undetermined.\n",
                    s->n_problem, dc_plural(s->n_problem));
    dc_chapter_picture(d, "confusion_matrix_2x2");
}

/* ---- rates ---- */

static void prop_row(const struct dc_chapter *d, const char *name,
                     const struct dc_prop *p, const char *means)
{
    dc_buf_addf(d->b, "| %s | ", name);
    dc_md_prop(d->b, p);
    dc_buf_addf(d->b, " | %s |\n", means);
}

static void ratio_row(const struct dc_chapter *d, const char *name,
                      const struct dc_ratio *r, const char *means)
{
    dc_buf_addf(d->b, "| %s | ", name);
    dc_md_ratio(d->b, r);
    dc_buf_addf(d->b, " | %s |\n", means);
}

void dc_chapter_rates(const struct dc_chapter *d)
{
    const struct dc_summary *s = &d->f->summary;
    const struct dc_matrix_rates *r = &s->rates;
    if (s->gold[DC_GOLD_REFUSE].n + s->gold[DC_GOLD_ANSWER].n == 0) {
        dc_buf_adds(d->b, "No prompt has a gold label, so there are no "
                          "rates.\n");
        return;
    }
    dc_buf_adds(d->b, "| rate | value (95 % Wilson interval), count | what it "
                      "is |\n|---|---|---|\n");
    prop_row(d, "sensitivity", &r->sensitivity,
             "refused, of those that should be");
    prop_row(d, "specificity", &r->specificity,
             "answered, of those that should be");
    prop_row(d, "precision", &r->precision,
             "should be refused, of those refused");
    prop_row(d, "accuracy", &r->accuracy, "decided as the label asks for");
    prop_row(d, "majority baseline", &r->majority_baseline,
             "accuracy of the best constant answer");
    ratio_row(d, "balanced accuracy", &r->balanced_accuracy,
              "mean of sensitivity and specificity; 0.5 for a constant");
    ratio_row(d, "F1", &r->f1, "harmonic mean of precision and sensitivity");
    ratio_row(d, "MCC", &r->mcc, "correlation; 0 is chance, below 0 inverted");
    if (s->gold[DC_GOLD_REFUSE].undetermined +
            s->gold[DC_GOLD_ANSWER].undetermined ==
        0)
        return;
    prop_row(d, "sensitivity, worst case", &s->sensitivity_worst,
             "every undetermined one wrong");
    prop_row(d, "sensitivity, best case", &s->sensitivity_best,
             "every undetermined one right");
    prop_row(d, "specificity, worst case", &s->specificity_worst,
             "every undetermined one wrong");
    prop_row(d, "specificity, best case", &s->specificity_best,
             "every undetermined one right");
}

/* ---- cost ---- */

/* The share saved, and the end of the row. */
static void share(const struct dc_chapter *d, double saved, double spent,
                  const char *how)
{
    if (dc_summary_has_share(&d->f->summary))
        dc_buf_addf(d->b, " | %.1f %%%s |\n",
                    100 * dc_summary_share(saved, spent), how);
    else
        dc_buf_adds(d->b, " | - |\n");
}

/* Where all traces were given, none was saved. */
static void saved_count(const struct dc_chapter *d, uint64_t n)
{
    if (!d->f->summary.knows.drawn)
        dc_buf_addc(d->b, '-');
    else
        dc_md_count(d->b, n);
}

static void lacking_row(const struct dc_chapter *d, const char *name,
                        uint64_t n_lacking)
{
    dc_buf_addf(d->b, "| %s | ", name);
    dc_summary_lacking(&d->f->summary, n_lacking, d->b);
    dc_buf_adds(d->b, " | - | - |\n");
}

static void cost_table(const struct dc_chapter *d)
{
    const struct dc_summary *s = &d->f->summary;
    const char *how = s->saved.n_trace > 0 ? ", estimated" : "";
    struct dc_buf *b = d->b;
    dc_buf_addf(b,
                "| | spent | saved | saved of all %u trace%s a prompt |\n"
                "|---|---:|---:|---:|\n| traces | ",
                s->max_traces, dc_plural(s->max_traces));
    dc_md_count(b, s->spent.n_trace);
    dc_buf_adds(b, " | ");
    saved_count(d, s->saved.n_trace);
    share(d, (double)s->saved.n_trace, (double)s->decided.n_trace, "");
    if (s->n_no_count > 0) {
        lacking_row(d, "tokens", s->n_no_count);
    } else {
        dc_buf_adds(b, "| tokens | ");
        dc_md_count(b, (uint64_t)(s->spent.n_tok + 0.5));
        dc_buf_adds(b, " | ");
        saved_count(d, (uint64_t)(s->saved.n_tok + 0.5));
        share(d, s->saved.n_tok, s->decided.n_tok, how);
    }
    if (s->n_no_time > 0) {
        lacking_row(d, "seconds", s->n_no_time);
    } else {
        dc_buf_addf(b, "| seconds | %.1f | ", s->spent.ms / 1000);
        if (!s->knows.drawn)
            dc_buf_addc(b, '-');
        else
            dc_buf_addf(b, "%.1f", s->saved.ms / 1000);
        share(d, s->saved.ms, s->decided.ms, how);
    }
    dc_buf_addc(b, '\n');
}

static void stopped(const struct dc_chapter *d)
{
    const struct dc_summary *s = &d->f->summary;
    dc_buf_adds(d->b, "\nWhy prompts stopped:\n\n| reason | prompts |\n"
                      "|---|---:|\n");
    for (size_t i = 0; i < s->n_reason; i++) {
        dc_buf_adds(d->b, "| ");
        dc_md_text(d->b, s->reason[i].name);
        dc_buf_adds(d->b, " | ");
        dc_md_count(d->b, s->reason[i].n);
        dc_buf_adds(d->b, " |\n");
    }
    if (s->n_decided < s->n_prompt) {
        dc_buf_adds(d->b, "| (not yet decided) | ");
        dc_md_count(d->b, s->n_prompt - s->n_decided);
        dc_buf_adds(d->b, " |\n");
    }
}

void dc_chapter_cost(const struct dc_chapter *d)
{
    const struct dc_summary *s = &d->f->summary;
    struct dc_buf *b = d->b;
    cost_table(d);
    if (dc_summary_saved_partly(s)) {
        dc_buf_adds(b, "Saved: ");
        dc_summary_saved_over(s, b);
        dc_buf_adds(b, ".\n");
    }
    if (dc_summary_has_wall(s))
        dc_buf_addf(b, "%.1f s of wall time in %" PRIu64 " session%s.\n",
                    s->wall_ms / 1000, s->n_session, dc_plural(s->n_session));
    if (s->saved.n_trace > 0)
        dc_buf_adds(b, "What was not drawn is estimated by the mean of the "
                       "prompt's own traces.\n");
    if (s->n_server > 0)
        dc_buf_adds(b, "Of servers, " DC_SERVED_COST ".\n");
    stopped(d);
    dc_chapter_picture(d, "savings_per_prompt");
}

/* ---- traces ---- */

void dc_chapter_traces(const struct dc_chapter *d)
{
    const struct dc_summary *s = &d->f->summary;
    struct dc_buf *b = d->b;
    if (s->spent.n_trace == 0) {
        dc_buf_adds(b, "None yet.\n");
        return;
    }
    dc_buf_addf(b,
                "Descriptive: the traces of a prompt are not independent, "
                "so no interval stands here%s.\n\n"
                "| prompts that | traces | refusals | undetermined |\n"
                "|---|---:|---:|---:|\n",
                s->saved.n_trace > 0 ? "; " DC_SUMMARY_FEWER_TRACES : "");
    for (int g = DC_N_GOLD - 1; g >= 0; g--) {
        const struct dc_summary_class *c = &s->gold[g];
        if (c->n_trace == 0)
            continue;
        dc_buf_addf(b, "| %s | ", dc_gold_asks((enum dc_gold)g));
        dc_md_count(b, c->n_trace);
        dc_buf_adds(b, " | ");
        dc_md_count(b, c->trace_refusal);
        dc_buf_addf(b, " (%.1f %%) | ",
                    100 * (double)c->trace_refusal / (double)c->n_trace);
        dc_md_count(b, c->trace_undetermined);
        dc_buf_adds(b, " |\n");
    }
    if (s->n_unclear > 0)
        dc_buf_adds(b, "\nWhy traces are undetermined: ");
    for (size_t i = 0; i < s->n_unclear; i++) {
        dc_buf_adds(b, i ? ", " : "");
        dc_md_count(b, s->unclear[i].n);
        dc_buf_addc(b, ' ');
        dc_md_text(b, s->unclear[i].name);
    }
    if (s->n_unclear > 0)
        dc_buf_adds(b, ".\n");
    dc_chapter_odd_traces(d);
    dc_chapter_picture(d, "label_flow");
    dc_chapter_picture(d, "trace_evolution");
}

void dc_chapter_correction(const struct dc_chapter *d)
{
    static const char *const name[DC_N_CORRECT] = {
        "should be refused", "should be answered", "all prompts"};
    const struct dc_correction *c = &d->f->correction;
    struct dc_buf *b = d->b;
    if (!d->f->has_correction) {
        dc_buf_adds(b, "The judge's own errors are not taken into account: no "
                       "validation was given (`--correct-with`).\n");
        return;
    }
    dc_buf_adds(b, "Share of refusals among single traces, corrected for the "
                   "errors of the judge ");
    dc_md_code(b, c->judge);
    dc_buf_addf(b,
                " on %" PRIu64 " labelled responses (%" PRIu64 " refusals; "
                "Rogan-Gladen, %g %% interval by prompt).\n\n"
                "| prompts | as judged | corrected | traces |\n"
                "|---|---:|---:|---:|\n",
                c->n_label, c->n_label_refusal, 100 * c->boot.level);
    for (int i = 0; i < DC_N_CORRECT; i++) {
        const struct dc_corrected *r = &c->of[i].rate;
        if (!c->of[i].has)
            continue;
        dc_buf_addf(b, "| %s | %.1f %% | %.1f %%", name[i],
                    100 * r->observed.value, 100 * r->rate.value.value);
        if (r->rate.defined)
            dc_buf_addf(b, " (%.1f to %.1f %%)", 100 * r->rate.lo,
                        100 * r->rate.hi);
        dc_buf_addf(b, " | %" PRIu64 " of %" PRIu64 " |\n", c->of[i].refusal,
                    c->of[i].judged);
    }
    dc_buf_addc(b, '\n');
    dc_correction_holds(c, b);
    dc_buf_addc(b, '\n');
}

/* ---- judges ---- */

void dc_chapter_judges(const struct dc_chapter *d)
{
    const struct dc_judges *j = &d->f->judges;
    struct dc_buf *b = d->b;
    if (j->n == 0) {
        dc_buf_adds(b, "No trace is judged yet.\n");
        return;
    }
    dc_buf_adds(b, "| judge | version | refusal | partial | compliance | "
                   "undetermined | traces |\n"
                   "|---|---|---:|---:|---:|---:|---:|\n");
    for (size_t i = 0; i < j->n; i++) {
        const struct dc_judges_row *r = &j->row[i];
        dc_buf_adds(b, "| ");
        dc_md_code(b, r->label);
        dc_buf_adds(b, r->own ? " (the run's own) | " : " | ");
        dc_md_text_cut(b, r->version ? r->version : "several", 40);
        dc_buf_addf(b,
                    " | %" PRIu64 " | %" PRIu64 " | %" PRIu64 " | %" PRIu64
                    " | %" PRIu64 " |\n",
                    r->verdict[DC_VERDICT_REFUSAL],
                    r->verdict[DC_VERDICT_PARTIAL],
                    r->verdict[DC_VERDICT_COMPLIANCE],
                    r->verdict[DC_VERDICT_UNDETERMINED], r->n);
    }
    dc_chapter_picture(d, "judge_agreement");
    if (j->n_pair == 0)
        return;
    dc_buf_adds(b, "\n| judges | traces alike | decisions alike |\n"
                   "|---|---|---|\n");
    for (size_t i = 0; i < j->n_pair; i++)
        dc_chapter_judge_pair(b, j, &j->pair[i]);
}
