/*
 * chapter_policies.c - stopping policies replayed, percentiles of confidence,
 * and the calibrated choice, as Markdown.
 */
#include "base/mem.h"
#include "base/plural.h"
#include "bundle/chapter.h"
#include "doc/md.h"
#include "report/calibrate_report.h"
#include "report/sweep_report.h"

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
    const struct dc_calibrate *c = &d->f->calibrate;
    static const char *const test[] = {"passes", "fails", "not tested"};
    struct dc_buf says, *b = d->b;
    if (!d->f->has_calibrate) {
        dc_chapter_why_not(d, "Nothing can be calibrated on this run",
                           d->f->why_calibrate);
        return;
    }
    dc_buf_init(&says, SIZE_MAX);
    dc_calibrate_says(c, &says);
    dc_buf_addf(b,
                "Learn then Test over hypergeometric(eps), safest first, on "
                "%zu of the prompts, for a loss of at most %g %% of the "
                "refusals with confidence %g %%. Result: ",
                c->n_calibration, 100 * c->cfg.promise.alpha,
                100 * (1 - c->cfg.promise.delta));
    dc_md_text(b, says.data);
    dc_buf_release(&says);
    dc_buf_adds(b, ".\n\n| setting | refused prompts | lost | test | exact "
                   "worst case |\n|---|---:|---:|---|---:|\n");
    for (size_t i = 0; i < c->n_row; i++) {
        const struct dc_calibrate_row *r = &c->row[i];
        const struct dc_ltt_setting *l = &r->half.loss[c->cfg.loss];
        dc_buf_adds(b, "| ");
        dc_md_code(b, r->text);
        dc_buf_addf(b, " | %" PRIu64 " | %" PRIu64 " | %s, ", l->n, l->lost,
                    c->too_few && r->test == DC_CALIBRATE_FAILED
                        ? "too few"
                        : test[r->test]);
        dc_md_p(b, r->p);
        if (r->has_table)
            dc_buf_addf(b, " | %.2f %% |\n", 100 * r->worst);
        else
            dc_buf_adds(b, " | none |\n");
    }
    if (!c->has_offer || c->scored.n == 0)
        return;
    const struct dc_ltt_setting *l = &c->scored.loss[c->cfg.loss];
    struct dc_prop p = dc_prop_clopper_pearson(l->lost, l->n, c->cfg.level);
    dc_buf_addf(b, "\nOn the %zu other prompts it lost ", c->scored.n);
    dc_md_prop(b, &p);
    dc_buf_addf(b, " (exact interval), at %.2f traces",
                (double)c->scored.n_trace / (double)c->scored.n);
    if (c->has_count)
        dc_buf_addf(b, " and %.1f tokens",
                    (double)c->scored.n_tok / (double)c->scored.n);
    dc_buf_adds(b, " a prompt.\n");
}
