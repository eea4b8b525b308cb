/*
 * trace_risk.c - trace_risk.h.
 */
#include "replay/trace_risk.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void risk_line(const struct dc_trace_rows *x, struct dc_risk_curve *c)
{
    bool *wrong = dc_xcalloc(x->n + 1, sizeof *wrong);
    const struct dc_coverage at = {c->coverage, c->risk, DC_RISK_STEPS};
    for (size_t i = 0; i < x->n; i++)
        wrong[i] = !x->positive[i];
    for (int i = 0; i < DC_RISK_STEPS; i++)
        c->coverage[i] = (double)(i + 1) / DC_RISK_STEPS;
    dc_risk_at(x->score, wrong, x->n, &at);
    free(wrong);
}

/* Of the traces with a score of at least bar. */
static void risk_band_at(const struct dc_trace_rows *x, double bar,
                         const struct dc_boot_cfg *boot, struct dc_boot *out)
{
    double *num = dc_xcalloc(x->n_groups + 1, sizeof *num);
    double *den = dc_xcalloc(x->n_groups + 1, sizeof *den);
    for (size_t i = 0; i < x->n; i++) {
        if (x->score[i] < bar)
            continue;
        num[x->group[i]] += !x->positive[i];
        den[x->group[i]]++;
    }
    const struct dc_boot_sums sums = {num, den, x->n_groups};
    dc_boot_rate(&sums, boot, out);
    free(num);
    free(den);
}

static void risk_band(const struct dc_trace_rows *x,
                      const struct dc_boot_cfg *boot, struct dc_risk_curve *c)
{
    enum { STEP = DC_RISK_STEPS / DC_RISK_BANDS };
    struct dc_boot_cfg with = *boot; /* draws for all */
    double *sorted = dc_xcalloc(x->n + 1, sizeof *sorted);
    memcpy(sorted, x->score, x->n * sizeof *sorted);
    with.batch = dc_boot_batch_new();
    for (int i = STEP - 1; i < DC_RISK_STEPS; i += STEP)
        risk_band_at(x, dc_percentile(sorted, x->n, 100 * (1 - c->coverage[i])),
                     &with, &c->band[i]);
    dc_boot_batch_free(with.batch);
    free(sorted);
}

void dc_risk_curve_find(const struct dc_trace_rows *x,
                        const struct dc_boot_cfg *boot,
                        struct dc_risk_curve *out)
{
    *out = (struct dc_risk_curve){.coverage = {0}};
    risk_line(x, out);
    if (boot)
        risk_band(x, boot, out);
}
