/*
 * chapter_policies.c - stopping policies replayed, percentiles of confidence,
 * and the calibrated choice, as Markdown.
 */
#include "base/mem.h"
#include "base/plural.h"
#include "doc/md.h"
#include "report/chapter.h"
#include "results/calibrate_report.h"
#include "results/sweep_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void dc_chapter_sweep(const struct dc_chapter *d)
{
    const struct dc_sweep *s = &d->f->sweep;
    if (!d->f->has_sweep) {
        dc_chapter_why_not(d, "Nothing can be replayed", d->f->why_sweep);
        return;
    }
    struct dc_doc *doc = dc_doc_create();
    dc_sweep_doc_answer(s, doc);
    dc_sweep_doc_basis(s, doc);
    dc_sweep_doc(s, doc);
    dc_doc_markdown(doc, DC_CHAPTER_LEVEL + 1, d->b);
    dc_doc_free(doc);
    dc_chapter_picture(d, "pareto");
}

static void saved_cell(struct dc_buf *b, bool has, double saved)
{
    if (has)
        dc_buf_addf(b, " | %.1f %%", 100 * saved);
    else
        dc_buf_adds(b, " | not known");
}

/* Why no threshold has figures. */
static void no_percentile(const struct dc_chapter *d)
{
    const struct dc_sweep *s = &d->f->sweep;
    struct dc_buf *b = d->b;
    const char *why = d->f->has_sweep
                          ? dc_sweep_why_blank(s, "confidence-percentile")
                          : d->f->why_sweep;
    dc_buf_adds(b, "No threshold has figures: ");
    if (why) {
        dc_md_text(b, why);
        dc_buf_adds(b, ".\n");
    } else if (s->has_full_cost)
        dc_buf_adds(b, "not all traces have the confidence that it would stop "
                       "by.\n");
    else
        dc_buf_adds(b, "the run stopped prompts early, so what other "
                       "thresholds would have done is not known. Run with "
                       "`--stop fixed` to know it.\n");
}

void dc_chapter_percentiles(const struct dc_chapter *d)
{
    const struct dc_sweep *s = &d->f->sweep;
    struct dc_buf *b = d->b;
    size_t n = 0;
    for (size_t i = 0; d->f->has_sweep && i < s->n_row; i++) {
        const struct dc_sweep_row *r = &s->row[i];
        if (r->n_missing > 0 ||
            strcmp(r->setting.policy.row->name, "confidence-percentile") != 0)
            continue;
        if (n++ == 0)
            dc_buf_adds(b, "| percentile | sensitivity | specificity | "
                           "accuracy | tokens saved | traces saved |\n"
                           "|---:|---|---|---|---:|---:|\n");
        struct dc_matrix_rates m = dc_matrix_rates(&r->matrix, s->cfg.level);
        dc_buf_addf(b, "| %g | ", r->setting.policy.spec.arg[0]);
        dc_md_prop(b, &m.sensitivity);
        dc_buf_adds(b, " | ");
        dc_md_prop(b, &m.specificity);
        dc_buf_adds(b, " | ");
        dc_md_prop(b, &m.accuracy);
        const struct dc_sweep_saved x = dc_sweep_saving(s, r);
        saved_cell(b, x.has_tokens, x.tokens);
        saved_cell(b, x.has_traces, x.traces);
        dc_buf_adds(b, " |\n");
    }
    if (n == 0)
        no_percentile(d);
    dc_chapter_picture(d, "percentile_safety_curves");
}

void dc_chapter_calibrate(const struct dc_chapter *d)
{
    if (!d->f->has_calibrate) {
        dc_chapter_why_not(d, "Nothing can be calibrated on this run",
                           d->f->why_calibrate);
        return;
    }
    struct dc_doc *doc = dc_doc_create();
    dc_calibrate_doc(&d->f->calibrate, doc);
    dc_doc_markdown(doc, DC_CHAPTER_LEVEL + 1, d->b);
    dc_doc_free(doc);
}
