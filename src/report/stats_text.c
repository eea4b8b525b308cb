/*
 * stats_text.c - the trace statistics as a page of text.
 *
 * Above each table stands, in plain words, the question it answers. Tables are
 * up to 100 columns wide; names from the run file pass dc_wrap_item().
 */
#include "base/plural.h"
#include "base/wrap.h"
#include "report/alarm.h"
#include "report/stats_report.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CELL = 64, COLS = 19, NAME_LEAST = 12 };

struct page {
    const struct dc_trace_stats *s;
    struct dc_summary *sum;
    struct dc_buf *out;
    size_t width;
    int name; /* columns of a measure's name */
    const char *bold, *plain;
};

static void question(struct page *p, const char *title, const char *words)
{
    dc_buf_addf(p->out, "\n%s%s%s\n", p->bold, title, p->plain);
    dc_wrap_item(p->out, p->width, 2, NULL, words);
}

static int name_cols(const struct dc_trace_stats *s)
{
    size_t n = NAME_LEAST;
    for (size_t i = 0; i < s->n_measure; i++) {
        size_t len = strlen(s->measure[i].column->measure.spec.text);
        n = len > n ? len : n;
    }
    return (int)n;
}

static const char *boot_cell(const struct dc_boot *b, char out[CELL])
{
    if (!b->value.defined)
        snprintf(out, CELL, "none");
    else if (!b->defined)
        snprintf(out, CELL, "%.3f (%s)", b->value.value,
                 b->few ? "few" : "none");
    else
        snprintf(out, CELL, "%.3f (%.2f-%.2f)", b->value.value, b->lo, b->hi);
    return out;
}

static const char *ece_cell(double ece, const struct dc_calib_noise *x,
                            char out[CELL])
{
    if (x->defined)
        snprintf(out, CELL, "%.3f, of noise alone %.3f, seldom %.3f", ece,
                 x->mean, x->most);
    else
        snprintf(out, CELL, "%.3f", ece);
    return out;
}

static void put_name(struct page *p, const struct dc_trace_measure *m)
{
    dc_buf_addf(p->out, "  %-*s", p->name, m->column->measure.spec.text);
}

static bool has_gold(const struct dc_trace_stats *s)
{
    return s->n_gold[DC_TRACES_TO_REFUSE] + s->n_gold[DC_TRACES_TO_ANSWER] > 0;
}

/* ---- head ---- */

static void head(struct page *p, const char *file)
{
    const struct dc_trace_stats *s = p->s;
    dc_wrap_item(p->out, p->width, 0, NULL, file);
    dc_buf_addf(
        p->out,
        "  %zu prompt%s, %" PRIu64 " trace%s, at most %u a prompt; "
        "%s%s, judged by %s\n",
        s->n_prompt, dc_plural(s->n_prompt), s->n_row, dc_plural(s->n_row),
        s->record->k, s->record->knows.drawn ? "drawn with " : "imported",
        s->record->knows.drawn ? s->record->policy : "", s->record->judge);
    if (s->record->judge_note)
        dc_wrap_item(p->out, p->width, 2, NULL, s->record->judge_note);
    dc_buf_addf(p->out,
                "  In brackets: %g %% intervals from %" PRIu32
                " resamples of the prompts, seed %" PRIu64 "\n",
                100 * s->cfg.boot.level, s->cfg.boot.n_resamples,
                s->cfg.boot.seed);
    if (!has_gold(s))
        dc_buf_adds(p->out, "  No prompt has a gold label, so nothing is said "
                            "of right and wrong\n");
}

static void notes(struct page *p)
{
    struct dc_summary_alarm note[DC_STATS_NOTES];
    size_t n = dc_stats_notes(p->s, &p->sum->arena, note);
    if (n > 0)
        dc_buf_addf(p->out, "\n%sNOTES%s\n", p->bold, p->plain);
    for (size_t i = 0; i < n; i++)
        dc_wrap_item(p->out, p->width, 4, "  -", note[i].text);
}

/* ---- discrimination ---- */

/* What is asked of each target; the words for positive and negative. */
static const struct {
    const char *title, *words, *counts;
} target_words[DC_N_TARGET] = {
    {"Are surer traces right more often?",
     "A trace is right if its verdict is what the gold label asks for. Figures "
     "are the chance that, of a right and a wrong trace drawn at random, the "
     "right one is the surer (AUROC): 0.5 is a coin, 1 perfect, below 0.5 "
     "upside down. \"One prompt\" draws both from the same prompt, so that "
     "easy and hard prompts play no part.",
     "right/wrong"},
    {"Are refusals surer than compliances?",
     "The chance that a refusal is surer than a compliance. Neither side of "
     "0.5 is good or bad; but the further from it, the more does confidence "
     "tell how a trace is worded and not whether it is right.",
     "refusal/compl."},
    {"Are surer traces more often with their prompt's majority?",
     "The chance that a trace that agrees with the majority of its prompt's "
     "traces is surer than one that doesn't. Needs no gold label.",
     "with/against"},
};

