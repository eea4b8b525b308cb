/*
 * trace_auroc.c - does a surer trace mean a positive one? AUROC over all traces
 * and inside each gold class, pairs within one prompt, and risk-coverage.
 *
 * The pooled AUROC within prompts is a ratio of sums over prompts: half pairs
 * won, and twice the pairs. A prompt without a pair adds nothing to either but
 * is drawn like the others.
 */
#include "base/mem.h"
#include "replay/trace_rows.h"

#include <stdlib.h>

static enum dc_status scope_auroc(const struct dc_trace_rows *x,
                                  const struct dc_boot_cfg *boot,
                                  struct dc_trace_auroc *out,
                                  struct dc_err *err)
{
    const struct dc_scored s = dc_trace_rows_scored(x);
    for (size_t i = 0; i < x->n; i++) {
        out->n_positive += x->positive[i];
        out->n_negative += !x->positive[i];
    }
    if (out->n_positive > 0 && out->n_negative > 0)
        return dc_boot_auroc(&s, boot, &out->auroc, err);
    out->auroc = (struct dc_boot){.n_clusters = x->n_groups,
                                  .n_resamples = boot->n_resamples};
    return DC_OK;
}

static void within(const struct dc_trace_rows *x,
                   const struct dc_boot_cfg *boot, struct dc_trace_within *out)
{
    const struct dc_scored s = dc_trace_rows_scored(x);
    const struct dc_auroc_within w = dc_auroc_within(&s);
    out->n_prompt = w.n_groups_used;
    out->n_pair = w.pairs.n;
    out->mean = w.mean;
    out->pooled = (struct dc_boot){.n_clusters = x->n_groups,
                                   .n_resamples = boot->n_resamples};
    if (w.pairs.n == 0)
        return;
    size_t n = x->n_groups;
    struct dc_pairs *pairs = dc_xcalloc(n, sizeof *pairs);
    double *num = dc_xcalloc(n, sizeof *num), *den = dc_xcalloc(n, sizeof *den);
    dc_pairs_by_group(&s, pairs);
    for (size_t g = 0; g < n; g++) {
        num[g] = (double)pairs[g].twice;
        den[g] = 2 * (double)pairs[g].n;
    }
    const struct dc_boot_sums sums = {num, den, n};
    dc_boot_ratio(&sums, boot, &out->pooled);
    free(pairs);
    free(num);
    free(den);
}

static void risk(const struct dc_trace_rows *x, const struct dc_boot_cfg *boot,
                 struct dc_trace_target *out)
{
    const double half = 0.5;
    const struct dc_coverage at = {&half, &out->risk_half, 1};
    bool *wrong = dc_xcalloc(x->n + 1, sizeof *wrong);
    for (size_t i = 0; i < x->n; i++)
        wrong[i] = !x->positive[i];
    out->has_risk = dc_risk_coverage(x->score, wrong, x->n, &out->risk) &&
                    dc_risk_at(x->score, wrong, x->n, &at);
    if (out->has_risk) {
        struct dc_scored s = dc_trace_rows_scored(x);
        s.positive = wrong;
        dc_boot_aurc(&s, boot, &out->aurc);
    }
    free(wrong);
}

static enum dc_status decisions(const struct dc_trace_view *v,
                                const struct dc_boot_cfg *boot,
                                struct dc_trace_measure *m, enum dc_target t,
                                struct dc_err *err)
{
    struct dc_trace_target *out = &m->target[t];
    struct dc_trace_rows x;
    enum dc_status st = DC_OK;
    out->has_decision = t != DC_TARGET_MAJORITY;
    if (!out->has_decision)
        return DC_OK;
    dc_trace_rows_init(&x, v);
    for (enum dc_trace_scope s = 0; s < DC_N_TRACES && !st; s++) {
        dc_trace_rows_decisions(&x, v, m->column, t, s);
        st = scope_auroc(&x, boot, &out->decision[s], err);
    }
    dc_trace_rows_release(&x);
    return st;
}

enum dc_status dc_trace_auroc_classes(const struct dc_trace_view *v,
                                      const struct dc_boot_cfg *boot,
                                      struct dc_trace_measure *m,
                                      struct dc_err *err)
{
    struct dc_trace_auroc *of = m->target[DC_TARGET_CORRECT].scope;
    struct dc_trace_rows x;
    enum dc_status st = DC_OK;
    dc_trace_rows_init(&x, v);
    for (int s = DC_TRACES_TO_REFUSE; s < DC_N_TRACES && !st; s++) {
        dc_trace_rows_fill(&x, v, m->column, DC_TARGET_CORRECT,
                           (enum dc_trace_scope)s);
        st = scope_auroc(&x, boot, &of[s], err);
    }
    dc_trace_rows_release(&x);
    return st;
}

enum dc_status dc_trace_auroc_run(const struct dc_trace_view *v,
                                  const struct dc_boot_cfg *boot,
                                  struct dc_trace_measure *m,
                                  struct dc_err *err)
{
    struct dc_trace_rows x;
    enum dc_status st = DC_OK;
    dc_trace_rows_init(&x, v);
    for (enum dc_target t = 0; t < DC_N_TARGET && !st; t++) {
        struct dc_trace_target *out = &m->target[t];
        for (int s = DC_N_TRACES - 1; s >= 0 && !st; s--) {
            dc_trace_rows_fill(&x, v, m->column, t, (enum dc_trace_scope)s);
            st = scope_auroc(&x, boot, &out->scope[s], err);
        }
        if (st)
            break;
        within(&x, boot, &out->within); /* x: the rows of all prompts */
        if (t != DC_TARGET_REFUSAL)
            risk(&x, boot, out);
        st = decisions(v, boot, m, t, err);
    }
    dc_trace_rows_release(&x);
    return st;
}

void dc_trace_auroc_require(struct dc_trace_measure *m)
{
    for (enum dc_target t = 0; t < DC_N_TARGET; t++) {
        struct dc_trace_within *w = &m->target[t].within;
        if (w->n_pair > 0)
            dc_boot_require(&w->pooled, w->n_prompt, w->n_prompt);
    }
}
