/*
 * logits.c - one pass over a row of logits.
 *
 * The row is walked in blocks that stay in the first-level cache. A block gives
 * its largest logit m and, with x = z - m, the sums s of e^x and t of x e^x:
 * floats within the block, doubles from there on. With M the largest logit of
 * the row and d = m - M, over the blocks:
 *
 *     Z   = sum of e^d s                 lse = M + log Z
 *     U   = sum of e^d (t + d s)         H   = log Z - U / Z
 *     C   = log Z - mean over the k largest of (z - M)
 *     S   = lse - mean(z) - log(n of finite z)
 *
 * In a peaked row Z is 1 and a little, and that little is all of H and C. So
 * the block that holds M is summed again, in double and without M's own 1, and
 * log Z is log1p(Z - 1).
 *
 * The k largest are kept in a sorted array, the lower id first among equals; a
 * block is searched for them only if its largest logit beats the least of them.
 * What is here is the same for every kernel, so that kernels that agree to the
 * last bit give results that do.
 */
#include "base/mem.h"
#include "conf/logits_priv.h"

#include <assert.h>
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* NULL until first asked for. */
static _Atomic(const struct dc_logits_kernel *) chosen;

static const struct dc_logits_kernel *best_kernel(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2"))
        return &dc_logits_kernel_avx2;
#endif
    return &dc_logits_kernel_scalar;
}

bool dc_logits_set_simd(enum dc_simd which)
{
    const struct dc_logits_kernel *k = best_kernel();
    if (which == DC_SIMD_AVX2 && k == &dc_logits_kernel_scalar)
        return false;
    if (which == DC_SIMD_SCALAR)
        k = &dc_logits_kernel_scalar;
    atomic_store_explicit(&chosen, k, memory_order_relaxed);
    return true;
}

const struct dc_logits_kernel *dc_logits_kernel(void)
{
    const struct dc_logits_kernel *k =
        atomic_load_explicit(&chosen, memory_order_relaxed);
    return k ? k : best_kernel();
}

const char *dc_logits_simd_name(void)
{
    return dc_logits_kernel()->name;
}

void dc_logits_init(struct dc_logits *w, size_t n_vocab, size_t k)
{
    assert(k >= 1 && k <= DC_CONF_K_MAX && k <= n_vocab);
    assert(n_vocab <= INT32_MAX);
    *w = (struct dc_logits){
        .n_vocab = n_vocab,
        .n_block = (n_vocab + DC_LOGITS_BLOCK - 1) / DC_LOGITS_BLOCK,
        .k = k,
    };
    w->block_max = dc_xcalloc(w->n_block, sizeof(*w->block_max));
    w->block_sum = dc_xcalloc(w->n_block, sizeof(*w->block_sum));
    w->block_xsum = dc_xcalloc(w->n_block, sizeof(*w->block_xsum));
    w->block_tmp = dc_xcalloc(w->n_block, sizeof(*w->block_tmp));
    w->top = dc_xcalloc(k, sizeof(*w->top));
    w->top_id = dc_xcalloc(k, sizeof(*w->top_id));
}

void dc_logits_release(struct dc_logits *w)
{
    free(w->block_max);
    free(w->block_sum);
    free(w->block_xsum);
    free(w->block_tmp);
    free(w->top);
    free(w->top_id);
    free(w->cand);
    *w = (struct dc_logits){0};
}

const float *dc_logits_block_at(const struct dc_logits *w, const float *z,
                                size_t b, float *room, size_t *n)
{
    const float *at = z + b * DC_LOGITS_BLOCK;
    *n = w->n_vocab - b * DC_LOGITS_BLOCK;
    if (*n >= DC_LOGITS_BLOCK) {
        *n = DC_LOGITS_BLOCK;
        return at;
    }
    memcpy(room, at, *n * sizeof(*at));
    for (size_t i = *n; i < DC_LOGITS_BLOCK; i++)
        room[i] = -INFINITY;
    return room;
}

/* Put x, larger than the least of top [k], where it belongs. */
static void insert(struct dc_logits *w, float x, size_t id)
{
    size_t at = w->k - 1;
    for (; at > 0 && w->top[at - 1] < x; at--) {
        w->top[at] = w->top[at - 1];
        w->top_id[at] = w->top_id[at - 1];
    }
    w->top[at] = x;
    w->top_id[at] = (int32_t)id;
}

