/*
 * boot.c - the cluster bootstrap: threads, percentile interval, and the
 * generic statistic over weights. boot_draw.c has the draws.
 *
 * Threads take resamples in turn and write to their own elements of the result,
 * so nothing depends on how many there are. A thread that can't be started has
 * its part done by the caller.
 */
#include "base/mem.h"
#include "stat/boot_priv.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct part {
    void (*work)(const void *job, uint32_t part, uint32_t n_parts);
    const void *job;
    uint32_t i, n_parts;
    bool started;
    pthread_t thread;
};

static void *run_part(void *arg)
{
    const struct part *p = arg;
    p->work(p->job, p->i, p->n_parts);
    return NULL;
}

void dc_boot_parallel(void (*work)(const void *job, uint32_t part,
                                   uint32_t n_parts),
                      const void *job, uint32_t n_parts)
{
    struct part *part = dc_xcalloc(n_parts, sizeof *part);
    for (uint32_t i = 0; i < n_parts; i++)
        part[i] = (struct part){work, job, i, n_parts, .started = false};
    for (uint32_t i = 1; i < n_parts; i++)
        part[i].started =
            pthread_create(&part[i].thread, NULL, run_part, &part[i]) == 0;
    for (uint32_t i = 0; i < n_parts; i++) {
        if (part[i].started)
            pthread_join(part[i].thread, NULL);
        else
            run_part(&part[i]);
    }
    free(part);
}

struct dc_boot_cfg dc_boot_cfg_default(void)
{
    return (struct dc_boot_cfg){
        .n_resamples = 2000, .n_threads = 1, .level = 0.95};
}

void dc_boot_require(struct dc_boot *b, size_t n_with, size_t n_without)
{
    b->n_rarer = n_with < n_without ? n_with : n_without;
    b->few = b->n_rarer < DC_BOOT_FEW;
    b->defined = b->defined && !b->few;
}

/* The t that Student's with df degrees of freedom leaves with probability p, on
 * both sides together. */
static double student(double df, double p)
{
    double x = dc_beta_quantile(0.5 * df, 0.5, p);
    return sqrt(df * (1 - x) / x);
}

int dc_boot_side(const struct dc_boot *b, double null, double level,
                 size_t n_tests)
{
    if (!b->defined || b->n_rarer < 2 || (b->lo <= null && null <= b->hi))
        return 0;
    double n = (double)b->n_rarer;
    double reach = student(n - 1, (1 - level) / (double)n_tests) * b->se *
                   sqrt(n / (n - 1));
    if (fabs(b->value.value - null) <= reach)
        return 0;
    return b->value.value > null ? 1 : -1;
}

void dc_boot_values_init(struct dc_boot_values *v,
                         const struct dc_boot_cfg *cfg)
{
    assert(cfg->n_resamples >= 1 && cfg->n_resamples <= DC_BOOT_RESAMPLES_MAX);
    assert(cfg->n_threads >= 1 && cfg->n_threads <= DC_BOOT_THREADS_MAX);
    assert(cfg->level > 0 && cfg->level < 1);
    v->x = dc_xcalloc(cfg->n_resamples, sizeof *v->x);
    v->has = dc_xcalloc(cfg->n_resamples, sizeof *v->has);
}

void dc_boot_values_release(struct dc_boot_values *v)
{
    free(v->x);
    free(v->has);
    memset(v, 0, sizeof *v);
}

static double standard_deviation(const double *x, uint32_t n)
{
    double sum = 0, squares = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += x[i];
    double mean = sum / n;
    for (uint32_t i = 0; i < n; i++)
        squares += (x[i] - mean) * (x[i] - mean);
    return n > 1 ? sqrt(squares / (n - 1)) : 0;
}

void dc_boot_finish(struct dc_boot_values *v, const struct dc_boot_cfg *cfg,
                    struct dc_boot *out)
{
    uint32_t n = 0;
    for (uint32_t r = 0; r < cfg->n_resamples; r++) {
        if (v->has[r])
            v->x[n++] = v->x[r];
    }
    if (cfg->keep)
        memcpy(cfg->keep, v->x, n * sizeof *v->x);
    out->n_resamples = cfg->n_resamples;
    out->n_valued = n;
    out->defined = out->value.defined && out->n_clusters >= 2 && n >= 1 &&
                   (uint64_t)n * 20 >= (uint64_t)cfg->n_resamples * 19;
    if (!out->defined)
        return;
    out->se = standard_deviation(v->x, n);
    double tail = 50 * (1 - cfg->level);
    out->lo = dc_percentile(v->x, n, tail);
    out->hi = dc_percentile(v->x, n, 100 - tail);
}

struct job {
    const struct dc_boot_stat *stat;
    const struct dc_boot_cfg *cfg;
    const struct dc_boot_values *v;
    uint32_t n_clusters;
};

