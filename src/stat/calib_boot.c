/*
 * calib_boot.c - the noise in an ECE, and the bootstrap of the Brier score.
 *
 * The bin of a row is found once. In bin k, n_k (o_k - f_k) is the sum of
 * y - p over its rows, so that the share of bin k in the gaps of weighted rows
 * is g_k = sum w (y - p) / sum w, the ECE is the sum of |g_k| and needs no
 * mean, and the noise in it is the sum of |g_k - g_k of the data|.
 * DC_BOOT_LANES resamples share a pass over the rows. The Brier score is a
 * ratio of sums over clusters.
 */
#include "base/mem.h"
#include "stat/boot_priv.h"
#include "stat/calib_priv.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { LANES = DC_BOOT_LANES };

struct rows {
    size_t n;
    double *gap;       /* [n] y - p */
    uint32_t *cluster; /* [n] */
    uint8_t *bin;      /* [n] */
    uint32_t n_bins;
    double centre[DC_CALIB_BINS_MAX]; /* g_k of the data; 0 until found */
    bool defined;
    struct dc_calib_noise *out;
};

/* Of each lane: the gaps of the bins, and the rows. */
struct sums {
    double gap[DC_CALIB_BINS_MAX][LANES];
    uint64_t n[LANES];
};

/* weight [n_clusters][LANES] */
DC_BOOT_INLINE void add_rows(const struct rows *r, const uint8_t *weight,
                             struct sums *s)
{
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < r->n; i++) {
        const uint8_t *w = weight + (size_t)r->cluster[i] * LANES;
        __builtin_prefetch(weight +
                           (size_t)r->cluster[i + DC_BOOT_AHEAD] * LANES);
        double gap = r->gap[i], *to = s->gap[r->bin[i]];
        for (int l = 0; l < LANES; l++)
            to[l] += w[l] * gap;
        for (int l = 0; l < LANES; l++)
            s->n[l] += w[l];
    }
}

static bool noise_of_lane(const struct rows *r, const struct sums *s, size_t l,
                          double *value)
{
    double sum = 0, n = (double)s->n[l];
    for (uint32_t b = 0; b < r->n_bins && n > 0; b++)
        sum += fabs(s->gap[b][l] / n - r->centre[b]);
    *value = sum;
    return n > 0;
}

DC_BOOT_INLINE void noise_of_rows(const void *data, const uint8_t *weight,
                                  struct dc_boot_block *out)
{
    struct sums s;
    add_rows(data, weight, &s);
    for (size_t l = 0; l < LANES; l++)
        out->has[l] = noise_of_lane(data, &s, l, &out->x[l]);
}

DC_BOOT_PASS(pass, noise_of_rows)

/* Every cluster once: the ECE, and the centres. */
static bool whole(struct rows *r, double *ece)
{
    struct sums s = {.n = {r->n}};
    for (size_t i = 0; i < r->n; i++)
        s.gap[r->bin[i]][0] += r->gap[i];
    bool has = noise_of_lane(r, &s, 0, ece);
    for (uint32_t b = 0; b < r->n_bins && has; b++)
        r->centre[b] = s.gap[b][0] / (double)s.n[0];
    return has;
}

static enum dc_status check(const struct dc_forecast_clusters *c,
                            struct dc_err *err)
{
    for (size_t i = 0; i < c->f->n; i++)
        assert(c->cluster[i] < c->n_clusters);
    return dc_calib_check(c->f, err);
}

static void end(void *data, struct dc_boot_values *v,
                const struct dc_boot_cfg *boot)
{
    struct rows *r = data;
    struct dc_calib_noise *out = r->out;
    uint32_t n = boot->n_resamples, as_large = 1;
    for (uint32_t b = 0; b < n; b++) {
        out->mean += v->x[b] / n;
        as_large += v->x[b] >= out->ece;
    }
    if (boot->keep)
        memcpy(boot->keep, v->x, n * sizeof *v->x);
    out->p = (double)as_large / ((double)n + 1);
    out->most = dc_percentile(v->x, n, 100 * boot->level);
    out->defined = r->defined;
    free(r->gap);
    free(r->cluster);
    free(r->bin);
    free(r);
}

enum dc_status dc_calib_noise(const struct dc_forecast_clusters *c,
                              const struct dc_calib_cfg *cfg,
                              const struct dc_boot_cfg *boot,
                              struct dc_calib_noise *out, struct dc_err *err)
{
    static const struct dc_boot_ops ops = {pass, end};
    enum dc_status st = check(c, err);
    size_t n = c->f->n;
    *out = (struct dc_calib_noise){.defined = false};
    if (st || n == 0)
        return st;
    struct rows *r = dc_xcalloc(1, sizeof *r);
    r->n = n;
    r->gap = dc_xcalloc(n, sizeof *r->gap);
    r->cluster = dc_xcalloc(n + DC_BOOT_AHEAD, sizeof *r->cluster);
    r->bin = dc_xcalloc(n, sizeof *r->bin);
    r->n_bins = cfg->n_bins;
    r->out = out;
    dc_calib_assign(c->f, cfg, r->bin);
    for (size_t i = 0; i < n; i++) {
        r->gap[i] = (c->f->y[i] ? 1 : 0) - c->f->p[i];
        r->cluster[i] = c->cluster[i];
    }
    bool has = whole(r, &out->ece);
    r->defined = has && c->n_clusters >= DC_BOOT_FEW;
    dc_boot_submit((struct dc_boot_job){
        .cfg = *boot,
        .ops = &ops,
        .data = r,
        .n_clusters = (uint32_t)c->n_clusters,
        .bytes = n * (sizeof *r->gap + sizeof *r->cluster + 1)});
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
