/*
 * boot.c - the cluster bootstrap: percentile interval, the generic statistic
 * over weights, and ratios of sums. boot_draw.c has the draws,
 * boot_batch.c the resamples.
 *
 * Threads take resamples in turn and write to their own elements of the result,
 * so nothing depends on how many there are.
 */
#include "base/mem.h"
#include "stat/boot_priv.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

int dc_boot_side(const struct dc_boot *b, double null, double level,
                 size_t n_tests)
{
    if (!b->defined || b->n_rarer < 2 || (b->lo <= null && null <= b->hi))
        return 0;
    double n = (double)b->n_rarer;
    double reach = dc_student_quantile(n - 1, (1 - level) / (double)n_tests) *
                   b->se * sqrt(n / (n - 1));
    if (fabs(b->value.value - null) <= reach)
        return 0;
    return b->value.value > null ? 1 : -1;
}

void dc_boot_values_init(struct dc_boot_values *v,
                         const struct dc_boot_cfg *cfg)
{
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

/* ---- any statistic ---- */

struct any {
    struct dc_boot_owned o;
    struct dc_boot *out;
};

static void any_pass(const void *data, const uint8_t *weight,
                     struct dc_boot_block *out)
{
    enum { LANES = DC_BOOT_LANES, AT_ONCE = 4 };
    const struct any *a = data;
    size_t n = a->o.n_clusters;
    uint32_t *one = dc_xcalloc(n * AT_ONCE, sizeof *one);
    for (size_t l = 0; l < LANES; l += AT_ONCE) {
        for (size_t g = 0; g < n; g++)
            for (size_t k = 0; k < AT_ONCE; k++)
                one[k * n + g] = weight[g * LANES + l + k];
        for (size_t k = 0; k < AT_ONCE; k++)
            out->has[l + k] =
                a->o.stat.compute(a->o.stat.data, one + k * n, &out->x[l + k]);
    }
    free(one);
}

static void any_end(void *data, struct dc_boot_values *v,
                    const struct dc_boot_cfg *cfg)
{
    struct any *a = data;
    dc_boot_finish(v, cfg, a->out);
    dc_boot_require(a->out, a->o.kinds.n_with, a->o.kinds.n_without);
    if (a->o.mine)
        a->o.release(a->o.mine);
    free(a);
}

void dc_boot_run_owned(const struct dc_boot_owned *o,
                       const struct dc_boot_cfg *cfg, struct dc_boot *out)
{
    static const struct dc_boot_ops ops = {any_pass, any_end};
    size_t n = o->n_clusters;
    assert(n <= DC_BOOT_CLUSTERS_MAX);
    struct any *a = dc_xcalloc(1, sizeof *a);
    *a = (struct any){*o, out};
    if (!o->has_kinds)
        a->o.kinds = (struct dc_boot_kinds){n, n};
    *out = (struct dc_boot){.n_clusters = n};
    if (n > 0) {
        uint32_t *one = dc_xcalloc(n, sizeof *one);
        for (size_t g = 0; g < n; g++)
            one[g] = 1;
        out->value.defined =
            o->stat.compute(o->stat.data, one, &out->value.value);
        free(one);
    }
    dc_boot_submit((struct dc_boot_job){.cfg = *cfg,
                                        .ops = &ops,
                                        .data = a,
                                        .n_clusters = (uint32_t)n,
                                        .bytes = sizeof *a + o->bytes});
}

void dc_boot_run(const struct dc_boot_stat *stat, size_t n_clusters,
                 const struct dc_boot_cfg *cfg, struct dc_boot *out)
{
    const struct dc_boot_owned o = {.stat = *stat, .n_clusters = n_clusters};
    dc_boot_run_owned(&o, cfg, out);
}

/* ---- the ratio of two sums, several resamples a pass ---- */

struct ratio {
    double *num, *den; /* [n] */
    size_t n;
    struct dc_boot *out;
    bool has_belief; /* of a rate */
    struct dc_belief belief;
};

enum { LANES = DC_BOOT_LANES, SOME = 16, TILE = 256 };

/* SOME lanes of a tile of clusters from `from` on: what fits registers. */
DC_BOOT_INLINE void ratio_some(const struct ratio *s, const uint8_t *weight,
                               size_t from, double *num, double *den)
{
    size_t end = from + TILE < s->n ? from + TILE : s->n;
    double x[SOME], y[SOME];
    memcpy(x, num, sizeof x);
    memcpy(y, den, sizeof y);
    for (size_t g = from; g < end; g++)
        for (int l = 0; l < SOME; l++) {
            x[l] += weight[g * LANES + (size_t)l] * s->num[g];
            y[l] += weight[g * LANES + (size_t)l] * s->den[g];
        }
    memcpy(num, x, sizeof x);
    memcpy(den, y, sizeof y);
}

DC_BOOT_INLINE void ratio_all(const void *data, const uint8_t *weight,
                              struct dc_boot_block *out)
{
    const struct ratio *s = data;
    double num[LANES] = {0}, den[LANES] = {0};
    for (size_t g = 0; g < s->n; g += TILE)
        for (size_t l = 0; l < LANES; l += SOME)
            ratio_some(s, weight + l, g, num + l, den + l);
    for (int l = 0; l < LANES; l++) {
        out->has[l] = den[l] != 0;
        out->x[l] = den[l] != 0 ? num[l] / den[l] : 0;
    }
}

DC_BOOT_PASS(ratio_pass, ratio_all)

/* A rate of few clusters of a kind has the interval of its belief. */
static void finish_rate(const struct dc_belief *x,
                        const struct dc_boot_cfg *cfg, struct dc_boot *out)
{
    dc_boot_require(out, x->n_with, x->n_without);
    if (!out->few || out->n_clusters < 2)
        return;
    double sum = x->a + x->b;
    out->defined = out->beta = true;
    dc_belief_interval(x, out->value.value, cfg->level, &out->lo, &out->hi);
    out->se = sqrt(x->a * x->b / (sum * sum * (sum + 1)));
}

static void ratio_end(void *data, struct dc_boot_values *v,
                      const struct dc_boot_cfg *cfg)
{
    struct ratio *s = data;
    dc_boot_finish(v, cfg, s->out);
    dc_boot_require(s->out, s->n, s->n);
    if (s->has_belief)
        finish_rate(&s->belief, cfg, s->out);
    free(s->num);
    free(s->den);
    free(s);
}

static double *copy_of(const double *x, size_t n)
{
    double *out = dc_xcalloc(n + 1, sizeof *out);
    if (n > 0)
        memcpy(out, x, n * sizeof *out);
    return out;
}

static void submit_ratio(const struct dc_boot_sums *sums, bool is_rate,
                         const struct dc_boot_cfg *cfg, struct dc_boot *out)
{
    static const struct dc_boot_ops ops = {ratio_pass, ratio_end};
    size_t n = sums->n_clusters;
    double num = 0, den = 0;
    assert(n <= DC_BOOT_CLUSTERS_MAX);
    *out = (struct dc_boot){.n_clusters = n};
    for (size_t g = 0; g < n; g++) {
        num += sums->num[g];
        den += sums->den[g];
    }
    if (den != 0)
        out->value = (struct dc_ratio){true, num / den};
    struct ratio *s = dc_xcalloc(1, sizeof *s);
    *s = (struct ratio){.num = copy_of(sums->num, n),
                        .den = copy_of(sums->den, n)};
    s->n = n;
    s->out = out;
    s->has_belief = is_rate && dc_belief_of(sums, &s->belief);
    dc_boot_submit(
        (struct dc_boot_job){.cfg = *cfg,
                             .ops = &ops,
                             .data = s,
                             .n_clusters = (uint32_t)n,
                             .bytes = sizeof *s + 2 * n * sizeof *s->num});
}

void dc_boot_ratio(const struct dc_boot_sums *sums,
                   const struct dc_boot_cfg *cfg, struct dc_boot *out)
{
    submit_ratio(sums, false, cfg, out);
}

void dc_boot_rate(const struct dc_boot_sums *sums,
                  const struct dc_boot_cfg *cfg, struct dc_boot *out)
{
    submit_ratio(sums, true, cfg, out);
}