static void work(const void *arg, uint32_t part, uint32_t n_parts)
{
    const struct job *j = arg;
    uint32_t n = j->n_clusters;
    uint32_t *drawn = dc_xcalloc(n, sizeof *drawn);
    uint32_t *weight = dc_xcalloc(n, sizeof *weight);
    for (uint32_t r = part; r < j->cfg->n_resamples; r += n_parts) {
        memset(weight, 0, n * sizeof *weight);
        dc_boot_draw(j->cfg->seed, r, n, drawn);
        for (uint32_t i = 0; i < n; i++)
            weight[drawn[i]]++;
        j->v->has[r] = j->stat->compute(j->stat->data, weight, &j->v->x[r]);
    }
    free(weight);
    free(drawn);
}

void dc_boot_run(const struct dc_boot_stat *stat, size_t n_clusters,
                 const struct dc_boot_cfg *cfg, struct dc_boot *out)
{
    assert(n_clusters <= DC_BOOT_CLUSTERS_MAX);
    struct dc_boot_values v;
    *out = (struct dc_boot){.n_clusters = n_clusters};
    dc_boot_values_init(&v, cfg);
    if (n_clusters > 0) {
        uint32_t *one = dc_xcalloc(n_clusters, sizeof *one);
        for (size_t g = 0; g < n_clusters; g++)
            one[g] = 1;
        out->value.defined = stat->compute(stat->data, one, &out->value.value);
        free(one);
        const struct job j = {stat, cfg, &v, (uint32_t)n_clusters};
        dc_boot_parallel(work, &j, cfg->n_threads);
    }
    dc_boot_finish(&v, cfg, out);
    dc_boot_require(out, out->n_clusters, out->n_clusters);
    dc_boot_values_release(&v);
}

/* ---- the ratio of two sums, several resamples a pass ---- */

struct ratio_job {
    const struct dc_boot_sums *sums;
    const struct dc_boot_cfg *cfg;
    const struct dc_boot_values *v;
    const uint16_t *pooled;
};

static void ratio_work(const void *arg, uint32_t part, uint32_t n_parts)
{
    enum { LANES = DC_BOOT_LANES };
    const struct ratio_job *j = arg;
    const struct dc_boot_sums *s = j->sums;
    struct dc_boot_lanes lanes;
    dc_boot_lanes_init(&lanes, j->cfg, (uint32_t)s->n_clusters, j->pooled);
    for (uint32_t r = part * LANES; r < j->cfg->n_resamples;
         r += n_parts * LANES) {
        const uint16_t *w = dc_boot_lanes_at(&lanes, r);
        double num[LANES] = {0}, den[LANES] = {0};
        for (size_t g = 0; g < s->n_clusters; g++, w += LANES) {
            for (int l = 0; l < LANES; l++) {
                num[l] += w[l] * s->num[g];
                den[l] += w[l] * s->den[g];
            }
        }
        for (uint32_t l = 0; l < LANES && r + l < j->cfg->n_resamples; l++) {
            j->v->has[r + l] = den[l] != 0;
            j->v->x[r + l] = den[l] != 0 ? num[l] / den[l] : 0;
        }
    }
    dc_boot_lanes_release(&lanes);
}

void dc_boot_ratio(const struct dc_boot_sums *sums,
                   const struct dc_boot_cfg *cfg, struct dc_boot *out)
{
    assert(sums->n_clusters <= DC_BOOT_CLUSTERS_MAX);
    struct dc_boot_values v;
    double num = 0, den = 0;
    *out = (struct dc_boot){.n_clusters = sums->n_clusters};
    for (size_t g = 0; g < sums->n_clusters; g++) {
        num += sums->num[g];
        den += sums->den[g];
    }
    if (den != 0)
        out->value = (struct dc_ratio){true, num / den};
    dc_boot_values_init(&v, cfg);
    if (sums->n_clusters > 0) {
        const struct ratio_job j = {
            sums, cfg, &v, dc_boot_pooled(cfg, (uint32_t)sums->n_clusters)};
        dc_boot_parallel(ratio_work, &j, cfg->n_threads);
    }
    dc_boot_finish(&v, cfg, out);
    dc_boot_require(out, out->n_clusters, out->n_clusters);
    dc_boot_values_release(&v);
}

/* ---- rates ---- */

void dc_boot_rate(const struct dc_boot_sums *sums,
                  const struct dc_boot_cfg *cfg, struct dc_boot *out)
{
    struct dc_belief x;
    dc_boot_ratio(sums, cfg, out);
    if (!dc_belief_of(sums, &x))
        return;
    dc_boot_require(out, x.n_with, x.n_without);
    if (!out->few || out->n_clusters < 2)
        return;
    double tail = 0.5 * (1 - cfg->level), sum = x.a + x.b;
    double lo = x.n_with ? dc_beta_quantile(x.a, x.b, tail) : 0;
    double hi = x.n_without ? dc_beta_quantile_upper(x.a, x.b, tail) : 1;
    out->defined = out->beta = true;
    out->lo = fmin(lo, out->value.value);
    out->hi = fmax(hi, out->value.value);
    out->se = sqrt(x.a * x.b / (sum * sum * (sum + 1)));
}
