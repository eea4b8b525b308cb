/*
 * calib_boot.c - the noise in an ECE, and the bootstrap of the Brier score.
 *
 * The bin of a row is found once. In bin k, n_k (o_k - f_k) is the sum of
 * y - p over its rows, so that the share of bin k in the gaps of weighted rows
 * is g_k = sum w (y - p) / sum w, the ECE is the sum of |g_k| and needs no
 * mean, and the noise in it is the sum of |g_k - g_k of the data|. Sixteen
 * resamples share a pass over the rows. The Brier score is a ratio of sums over
 * clusters.
 */
#include "base/mem.h"
#include "stat/boot_priv.h"
#include "stat/calib_priv.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum { LANES = DC_BOOT_LANES };

struct rows {
    const struct dc_forecast_clusters *c;
    const uint8_t *bin;
    uint32_t n_bins;
    double centre[DC_CALIB_BINS_MAX]; /* g_k of the data; 0 until found */
};

struct job {
    const struct rows *r;
    const struct dc_boot_cfg *cfg;
    const struct dc_boot_values *v;
    const uint16_t *pooled;
};

/* Of each lane: the gaps of the bins, and the rows. */
struct sums {
    double gap[DC_CALIB_BINS_MAX][LANES];
    uint64_t n[LANES];
};

/* weight [n_clusters][LANES] */
static void add_rows(const struct rows *r, const uint16_t *weight,
                     struct sums *s)
{
    const struct dc_forecast *f = r->c->f;
    memset(s, 0, sizeof *s);
    for (size_t i = 0; i < f->n; i++) {
        const uint16_t *w = weight + (size_t)r->c->cluster[i] * LANES;
        double gap = (f->y[i] ? 1 : 0) - f->p[i], *to = s->gap[r->bin[i]];
        for (int l = 0; l < LANES; l++)
            to[l] += w[l] * gap;
        for (int l = 0; l < LANES; l++)
            s->n[l] += w[l];
    }
}

static bool noise_of_lane(const struct rows *r, const struct sums *s,
                          uint32_t l, double *value)
{
    double sum = 0, n = (double)s->n[l];
    for (uint32_t b = 0; b < r->n_bins && n > 0; b++)
        sum += fabs(s->gap[b][l] / n - r->centre[b]);
    *value = sum;
    return n > 0;
}

static void work(const void *arg, uint32_t part, uint32_t n_parts)
{
    const struct job *j = arg;
    uint32_t n = (uint32_t)j->r->c->n_clusters, n_res = j->cfg->n_resamples;
    struct dc_boot_lanes lanes;
    struct sums s;
    dc_boot_lanes_init(&lanes, j->cfg, n, j->pooled);
    for (uint32_t r = part * LANES; r < n_res; r += n_parts * LANES) {
        add_rows(j->r, dc_boot_lanes_at(&lanes, r), &s);
        for (uint32_t l = 0; l < LANES && r + l < n_res; l++)
            j->v->has[r + l] = noise_of_lane(j->r, &s, l, &j->v->x[r + l]);
    }
    dc_boot_lanes_release(&lanes);
}

/* Every cluster once: the ECE, and the centres. */
static bool whole(struct rows *r, double *ece)
{
    size_t n = r->c->n_clusters * LANES;
    uint16_t *one = dc_xcalloc(n, sizeof *one);
    struct sums s;
    for (size_t i = 0; i < n; i++)
        one[i] = 1;
    add_rows(r, one, &s);
    bool has = noise_of_lane(r, &s, 0, ece);
    for (uint32_t b = 0; b < r->n_bins && has; b++)
        r->centre[b] = s.gap[b][0] / (double)s.n[0];
    free(one);
    return has;
}

static enum dc_status check(const struct dc_forecast_clusters *c,
                            struct dc_err *err)
{
    for (size_t i = 0; i < c->f->n; i++)
        assert(c->cluster[i] < c->n_clusters);
    return dc_calib_check(c->f, err);
}

static void finish(struct dc_boot_values *v, const struct dc_boot_cfg *boot,
                   struct dc_calib_noise *out)
{
    uint32_t n = boot->n_resamples, as_large = 1;
    for (uint32_t r = 0; r < n; r++) {
        out->mean += v->x[r] / n;
        as_large += v->x[r] >= out->ece;
    }
    if (boot->keep)
        memcpy(boot->keep, v->x, n * sizeof *v->x);
    out->p = (double)as_large / ((double)n + 1);
    out->most = dc_percentile(v->x, n, 100 * boot->level);
}

enum dc_status dc_calib_noise(const struct dc_forecast_clusters *c,
                              const struct dc_calib_cfg *cfg,
                              const struct dc_boot_cfg *boot,
                              struct dc_calib_noise *out, struct dc_err *err)
{
    enum dc_status st = check(c, err);
    *out = (struct dc_calib_noise){.defined = false};
    if (st || c->f->n == 0)
        return st;
    uint8_t *bin = dc_xcalloc(c->f->n, sizeof *bin);
    dc_calib_assign(c->f, cfg, bin);
    struct rows rows = {.c = c, .bin = bin, .n_bins = cfg->n_bins};
    struct dc_boot_values v;
    dc_boot_values_init(&v, boot);
    bool has = whole(&rows, &out->ece);
    const struct job j = {&rows, boot, &v,
                          dc_boot_pooled(boot, (uint32_t)c->n_clusters)};
    dc_boot_parallel(work, &j, boot->n_threads);
    finish(&v, boot, out);
    out->defined = has && c->n_clusters >= DC_BOOT_FEW;
    dc_boot_values_release(&v);
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
