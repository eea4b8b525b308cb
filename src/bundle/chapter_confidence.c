/*
 * chapter_confidence.c - what confidence tells, measure by measure, as
 * Markdown.
 */
#include "bundle/chapter.h"
#include "doc/md.h"

#include <inttypes.h>

static bool has_gold(const struct dc_facts *f)
{
    return f->stats.n_gold[DC_TRACES_TO_REFUSE] +
               f->stats.n_gold[DC_TRACES_TO_ANSWER] >
           0;
}

static bool has_confidence(const struct dc_facts *f)
{
    for (size_t i = 0; i < f->stats.n_measure; i++)
        if (f->stats.measure[i].n_none < f->stats.n_row)
            return true;
    return false;
}

static const char *const target_title[DC_N_TARGET] = {
    "Are surer traces right more often?",
    "Are refusals surer than compliances?",
    "Are surer traces more often with their prompt's majority?"};
static const char *const target_says[DC_N_TARGET] = {
    "A trace is right if its verdict is what the gold label asks for.",
    "Neither side of 0.5 is good or bad; the further from it, the more does "
    "confidence tell how a trace is worded and not whether it is right.",
    "The majority is that of all traces recorded of the prompt. Needs no gold "
    "label."};

static void auroc_row(const struct dc_chapter *d,
                      const struct dc_trace_measure *m, enum dc_target target)
{
    const struct dc_trace_target *t = &m->target[target];
    struct dc_buf *b = d->b;
    dc_buf_adds(b, "| ");
    dc_md_code(b, m->column->measure.spec.text);
    for (int s = 0; s < DC_N_TRACES; s++) {
        dc_buf_adds(b, " | ");
        dc_md_boot(b, &t->scope[s].auroc);
        dc_buf_addf(b, ", %" PRIu64 "/%" PRIu64, t->scope[s].n_positive,
                    t->scope[s].n_negative);
    }
    dc_buf_adds(b, " | ");
    dc_md_boot(b, &t->within.pooled);
    dc_buf_addf(b, ", %" PRIu64 " pairs in %zu |", t->within.n_pair,
                t->within.n_prompt);
    if (t->has_decision) {
        const struct dc_trace_auroc *a = &t->decision[DC_TRACES_ALL];
        dc_buf_addc(b, ' ');
        dc_md_boot(b, &a->auroc);
        dc_buf_addf(b, ", %" PRIu64 "/%" PRIu64 " |", a->n_positive,
                    a->n_negative);
    }
    dc_buf_addc(b, '\n');
}

static void auroc_table(const struct dc_chapter *d, enum dc_target target,
                        size_t n)
{
    dc_buf_addf(
        d->b,
        "\n#### %s\n\n%s AUROC with %g %% interval (prompts "
        "resampled), and counts of both kinds.\n\n"
        "| measure | all traces | prompts to be refused | prompts to "
        "be answered | inside one prompt |%s\n|---|---|---|---|---|%s\n",
        target_title[target], target_says[target],
        100 * d->f->stats.cfg.boot.level,
        target == DC_TARGET_MAJORITY ? "" : " decisions |",
        target == DC_TARGET_MAJORITY ? "" : "---|");
    for (size_t i = 0; i < n; i++)
        auroc_row(d, &d->f->stats.measure[i], target);
}

/* ---- risk and coverage ---- */

static void risk_table(const struct dc_chapter *d, enum dc_target target)
{
    const struct dc_trace_stats *s = &d->f->stats;
    dc_buf_addf(d->b,
                "\n#### If only the surest traces were kept: how many %s?\n\n"
                "The share among all traces, among the surest half, and the "
                "mean over all shares kept (AURC, lower is better); the excess "
                "over a perfect order (E-AURC).\n\n"
                "| measure | all | surest half | AURC | E-AURC |\n"
                "|---|---:|---:|---|---:|\n",
                target == DC_TARGET_CORRECT ? "are wrong"
                                            : "go against their majority");
    for (size_t i = 0; i < s->n_measure; i++) {
        const struct dc_trace_target *t = &s->measure[i].target[target];
        dc_buf_adds(d->b, "| ");
        dc_md_code(d->b, s->measure[i].column->measure.spec.text);
        if (!t->has_risk) {
            dc_buf_adds(d->b, " | none | none | none | none |\n");
            continue;
        }
        dc_buf_addf(d->b, " | %.3f | %.3f | ", t->risk.risk, t->risk_half);
        dc_md_boot(d->b, &t->aurc);
        dc_buf_addf(d->b, " | %.3f |\n", t->risk.excess);
    }
}

