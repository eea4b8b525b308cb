/*
 * calib_boot.c - cluster-bootstrap intervals of the ECE and the Brier score.
 *
 * The bin of a row is found once. In bin k, n_k (o_k - f_k) is the sum of
 * y - p over its rows, so that the ECE of weighted rows is
 *     sum over k of |sum w (y - p)| / sum w
 * and needs no mean; sixteen resamples share a pass over the rows. The Brier
 * score is a ratio of sums over clusters.
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

static bool ece_of_lane(const struct rows *r, const struct sums *s, uint32_t l,
                        double *value)
{
    double sum = 0;
    for (uint32_t b = 0; b < r->n_bins; b++)
        sum += fabs(s->gap[b][l]);
    if (s->n[l] > 0)
        *value = sum / (double)s->n[l];
    return s->n[l] > 0;
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
            j->v->has[r + l] = ece_of_lane(j->r, &s, l, &j->v->x[r + l]);
    }
    dc_boot_lanes_release(&lanes);
}

/* Every cluster once. */
static void whole(const struct rows *r, struct dc_boot *out)
{
    size_t n = r->c->n_clusters * LANES;
    uint16_t *one = dc_xcalloc(n, sizeof *one);
    struct sums s;
    for (size_t i = 0; i < n; i++)
        one[i] = 1;
    add_rows(r, one, &s);
    out->value.defined = ece_of_lane(r, &s, 0, &out->value.value);
    free(one);
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
    struct dc_boot_values v;
    *out = (struct dc_boot){.n_clusters = c->n_clusters};
    dc_boot_values_init(&v, boot);
    if (c->n_clusters > 0) {
        whole(&rows, out);
        const struct job j = {&rows, boot, &v,
                              dc_boot_pooled(boot, (uint32_t)c->n_clusters)};
        dc_boot_parallel(work, &j, boot->n_threads);
    }
    dc_boot_finish(&v, boot, out);
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