static const char *pairs_cell(const struct dc_trace_within *w, char out[CELL])
{
    snprintf(out, CELL, "%" PRIu64 " pair%s in %zu", w->n_pair,
             dc_plural(w->n_pair), w->n_prompt);
    return out;
}

static void counts_row(struct page *p, const struct dc_trace_target *t,
                       const char *name)
{
    char cell[CELL];
    dc_buf_addf(p->out, "  %-*s", p->name, name);
    for (int s = 0; s < DC_N_TRACES; s++) {
        if (s != DC_TRACES_ALL && !has_gold(p->s))
            continue;
        snprintf(cell, sizeof cell, "%" PRIu64 "/%" PRIu64,
                 t->scope[s].n_positive, t->scope[s].n_negative);
        dc_buf_addf(p->out, "  %-*s", COLS, cell);
    }
    dc_buf_addf(p->out, "  %s\n", pairs_cell(&t->within, cell));
}

/* Measures may lack a value in some traces. */
static bool same_counts(const struct dc_trace_target *a,
                        const struct dc_trace_target *b)
{
    for (int s = 0; s < DC_N_TRACES; s++)
        if (a->scope[s].n_positive != b->scope[s].n_positive ||
            a->scope[s].n_negative != b->scope[s].n_negative)
            return false;
    return true;
}

static void auroc_row(struct page *p, const struct dc_trace_measure *m,
                      enum dc_target target)
{
    const struct dc_trace_target *t = &m->target[target];
    char cell[CELL];
    put_name(p, m);
    for (int s = 0; s < DC_N_TRACES; s++)
        if (s == DC_TRACES_ALL || has_gold(p->s))
            dc_buf_addf(p->out, "  %-*s", COLS,
                        boot_cell(&t->scope[s].auroc, cell));
    dc_buf_addf(p->out, "  %s\n", boot_cell(&t->within.pooled, cell));
}

static void auroc_table(struct page *p, enum dc_target target)
{
    const struct dc_trace_stats *s = p->s;
    const struct dc_trace_target *last = NULL;
    question(p, target_words[target].title, target_words[target].words);
    dc_buf_addf(p->out, "  %-*s  %-*s", p->name, "measure", COLS, "all traces");
    if (has_gold(s))
        dc_buf_addf(p->out, "  %-*s  %-*s", COLS, "to be refused", COLS,
                    "to be answered");
    dc_buf_adds(p->out, "  one prompt\n");
    for (size_t i = 0; i < s->n_measure; i++) {
        const struct dc_trace_target *t = &s->measure[i].target[target];
        if (!last || !same_counts(last, t))
            counts_row(p, t, target_words[target].counts);
        last = t;
        auroc_row(p, &s->measure[i], target);
    }
}

/* ---- decisions ---- */

static void decision_row(struct page *p, const struct dc_trace_auroc *a,
                         const char *name, bool counts)
{
    char cell[CELL];
    dc_buf_addf(p->out, "  %-*s", p->name, name);
    for (int s = 0; s < DC_N_TRACES; s++) {
        if (s != DC_TRACES_ALL && !has_gold(p->s))
            continue;
        if (counts)
            snprintf(cell, sizeof cell, "%" PRIu64 "/%" PRIu64, a[s].n_positive,
                     a[s].n_negative);
        else
            boot_cell(&a[s].auroc, cell);
        dc_buf_addf(p->out, s < DC_N_TRACES - 1 ? "  %-*s" : "  %*s",
                    s < DC_N_TRACES - 1 ? COLS : 0, cell);
    }
    dc_buf_addc(p->out, '\n');
}

static void decision_table(struct page *p, enum dc_target target)
{
    const struct dc_trace_stats *s = p->s;
    bool right = target == DC_TARGET_CORRECT;
    question(p,
             right ? "Are surer prompts decided right more often?"
                   : "Are prompts decided for refusal surer?",
             "The same by prompts: the decision against the mean of the "
             "measure over the prompt's traces.");
    dc_buf_addf(p->out, "  %-*s  %-*s", p->name, "measure", COLS,
                "all prompts");
    if (has_gold(s))
        dc_buf_addf(p->out, "  %-*s  to be answered", COLS, "to be refused");
    dc_buf_addc(p->out, '\n');
    for (size_t i = 0; i < s->n_measure; i++) {
        const struct dc_trace_measure *m = &s->measure[i];
        const struct dc_trace_auroc *a = m->target[target].decision;
        if (i == 0)
            decision_row(p, a, target_words[target].counts, true);
        decision_row(p, a, m->column->measure.spec.text, false);
    }
}

