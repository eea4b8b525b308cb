/*
 * calib.c - reliability table, ECE, MCE, Brier score and its parts, log loss.
 *
 * With n_k rows in bin k, their mean probability f_k, their observed rate o_k
 * and the overall rate o (Murphy 1973; Stephenson, Coelho and Jolliffe 2008):
 *   ECE = sum n_k |o_k - f_k| / n             MCE = max |o_k - f_k|
 *   reliability       = sum n_k (f_k - o_k)^2 / n
 *   resolution        = sum n_k (o_k - o)^2 / n
 *   uncertainty       = o (1 - o)
 *   within_variance   = sum over rows (p - f_k)^2 / n
 *   within_covariance = 2 sum over rows (p - f_k) (y - o_k) / n
 * The last two vanish only if all p of a bin are equal; without them the parts
 * don't add up to the Brier score. Means come first and deviations second, in
 * two passes over the rows.
 */
#include "base/mem.h"
#include "stat/calib_priv.h"
#include "stat/rank_priv.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

struct dc_calib_cfg dc_calib_cfg_default(void)
{
    return (struct dc_calib_cfg){.binning = DC_BINNING_WIDTH,
                                 .n_bins = 15,
                                 .level = 0.95,
                                 .log_clip = 1e-15};
}

enum dc_status dc_calib_check(const struct dc_forecast *f, struct dc_err *err)
{
    assert(f->n <= DC_RANK_ROWS_MAX);
    for (size_t i = 0; i < f->n; i++) {
        if (!(f->p[i] >= 0 && f->p[i] <= 1))
            return dc_fail(err, DC_DATA,
                           "calibration: value %zu is %.17g, expected a "
                           "probability in 0..1; this measure can't be "
                           "calibrated as it is",
                           i, f->p[i]);
    }
    return DC_OK;
}

static void assign_mass(const struct dc_forecast *f, uint32_t n_bins,
                        uint8_t *bin)
{
    struct dc_rank_row *r = dc_rank_sort(f->p, f->y, f->n);
    for (size_t i = 0, end; i < f->n; i = end) {
        end = dc_rank_tie_end(r, f->n, i);
        uint64_t twice_middle = i + end - 1;
        uint8_t b = (uint8_t)(n_bins * twice_middle / (2 * (uint64_t)f->n));
        for (size_t j = i; j < end; j++)
            bin[r[j].row] = b;
    }
    free(r);
}

void dc_calib_assign(const struct dc_forecast *f,
                     const struct dc_calib_cfg *cfg, uint8_t *bin)
{
    assert(cfg->n_bins >= 1 && cfg->n_bins <= DC_CALIB_BINS_MAX);
    if (cfg->binning == DC_BINNING_MASS) {
        assign_mass(f, cfg->n_bins, bin);
        return;
    }
    for (size_t i = 0; i < f->n; i++) {
        double b = floor((double)cfg->n_bins * f->p[i]);
        bin[i] = (uint8_t)fmin(b, (double)(cfg->n_bins - 1));
    }
}

static void fill_table(const struct dc_forecast *f, const uint8_t *bin,
                       double level, struct dc_calib *out)
{
    uint64_t n[DC_CALIB_BINS_MAX] = {0}, k[DC_CALIB_BINS_MAX] = {0};
    for (size_t i = 0; i < f->n; i++) {
        struct dc_calib_bin *b = &out->bin[bin[i]];
        double p = f->p[i];
        b->p_least = n[bin[i]] ? fmin(b->p_least, p) : p;
        b->p_most = n[bin[i]] ? fmax(b->p_most, p) : p;
        b->p_mean += p;
        n[bin[i]]++;
        k[bin[i]] += f->y[i];
    }
    for (uint32_t b = 0; b < out->n_bins; b++) {
        out->bin[b].observed = dc_prop_wilson(k[b], n[b], level);
        if (n[b])
            out->bin[b].p_mean /= (double)n[b];
    }
}

static void between_bins(const struct dc_forecast *f, struct dc_calib *out)
{
    double n = (double)f->n, rate = 0;
    for (uint32_t i = 0; i < out->n_bins; i++)
        rate += (double)out->bin[i].observed.k / n;
    for (uint32_t i = 0; i < out->n_bins; i++) {
        const struct dc_calib_bin *b = &out->bin[i];
        if (!b->observed.defined)
            continue;
        double share = (double)b->observed.n / n;
        double gap = b->observed.value - b->p_mean;
        double lift = b->observed.value - rate;
        out->ece += share * fabs(gap);
        out->mce = fmax(out->mce, fabs(gap));
        out->reliability += share * gap * gap;
        out->resolution += share * lift * lift;
    }
    out->uncertainty = rate * (1 - rate);
}

static void over_rows(const struct dc_forecast *f, const uint8_t *bin,
                      double clip, struct dc_calib *out)
{
    double n = (double)f->n;
    for (size_t i = 0; i < f->n; i++) {
        const struct dc_calib_bin *b = &out->bin[bin[i]];
        double p = f->p[i], y = f->y[i] ? 1 : 0;
        double q = fmin(fmax(p, clip), 1 - clip), d = p - b->p_mean;
        out->brier += (p - y) * (p - y);
        out->within_variance += d * d;
        out->within_covariance += 2 * d * (y - b->observed.value);
        out->log_loss -= f->y[i] ? log(q) : log1p(-q);
        out->n_clipped += q != p;
    }
    out->brier /= n;
    out->within_variance /= n;
    out->within_covariance /= n;
    out->log_loss /= n;
}

enum dc_status dc_calib_measure(const struct dc_forecast *f,
                                const struct dc_calib_cfg *cfg,
                                struct dc_calib *out, struct dc_err *err)
{
    assert(cfg->log_clip > 0 && cfg->log_clip < 0.5);
    enum dc_status st = dc_calib_check(f, err);
    if (st)
        return st;
    uint8_t *bin = dc_xcalloc(f->n ? f->n : 1, sizeof *bin);
    dc_calib_assign(f, cfg, bin);
    *out = (struct dc_calib){.defined = f->n > 0, .n_bins = cfg->n_bins};
    if (out->defined) {
        fill_table(f, bin, cfg->level, out);
        between_bins(f, out);
        over_rows(f, bin, cfg->log_clip, out);
    }
    free(bin);
    return DC_OK;
}
