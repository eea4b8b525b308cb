/*
 * two_shares.c - the difference of two shares of rows that come in clusters
 * (two_shares.h).
 *
 * A cluster counts by a = low/n_low and b = high/n_high. With M the marked ones
 *
 *   s_low = sum_M a,  s_high = sum_M b,  D = sum_M (a - b),
 *   sum e^2 = sum_M (a - b)^2 - 2 sum_M (a - b) c + sum c^2,
 *   c = a s_low - b s_high
 *
 * so that a permutation looks at no more than the clusters it marks; or at
 * those it does not, if they are fewer, as all sums over both are known.
 */
#include "stat/two_shares.h"

#include "base/mem.h"
#include "base/parallel.h"
#include "base/rng.h"

#include <math.h>
#include <stdlib.h>

#define FOUND 0.8  /* the wanted power */
#define ALPHA 0.05 /* of the test */
#define TIED 1e-9  /* two statistics are equal if nearer, relatively */

static const uint64_t shares_stream = 0x7065726d75746573; /* "permutes" */

/* Sums over clusters of a, b, a^2, a b, b^2. */
struct shares_sums {
    double a, b, aa, ab, bb;
};

static void shares_add(struct shares_sums *s, double a, double b)
{
    s->a += a;
    s->b += b;
    s->aa += a * a;
    s->ab += a * b;
    s->bb += b * b;
}

static struct shares_sums shares_rest(const struct shares_sums *all,
                                      const struct shares_sums *s)
{
    return (struct shares_sums){all->a - s->a, all->b - s->b, all->aa - s->aa,
                                all->ab - s->ab, all->bb - s->bb};
}

static struct dc_two_shares_diff
shares_of(const struct shares_sums *all, const struct shares_sums *m, size_t n)
{
    double lo = m->a, hi = m->b;
    double squares = m->aa - 2 * m->ab + m->bb -
                     2 * (lo * (m->aa - m->ab) - hi * (m->ab - m->bb)) +
                     lo * lo * all->aa - 2 * lo * hi * all->ab +
                     hi * hi * all->bb;
    double factor = n > 1 ? (double)n / (double)(n - 1) : 1;
    /* what is 0 but for rounding is 0 */
    bool some = squares > 1e-12 * (all->aa + all->bb);
    return (struct dc_two_shares_diff){.value = lo - hi,
                                       .se = some ? sqrt(factor * squares) : 0};
}

/* Everything that does not change with the marks. */
struct shares_job {
    size_t n, n_pick; /* clusters; those drawn in a permutation */
    bool pick_marked; /* they are the marked ones, else the others */
    double *a, *b;    /* [n] */
    struct shares_sums all;
    const struct dc_boot_cfg *cfg;
    double seen;      /* |D|/SE of the data */
    uint64_t *larger; /* [n_parts] */
};

static bool shares_scale(const struct dc_two_shares *x, struct shares_job *j)
{
    double low = 0, high = 0;
    for (size_t i = 0; i < x->n; i++) {
        low += x->low[i];
        high += x->high[i];
    }
    if (low <= 0 || high <= 0)
        return false;
    j->n = x->n;
    j->a = dc_xcalloc(2 * x->n, sizeof *j->a);
    j->b = j->a + x->n;
    for (size_t i = 0; i < x->n; i++) {
        j->a[i] = x->low[i] / low;
        j->b[i] = x->high[i] / high;
        shares_add(&j->all, j->a[i], j->b[i]);
    }
    return true;
}

static struct dc_two_shares_diff shares_seen(const struct dc_two_shares *x,
                                             const struct shares_job *j)
{
    struct shares_sums m = {0};
    for (size_t i = 0; i < x->n; i++)
        if (x->marked[i])
            shares_add(&m, j->a[i], j->b[i]);
    return shares_of(&j->all, &m, j->n);
}

bool dc_two_shares_diff(const struct dc_two_shares *x,
                        struct dc_two_shares_diff *out)
{
    struct shares_job j = {.n = 0};
    if (!shares_scale(x, &j))
        return false;
    *out = shares_seen(x, &j);
    free(j.a);
    return true;
}

/* ---- the interval ---- */

