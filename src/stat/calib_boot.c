/*
 * calib_boot.c - cluster-bootstrap intervals of the ECE and the Brier score.
 *
 * The bin of a row is found once. In bin k, n_k (o_k - f_k) is the sum of
 * y - p over its rows, so that the ECE of weighted rows is
 *     sum over k of |sum w (y - p)| / sum w
 * and needs no mean. The Brier score is a ratio of sums over clusters.
 */
#include "base/mem.h"
#include "stat/calib_priv.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

struct rows {
    const struct dc_forecast_clusters *c;
    const uint8_t *bin;
    uint32_t n_bins;
};

static bool ece_of_resample(const void *data, const uint32_t *weight,
                            double *value)
{
    const struct rows *r = data;
    const struct dc_forecast *f = r->c->f;
    double gap[DC_CALIB_BINS_MAX] = {0}, sum = 0;
    uint64_t n = 0;
    for (size_t i = 0; i < f->n; i++) {
        uint32_t w = weight[r->c->cluster[i]];
        gap[r->bin[i]] += w * ((f->y[i] ? 1 : 0) - f->p[i]);
        n += w;
    }
    if (n == 0)
        return false;
    for (uint32_t b = 0; b < r->n_bins; b++)
        sum += fabs(gap[b]);
    *value = sum / (double)n;
    return true;
}

static enum dc_status check(const struct dc_forecast_clusters *c,
                            struct dc_err *err)
{
    for (size_t i = 0; i < c->f->n; i++)
        assert(c->cluster[i] < c->n_clusters);
    return dc_calib_check(c->f, err);
}

enum dc_status dc_calib_ece_boot(const struct dc_forecast_clusters *c,
                                 const struct dc_calib_cfg *cfg,
                                 const struct dc_boot_cfg *boot,
                                 struct dc_boot *out, struct dc_err *err)
{
    enum dc_status st = check(c, err);
    if (st)
        return st;
    uint8_t *bin = dc_xcalloc(c->f->n ? c->f->n : 1, sizeof *bin);
    dc_calib_assign(c->f, cfg, bin);
    const struct rows rows = {c, bin, cfg->n_bins};
    const struct dc_boot_stat stat = {.data = &rows,
                                      .compute = ece_of_resample};
    dc_boot_run(&stat, c->n_clusters, boot, out);
    free(bin);
    return DC_OK;
}

enum dc_status dc_calib_brier_boot(const struct dc_forecast_clusters *c,
                                   const struct dc_boot_cfg *boot,
                                   struct dc_boot *out, struct dc_err *err)
{
    enum dc_status st = check(c, err);
    if (st)
        return st;
    double *num = dc_xcalloc(c->n_clusters + 1, sizeof *num);
    double *den = dc_xcalloc(c->n_clusters + 1, sizeof *den);
    for (size_t i = 0; i < c->f->n; i++) {
        double d = c->f->p[i] - (c->f->y[i] ? 1 : 0);
        num[c->cluster[i]] += d * d;
        den[c->cluster[i]] += 1;
    }
    const struct dc_boot_sums sums = {num, den, c->n_clusters};
    dc_boot_ratio(&sums, boot, out);
    free(den);
    free(num);
    return DC_OK;
}
