/*
 * logits.c - one pass over a row of logits.
 *
 * The row is walked in blocks that stay in the first-level cache. A block gives
 * its largest logit m and, relative to it, the sums s of e^x and t of x e^x
 * with x = z - m, in float lanes; across blocks everything is double and is
 * brought to the row's largest logit M. With d = m - M:
 *
 *   Z = sum of e^d s             lse = M + log Z
 *   E = sum of e^d (t + d s)     H   = log Z - E / Z
 *
 * The k largest logits are kept in a sorted array; a block is looked at for
 * them only if its largest logit beats the smallest kept.
 */
#include "base/mem.h"
#include "conf/logits_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static dc_logits_kernel *kernel;
static const char *kernel_name;

static bool have_avx2(void)
{
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2");
#else
    return false;
#endif
}

bool dc_logits_set_simd(enum dc_simd which)
{
    if (which == DC_SIMD_AVX2 && !have_avx2())
        return false;
    kernel = dc_logits_kernel_scalar;
    kernel_name = "scalar";
#if defined(__x86_64__)
    if (which != DC_SIMD_SCALAR && have_avx2()) {
        kernel = dc_logits_kernel_avx2;
        kernel_name = "avx2";
    }
#endif
    return true;
}

const char *dc_logits_simd_name(void)
{
    if (!kernel)
        dc_logits_set_simd(DC_SIMD_AUTO);
    return kernel_name;
}

void dc_logits_init(struct dc_logits *w, size_t n_vocab, size_t k)
{
    assert(k >= 1 && k <= DC_CONF_K_MAX && k <= n_vocab);
    if (!kernel)
        dc_logits_set_simd(DC_SIMD_AUTO);
    *w = (struct dc_logits){
        .n_vocab = n_vocab,
        .n_block = (n_vocab + DC_LOGITS_BLOCK - 1) / DC_LOGITS_BLOCK,
        .k = k,
    };
    w->block_max = dc_xcalloc(w->n_block, sizeof *w->block_max);
    w->block_sum = dc_xcalloc(w->n_block, sizeof *w->block_sum);
    w->block_xsum = dc_xcalloc(w->n_block, sizeof *w->block_xsum);
    w->top = dc_xcalloc(k, sizeof *w->top);
}

void dc_logits_release(struct dc_logits *w)
{
    free(w->block_max);
    free(w->block_sum);
    free(w->block_xsum);
    free(w->top);
    free(w->cand);
    *w = (struct dc_logits){0};
}

/* Put the block's logits that belong there into the sorted array w->top. */
static void keep_top(struct dc_logits *w, size_t *n_top, const float *z,
                     size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (*n_top == w->k && !(z[i] > w->top[w->k - 1]))
            continue;
        size_t at = *n_top < w->k ? (*n_top)++ : w->k - 1;
        for (; at > 0 && w->top[at - 1] < z[i]; at--)
            w->top[at] = w->top[at - 1];
        w->top[at] = z[i];
    }
}

/* A block whose sum is not finite: false if it holds NaN or +inf. */
static bool sum_finite(const float *z, size_t n, double *sum, size_t *n_finite)
{
    *sum = 0;
    *n_finite = 0;
    for (size_t i = 0; i < n; i++) {
        if (isnan(z[i]) || (isinf(z[i]) && z[i] > 0))
            return false;
        if (isinf(z[i]))
            continue;
        *sum += (double)z[i];
        ++*n_finite;
    }
    return true;
}

struct totals {
    double sum_z;
    size_t n_finite, n_top;
    float max;
};

/* Block b, at z: its sums relative to its own largest logit. */
static bool scan_block(struct dc_logits *w, size_t b, const float *z,
                       struct totals *t)
{
    float padded[DC_LOGITS_BLOCK];
    struct dc_logits_block r;
    size_t left = w->n_vocab - b * DC_LOGITS_BLOCK;
    size_t n = left < DC_LOGITS_BLOCK ? left : DC_LOGITS_BLOCK;
    const float *block = z;
    if (n < DC_LOGITS_BLOCK) {
        memcpy(padded, z, n * sizeof *z);
        for (size_t i = n; i < DC_LOGITS_BLOCK; i++)
            padded[i] = -INFINITY;
        block = padded;
    }
    kernel(block, &r);
    size_t n_finite = n;
    if (!isfinite(r.sum_z) && !sum_finite(z, n, &r.sum_z, &n_finite))
        return false;
    t->sum_z += r.sum_z;
    t->n_finite += n_finite;
    w->block_max[b] = r.max;
    w->block_sum[b] = r.sum_exp;
    w->block_xsum[b] = r.sum_xexp;
    if (r.max > t->max)
        t->max = r.max;
    if (t->n_top < w->k || r.max > w->top[w->k - 1])
        keep_top(w, &t->n_top, z, n);
    return true;
}

static double floor0(double x)
{
    return x > 0 ? x : 0;
}

/* Bring the sums of the blocks from each block's largest logit to the row's. */
static void rebase(struct dc_logits *w)
{
    for (size_t b = 0; b < w->n_block; b++) {
        if (!(w->block_max[b] > -INFINITY))
            continue; /* its sums are 0 */
        double d = (double)w->block_max[b] - w->max;
        double f = d == 0 ? 1 : exp(d), sum = w->block_sum[b];
        w->block_sum[b] = f * sum;
        w->block_xsum[b] = f > 0 ? f * (w->block_xsum[b] + d * sum) : 0;
    }
}

bool dc_logits_scan(struct dc_logits *w, const float *z)
{
    struct totals t = {.max = -INFINITY};
    for (size_t b = 0; b < w->n_block; b++)
        if (!scan_block(w, b, z + b * DC_LOGITS_BLOCK, &t))
            return false;
    if (t.n_finite < w->k)
        return false;
    w->max = (double)t.max;
    rebase(w);
    double sum = 0, xsum = 0;
    for (size_t b = 0; b < w->n_block; b++) {
        sum += w->block_sum[b];
        xsum += w->block_xsum[b];
    }
    double log_sum = log(sum), top = 0;
    for (size_t i = 0; i < w->k; i++)
        top += (double)w->top[i];
    w->lse = w->max + log_sum;
    w->mean = t.sum_z / (double)t.n_finite;
    w->entropy = floor0(log_sum - xsum / sum);
    w->conf = floor0(w->lse - top / (double)w->k);
    w->self_cert = floor0(w->lse - w->mean - log((double)w->n_vocab));
    return true;
}