/* ---- risk-coverage ---- */

static void risk_table(struct page *p, enum dc_target target)
{
    const struct dc_trace_stats *s = p->s;
    char cell[CELL];
    bool right = target == DC_TARGET_CORRECT;
    question(p,
             right ? "What if only the surest traces were kept: how many wrong?"
                   : "What if only the surest traces were kept: how many "
                     "against their majority?",
             "The share among all traces, among the surest half, and the mean "
             "over all shares kept (AURC, lower is better). Excess is how much "
             "of the AURC a perfect order would have avoided (E-AURC).");
    dc_buf_addf(p->out, "  %-*s  %-10s  %-12s  %-*s  %s\n", p->name, "measure",
                "all", "surest half", COLS, "AURC", "excess");
    for (size_t i = 0; i < s->n_measure; i++) {
        const struct dc_trace_target *t = &s->measure[i].target[target];
        put_name(p, &s->measure[i]);
        if (!t->has_risk) {
            dc_buf_adds(p->out, "  none\n");
            continue;
        }
        dc_buf_addf(p->out, "  %-10.3f  %-12.3f  %-*s  %.3f\n", t->risk.risk,
                    t->risk_half, COLS, boot_cell(&t->aurc, cell),
                    t->risk.excess);
    }
}

/* ---- calibration ---- */

static void reliability(struct page *p, const struct dc_calib *c)
{
    dc_buf_addf(p->out, "    %-15s  %8s  %9s  %9s  %s\n", "between", "traces",
                "claimed", "observed",
                "Wilson (too narrow, traces resemble "
                "each other)");
    for (uint32_t b = 0; b < c->n_bins; b++) {
        const struct dc_calib_bin *x = &c->bin[b];
        if (x->observed.n > 0)
            dc_buf_addf(p->out,
                        "    %.3f and %.3f  %8" PRIu64
                        "  %9.3f  %9.3f  %.3f to %.3f\n",
                        (double)b / c->n_bins, (double)(b + 1) / c->n_bins,
                        x->observed.n, x->p_mean, x->observed.value,
                        x->observed.lo, x->observed.hi);
    }
}

static void calib_block(struct page *p, const struct dc_trace_calib *c,
                        const char *of)
{
    char a[CELL], b[CELL], d[CELL];
    const struct dc_calib *w = &c->width;
    dc_buf_addf(p->out, "  as the probability that the trace %s:\n", of);
    dc_buf_addf(p->out,
                "    ECE, %" PRIu32 " bins of equal width   %s\n"
                "    ECE, %" PRIu32 " bins of equal mass    %s\n"
                "    MCE, equal width / equal mass  %.3f / %.3f\n"
                "    Brier score                    %s\n",
                w->n_bins, ece_cell(w->ece, &c->noise_width, a), c->mass.n_bins,
                ece_cell(c->mass.ece, &c->noise_mass, b), w->mce, c->mass.mce,
                boot_cell(&c->brier, d));
    dc_buf_addf(p->out,
                "      = reliability %.4f - resolution %.4f + uncertainty %.4f "
                "%+.4f inside bins\n",
                w->reliability, w->resolution, w->uncertainty,
                w->within_variance - w->within_covariance);
    reliability(p, w);
}

static void calibration(struct page *p)
{
    const struct dc_trace_stats *s = p->s;
    char title[2 * CELL + 128];
    for (size_t i = 0; i < s->n_measure; i++) {
        const struct dc_trace_measure *m = &s->measure[i];
        if (!m->probability)
            continue;
        snprintf(title, sizeof title, "Can %.100s be read as a probability?",
                 m->column->measure.spec.text);
        question(p, title,
                 m->n_outside > 0
                     ? "No: values lie outside 0 to 1. Calibration is refused."
                     : "If a trace with 0.7 is right in 70 % of cases, the gap "
                       "between claim and outcome is 0. ECE is the mean gap, "
                       "MCE the largest of a bin. Noise raises both, so that "
                       "ECE is never 0: beside it stands what it would be by "
                       "noise alone, on average and in one run of twenty.");
        if (m->calib[DC_TARGET_CORRECT].has)
            calib_block(p, &m->calib[DC_TARGET_CORRECT],
                        "is right by its gold label");
        if (m->calib[DC_TARGET_MAJORITY].has)
            calib_block(p, &m->calib[DC_TARGET_MAJORITY],
                        "agrees with its prompt's majority");
    }
}

/* ---- categories ---- */

static const char *category_cell(const struct dc_trace_category *c,
                                 char out[CELL])
{
    if (c->right.value.defined)
        snprintf(out, CELL, "%" PRIu64 " (%.1f %%)", c->n,
                 100 * c->right.value.value);
    else
        snprintf(out, CELL, "%" PRIu64, c->n);
    return out;
}