static bool shares_weighted(const void *data, const uint32_t *weight,
                            double *value)
{
    const struct dc_two_shares *x = data;
    double low = 0, high = 0, low_marked = 0, high_marked = 0;
    for (size_t i = 0; i < x->n; i++) {
        double l = weight[i] * x->low[i], h = weight[i] * x->high[i];
        low += l;
        high += h;
        low_marked += x->marked[i] ? l : 0;
        high_marked += x->marked[i] ? h : 0;
    }
    if (low <= 0 || high <= 0)
        return false;
    *value = low_marked / low - high_marked / high;
    return true;
}

void dc_two_shares_boot(const struct dc_two_shares *x,
                        const struct dc_boot_cfg *cfg, struct dc_boot *out)
{
    dc_boot_run(&(struct dc_boot_stat){x, shares_weighted}, x->n, cfg, out);
}

void dc_two_shares_require(const struct dc_two_shares *x, struct dc_boot *out)
{
    size_t marked = 0, low = 0, high = 0;
    for (size_t i = 0; i < x->n; i++) {
        marked += x->marked[i];
        low += x->low[i] > 0;
        high += x->high[i] > 0;
    }
    size_t rarer = marked < x->n - marked ? marked : x->n - marked;
    size_t cell = low < high ? low : high;
    dc_boot_require(out, rarer, cell);
}

/* ---- the test ---- */

static double shares_size(const struct dc_two_shares_diff *d)
{
    if (d->se > 0)
        return fabs(d->value) / d->se;
    return fabs(d->value) > TIED ? HUGE_VAL : 0;
}

/* The first n_pick of order [n] become a draw without replacement. */
static struct shares_sums shares_pick(const struct shares_job *j, uint32_t r,
                                      uint32_t *order)
{
    const struct dc_rng_key key = {j->cfg->seed, shares_stream};
    struct shares_sums s = {0};
    for (uint32_t i = 0; i < j->n_pick; i++) {
        uint32_t at = i + dc_rng_below(&key, r, i, (uint32_t)(j->n - i));
        uint32_t c = order[at];
        order[at] = order[i];
        order[i] = c;
        shares_add(&s, j->a[c], j->b[c]);
    }
    return s;
}

static void shares_part(const void *job, uint32_t part, uint32_t n_parts)
{
    const struct shares_job *j = job;
    uint32_t *order = dc_xcalloc(j->n, sizeof *order);
    uint64_t larger = 0;
    for (uint32_t r = part; r < j->cfg->n_resamples; r += n_parts) {
        for (size_t i = 0; i < j->n; i++)
            order[i] = (uint32_t)i;
        struct shares_sums s = shares_pick(j, r, order);
        if (!j->pick_marked)
            s = shares_rest(&j->all, &s);
        const struct dc_two_shares_diff d = shares_of(&j->all, &s, j->n);
        larger += shares_size(&d) >= j->seen * (1 - TIED);
    }
    j->larger[part] = larger;
    free(order);
}

bool dc_two_shares_p(const struct dc_two_shares *x,
                     const struct dc_boot_cfg *cfg, double *p)
{
    struct shares_job j = {.cfg = cfg};
    size_t marked = 0;
    uint64_t larger = 1;
    for (size_t i = 0; i < x->n; i++)
        marked += x->marked[i];
    if (marked == 0 || marked == x->n || !shares_scale(x, &j))
        return false;
    const struct dc_two_shares_diff seen = shares_seen(x, &j);
    j.seen = shares_size(&seen);
    j.pick_marked = 2 * marked <= x->n;
    j.n_pick = j.pick_marked ? marked : x->n - marked;
    j.larger = dc_xcalloc(cfg->n_threads, sizeof *j.larger);
    dc_parallel(shares_part, &j, cfg->n_threads);
    for (uint32_t i = 0; i < cfg->n_threads; i++)
        larger += j.larger[i];
    *p = (double)larger / (1.0 + cfg->n_resamples);
    free(j.larger);
    free(j.a);
    return true;
}

double dc_two_shares_reach(void)
{
    return dc_normal_quantile(1 - ALPHA / 2) + dc_normal_quantile(FOUND);
}