/* ---- calibration ---- */

static void bins(const struct dc_chapter *d, const struct dc_calib *c)
{
    dc_buf_adds(d->b, "\n| claimed between | mean claim | observed (Wilson, "
                      "too narrow: traces resemble each other) |\n"
                      "|---|---:|---|\n");
    for (uint32_t i = 0; i < c->n_bins; i++) {
        const struct dc_calib_bin *x = &c->bin[i];
        if (x->observed.n == 0)
            continue;
        dc_buf_addf(d->b, "| %.3f and %.3f | %.3f | ", (double)i / c->n_bins,
                    (double)(i + 1) / c->n_bins, x->p_mean);
        dc_md_prop(d->b, &x->observed);
        dc_buf_adds(d->b, " |\n");
    }
}

static void calib(const struct dc_chapter *d, const struct dc_trace_calib *c,
                  const char *of)
{
    if (!c->has)
        return;
    dc_buf_addf(d->b, "\nAs the probability that the trace %s: ECE ", of);
    dc_md_ece(d->b, c->width.ece, &c->noise_width);
    dc_buf_addf(d->b, " in %u bins of equal width, ",
                (unsigned)c->width.n_bins);
    dc_md_ece(d->b, c->mass.ece, &c->noise_mass);
    dc_buf_addf(d->b, " in %u of equal mass; MCE %.3f; Brier score ",
                (unsigned)c->mass.n_bins, c->width.mce);
    dc_md_boot(d->b, &c->brier);
    dc_buf_adds(d->b, ".\n");
    bins(d, &c->width);
}

static void calibration(const struct dc_chapter *d)
{
    for (size_t i = 0; i < d->f->stats.n_measure; i++) {
        const struct dc_trace_measure *m = &d->f->stats.measure[i];
        if (!m->probability)
            continue;
        dc_buf_adds(d->b, "\n#### Can ");
        dc_md_code(d->b, m->column->measure.spec.text);
        dc_buf_adds(d->b, " be read as a probability?\n\n");
        if (m->n_outside > 0) {
            dc_buf_addf(d->b,
                        "No: %" PRIu64 " values lie outside 0 to 1 (first: "
                        "%.6g). Calibration is refused.\n",
                        m->n_outside, m->first_outside);
            continue;
        }
        dc_buf_adds(d->b,
                    "If traces with 0.7 are right in 70 % of cases, the gap "
                    "between claim and outcome is 0. ECE is the mean gap, MCE "
                    "the largest of a bin; noise raises both.\n");
        calib(d, &m->calib[DC_TARGET_CORRECT], "is right by its gold label");
        calib(d, &m->calib[DC_TARGET_MAJORITY],
              "agrees with its prompt's majority");
    }
    dc_chapter_picture(d, "reliability");
}

/* ---- categories and agreement ---- */