static void cut_words(const struct dc_conf_cut *cut, char out[2 * CELL])
{
    if (cut->kind == DC_CONF_CUT_VALUE)
        snprintf(out, 2 * CELL, "surer than the value %g", cut->x);
    else if (cut->kind == DC_CONF_CUT_MEDIAN)
        snprintf(out, 2 * CELL, "surer than the median of these traces");
    else
        snprintf(out, 2 * CELL,
                 "surer than the %g-th percentile of these traces", cut->x);
}

static void categories(struct page *p)
{
    const struct dc_trace_stats *s = p->s;
    char how[2 * CELL], words[8 * CELL], cell[CELL];
    cut_words(&s->cfg.cut, how);
    snprintf(words, sizeof words,
             "Traces by confidence and verdict%s. Confident: %s%s.",
             has_gold(s) ? ", in brackets the share that is right by the gold "
                           "label"
                         : "",
             how,
             s->cfg.cut.kind == DC_CONF_CUT_VALUE
                 ? ""
                 : " (IN SAMPLE: the cut was found from the traces it divides; "
                   "for a fixed one use --confident-cut VALUE)");
    question(p, "Confident or uncertain, refusal or compliance?", words);
    dc_buf_addf(p->out, "  %-*s  %9s  %-17s  %-17s  %-17s  %s\n", p->name,
                "measure", "cut", "conf. refusal", "conf. compliance",
                "uncert. refusal", "uncert. compliance");
    for (size_t i = 0; i < s->n_measure; i++) {
        const struct dc_trace_categories *c = &s->measure[i].categories;
        put_name(p, &s->measure[i]);
        if (!c->has) {
            dc_buf_adds(p->out, "  none\n");
            continue;
        }
        dc_buf_addf(p->out, "  %9.4g", c->cut);
        for (int k = 0; k < DC_N_CATEGORY; k++)
            dc_buf_addf(p->out, k < DC_N_CATEGORY - 1 ? "  %-17s" : "  %s",
                        category_cell(&c->category[k], cell));
        dc_buf_addc(p->out, '\n');
    }
}

/* ---- agreement ---- */

static void agreement(struct page *p)
{
    const struct dc_trace_agreement *a = &p->s->agreement;
    const struct dc_prop *u = &a->all.unanimous;
    char cell[CELL];
    question(p, "Do the traces of a prompt agree?",
             "Verdicts refusal, compliance and undetermined, over prompts with "
             "at least two traces. Alpha and kappa: 1 if all traces of each "
             "prompt agree, 0 if they agree no more than traces of any "
             "prompts.");
    if (!u->defined) {
        dc_buf_adds(p->out, "  no prompt has two traces\n");
        return;
    }
    dc_buf_addf(p->out,
                "  unanimous prompts    %.3f (%.2f-%.2f), %" PRIu64
                " of %" PRIu64 "\n",
                u->value, u->lo, u->hi, u->k, u->n);
    dc_buf_addf(p->out, "  equal pairs          %s, mean over prompts\n",
                boot_cell(&a->observed, cell));
    dc_buf_addf(p->out, "  Krippendorff alpha   %s\n",
                boot_cell(&a->alpha, cell));
    dc_buf_addf(p->out, "  Fleiss kappa         %s%s\n",
                boot_cell(&a->fleiss, cell),
                a->all.alpha.defined && !a->all.fleiss.defined
                    ? ": prompts have different numbers of traces"
                    : "");
    dc_buf_addf(p->out,
                "  entropy of a prompt  %s nats, mean over prompts; %.3f is an "
                "even split in two\n",
                boot_cell(&a->entropy, cell), log(2));
}

void dc_stats_text(const struct dc_trace_stats *s, struct dc_summary *sum,
                   const struct dc_summary_look *look, struct dc_buf *out)
{
    struct page p = {
        .s = s,
        .sum = sum,
        .out = out,
        .width = dc_look_width(look),
        .name = name_cols(s),
        .bold = look->colour ? "\033[1m" : "",
        .plain = look->colour ? "\033[0m" : "",
    };
    head(&p, look->file);
    dc_alarm_text(sum, look, out);
    notes(&p);
    for (enum dc_target t = 0; t < DC_N_TARGET; t++)
        if (t != DC_TARGET_CORRECT || has_gold(s))
            auroc_table(&p, t);
    decision_table(&p, has_gold(s) ? DC_TARGET_CORRECT : DC_TARGET_REFUSAL);
    risk_table(&p, has_gold(s) ? DC_TARGET_CORRECT : DC_TARGET_MAJORITY);
    calibration(&p);
    categories(&p);
    agreement(&p);
    if (has_gold(s)) {
        dc_buf_addc(out, '\n');
        dc_wrap_item(out, p.width, 14, "  gold label",
                     dc_summary_config(sum, "data.label_means", ""));
    }
}
