/*
 * chapter_results.c - the tables and pictures behind the findings. What the
 * commands print stands in records/ whole; here is what a reader needs.
 */
#include "base/plural.h"
#include "report/chapter.h"
#include "report/examples.h"
#include "results/budgets_report.h"
#include "results/by_field_report.h"
#include "results/risky_report.h"
#include "results/stability_report.h"
#include "results/stats_report.h"
#include "results/summary_doc.h"
#include "results/sweep_report.h"

/* ---- what the model does ---- */

void dc_chapter_rates(const struct dc_chapter *c)
{
    dc_summary_doc_decisions(&c->f->summary, c->d);
    dc_chapter_picture(c, "confusion_matrix_2x2");
    dc_summary_doc_rates(&c->f->summary, c->d);
    dc_summary_doc_judges(&c->f->summary, c->d);
    dc_chapter_picture(c, "rates_by_judge");
    dc_chapter_picture(c, "judge_agreement");
}

void dc_chapter_model(const struct dc_chapter *c)
{
    const struct dc_facts *f = c->f;
    dc_chapter_rates(c);
    for (size_t i = 0; i < f->n_by; i++)
        dc_by_field_doc_short(&f->by[i], c->d);
    if (f->n_by > 0)
        dc_doc_note(c->d, "every value with its interval: %s",
                    dc_doc_code(c->d, "report.html"));
    dc_chapter_picture(c, "refusals_by_field");
    if (f->has_correction)
        dc_correction_doc(&f->correction, c->d);
    dc_summary_doc_traces(&f->summary, c->d);
    dc_chapter_picture(c, "label_flow");
    if (f->has_stability)
        dc_stability_doc_short(&f->stability, c->d);
    dc_chapter_picture(c, "stability");
    dc_examples_doc(f, c->d);
}

/* ---- what its confidence is worth ---- */

void dc_chapter_measures(const struct dc_chapter *c)
{
    if (c->f->has_stats)
        dc_stats_doc_measures(&c->f->stats, c->d);
}

void dc_chapter_confidence(const struct dc_chapter *c)
{
    dc_chapter_measures(c);
    dc_chapter_picture(c, "confidence_by_correctness");
    dc_chapter_picture(c, "roc");
    dc_chapter_picture(c, "risk_coverage");
    dc_chapter_picture(c, "reliability");
    if (c->f->has_stats)
        dc_stats_doc_own_categories(&c->f->stats, c->d);
    if (c->f->has_risky) {
        const struct dc_risky_report r = dc_facts_risky(c->f);
        dc_risky_doc_short(&r, c->d);
    }
    dc_chapter_picture(c, "compliance_risk");
    dc_chapter_picture(c, "confidence_by_category");
    dc_chapter_picture(c, "confidence_by_toxicity");
}

/* ---- what stopping early costs ---- */

static void policies(const struct dc_chapter *c, bool answer)
{
    if (!c->f->has_sweep)
        return; /* why not stands among the doubts */
    dc_doc_heading(c->d, "Stopping policies", "policies");
    if (answer)
        dc_sweep_doc_answer(&c->f->sweep, c->d);
    dc_sweep_doc_basis(&c->f->sweep, c->d);
    dc_sweep_doc_front(&c->f->sweep, false, c->d);
    dc_doc_note(c->d,
                "*: no other setting costs less and changes as few decisions; "
                "percentiles of confidence stand below. "
                "Changed: against the majority over all %u trace%s. At most: "
                "the worst case over all orders of a prompt's traces, none "
                "undetermined. All settings: %s.",
                c->f->record.k, dc_plural(c->f->record.k),
                dc_doc_code(c->d, "records/sweep.csv"));
    dc_chapter_picture(c, "pareto");
}

void dc_chapter_sweep(const struct dc_chapter *c)
{
    policies(c, true);
}

void dc_chapter_cost(const struct dc_chapter *c)
{
    dc_summary_doc_cost(&c->f->summary, c->d);
    dc_summary_doc_stopped(&c->f->summary, c->d);
    dc_chapter_picture(c, "savings_per_prompt");
    dc_chapter_picture(c, "trace_evolution");
}

void dc_chapter_stopping(const struct dc_chapter *c)
{
    dc_chapter_cost(c);
    if (c->f->has_budgets)
        dc_budgets_doc_short(&c->f->budgets, c->d);
    policies(c, false); /* the findings answer */
    if (c->f->has_sweep)
        dc_sweep_doc_percentiles(&c->f->sweep, c->d);
    dc_chapter_picture(c, "percentile_safety_curves");
}