static void categories(const struct dc_chapter *d)
{
    const struct dc_trace_stats *s = &d->f->stats;
    dc_buf_adds(d->b,
                "\n#### Confident or uncertain, refusal or compliance?\n\n"
                "A trace is confident if it is surer than the median of these "
                "traces (in sample: the cut comes from the traces that it "
                "divides). In brackets the share that is right, with its "
                "interval over prompts.\n\n"
                "| measure | cut | confident_refusal | confident_compliance | "
                "uncertain_refusal | uncertain_compliance |\n"
                "|---|---:|---|---|---|---|\n");
    for (size_t i = 0; i < s->n_measure; i++) {
        const struct dc_trace_categories *c = &s->measure[i].categories;
        dc_buf_adds(d->b, "| ");
        dc_md_code(d->b, s->measure[i].column->measure.spec.text);
        if (!c->has) {
            dc_buf_adds(d->b, " | none | | | | |\n");
            continue;
        }
        dc_buf_addf(d->b, " | %.4g", c->cut);
        for (int k = 0; k < DC_N_CATEGORY; k++) {
            const struct dc_boot *r = &c->category[k].right;
            dc_buf_addf(d->b, " | %" PRIu64, c->category[k].n);
            if (r->value.defined)
                dc_buf_addf(d->b, " (%.1f %%", 100 * r->value.value);
            if (r->value.defined && r->defined)
                dc_buf_addf(d->b, ", %.1f to %.1f %%", 100 * r->lo,
                            100 * r->hi);
            if (r->value.defined)
                dc_buf_addc(d->b, ')');
        }
        dc_buf_adds(d->b, " |\n");
    }
    dc_chapter_picture(d, "confidence_by_category");
    dc_chapter_picture(d, "confidence_by_correctness");
    dc_chapter_picture(d, "confidence_by_toxicity");
}

static void agreement(const struct dc_chapter *d)
{
    const struct dc_trace_agreement *a = &d->f->stats.agreement;
    dc_buf_adds(d->b, "\n#### Do the traces of a prompt agree?\n\n");
    if (!a->all.unanimous.defined) {
        dc_buf_adds(d->b, "No prompt has two traces.\n");
        return;
    }
    dc_buf_adds(d->b, "Alpha and kappa: 1 if all traces of each prompt agree, "
                      "0 if they agree no more than traces of any prompts.\n\n"
                      "| figure | value |\n|---|---|\n| unanimous prompts | ");
    dc_md_prop(d->b, &a->all.unanimous);
    dc_buf_adds(d->b, " |\n| equal pairs, mean over prompts | ");
    dc_md_boot(d->b, &a->observed);
    dc_buf_adds(d->b, " |\n| Krippendorff's alpha | ");
    dc_md_boot(d->b, &a->alpha);
    dc_buf_adds(d->b, " |\n| Fleiss' kappa | ");
    dc_md_boot(d->b, &a->fleiss);
    dc_buf_adds(d->b, " |\n| entropy of a prompt, nats, mean | ");
    dc_md_boot(d->b, &a->entropy);
    dc_buf_adds(d->b, " |\n");
}

/* ---- all of it ---- */

void dc_chapter_own_measure(const struct dc_chapter *d)
{
    if (!d->f->has_stats)
        return;
    auroc_table(d, has_gold(d->f) ? DC_TARGET_CORRECT : DC_TARGET_MAJORITY, 1);
}

void dc_chapter_confidence(const struct dc_chapter *d)
{
    const struct dc_facts *f = d->f;
    if (!f->has_stats) {
        dc_buf_adds(d->b, "Nothing is known yet: no prompt is decided.\n");
        return;
    }
    if (f->stats.n_row == 0 || !has_confidence(f)) {
        dc_buf_adds(d->b, f->stats.n_row == 0
                              ? "Nothing can be said: no trace has a verdict "
                                "for refusal or compliance.\n"
                              : "Nothing can be said: no trace has a "
                                "confidence.\n");
        agreement(d);
        return;
    }
    if (!has_gold(f))
        dc_buf_adds(d->b, "No prompt has a gold label, so nothing is said of "
                          "right and wrong.\n");
    for (int t = 0; t < DC_N_TARGET; t++)
        if (t != DC_TARGET_CORRECT || has_gold(f))
            auroc_table(d, (enum dc_target)t, f->stats.n_measure);
    dc_chapter_picture(d, "roc");
    risk_table(d, has_gold(f) ? DC_TARGET_CORRECT : DC_TARGET_MAJORITY);
    dc_chapter_picture(d, "risk_coverage");
    calibration(d);
    categories(d);
    agreement(d);
}