/* Of a block z whose first token is `first`. */
static void keep_top(struct dc_logits *w, const struct dc_logits_kernel *kern,
                     const float *z, size_t first)
{
    const float *least = &w->top[w->k - 1];
    for (unsigned bits = kern->above(z, *least); bits; bits &= bits - 1) {
        size_t from = DC_LOGITS_GROUP * (size_t)__builtin_ctz(bits);
        for (size_t i = from; i < from + DC_LOGITS_GROUP; i++)
            if (z[i] > *least)
                insert(w, z[i], first + i);
    }
}

/*
 * The sum of the finite logits of z [n], for a block whose float sum is not
 * finite. False if it holds NaN or +inf.
 */
static bool sum_finite(const float *z, size_t n, double *sum, size_t *n_finite)
{
    *sum = 0;
    *n_finite = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(z[i]) || z[i] == INFINITY)
            return false;
        if (z[i] == -INFINITY)
            continue;
        *sum += (double)z[i];
        ++*n_finite;
    }
    return true;
}

/* The walk: block_max, top, max; block_sum and block_xsum relative to the
 * block's own largest. */
static bool walk(struct dc_logits *w, const float *z, double *sum_z,
                 size_t *n_finite)
{
    const struct dc_logits_kernel *kern = dc_logits_kernel();
    float room[DC_LOGITS_BLOCK];
    float max = -INFINITY;
    *sum_z = 0;
    *n_finite = 0;
    for (size_t i = 0; i < w->k; i++)
        w->top[i] = -INFINITY;
    for (size_t b = 0; b < w->n_block; b++) {
        struct dc_logits_block r;
        size_t n;
        const float *at = dc_logits_block_at(w, z, b, room, &n);
        kern->block(at, &r);
        if (!isfinite(r.sum_z) && !sum_finite(at, n, &r.sum_z, &n))
            return false;
        *sum_z += r.sum_z;
        *n_finite += n;
        w->block_max[b] = r.max;
        w->block_sum[b] = r.sum_exp;
        w->block_xsum[b] = r.sum_xexp;
        max = r.max > max ? r.max : max;
        if (r.max > w->top[w->k - 1])
            keep_top(w, kern, at, b * DC_LOGITS_BLOCK);
    }
    w->max = (double)max;
    return w->top[w->k - 1] > -INFINITY;
}

/*
 * Sum block b, which holds the row's largest logit, again in double. Returns
 * its sum of e^x without that logit, which counts 1.
 */
static double sum_again(struct dc_logits *w, const float *z, size_t b)
{
    float room[DC_LOGITS_BLOCK];
    size_t n;
    const float *at = dc_logits_block_at(w, z, b, room, &n);
    double rest = 0, xsum = 0;
    bool seen = false;
    for (size_t i = 0; i < n; i++) {
        double x = (double)at[i] - w->max;
        double e = exp(x);
        if (x < 0 || seen)
            rest += e;
        else
            seen = true;
        xsum += e > 0 ? e * x : 0;
    }
    w->block_sum[b] = 1 + rest;
    w->block_xsum[b] = xsum;
    return rest;
}

static double floor0(double x)
{
    return x > 0 ? x : 0;
}

bool dc_logits_scan(struct dc_logits *w, const float *z)
{
    double sum_z, xsum = 0, top = 0;
    size_t n_finite, first = 0;
    if (!walk(w, z, &sum_z, &n_finite))
        return false;
    while ((double)w->block_max[first] < w->max)
        first++;
    double rest = sum_again(w, z, first); /* Z - 1 */
    for (size_t b = 0; b < w->n_block; b++) {
        double d = (double)w->block_max[b] - w->max;
        double f = exp(d);
        double s = f * w->block_sum[b];
        /* d may be -inf, and 0 * -inf is not 0 */
        w->block_xsum[b] = s > 0 ? f * w->block_xsum[b] + d * s : 0;
        xsum += w->block_xsum[b];
        rest += b == first ? 0 : s;
        w->block_sum[b] = s;
    }
    for (size_t i = 0; i < w->k; i++)
        top += (double)w->top[i] - w->max;
    double log_sum = log1p(rest);
    w->lse = w->max + log_sum;
    w->mean = sum_z / (double)n_finite;
    w->entropy = floor0(log_sum - xsum / (1 + rest));
    w->conf = floor0(log_sum - top / (double)w->k);
    w->self_cert = floor0(w->lse - w->mean - log((double)n_finite));
    return true;
}
