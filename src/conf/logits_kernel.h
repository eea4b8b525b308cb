/*
 * logits_kernel.h - the block kernels.
 *
 * Written once and compiled twice: for the machine's base instruction set
 * (logits_scalar.c, vectors of 4 floats) and for AVX2 (logits_avx2.c, of 8).
 * The sums run in a number of lanes that does not depend on the vectors: lane i
 * of N takes the logits i, i + N, i + 2 N ... Every operation is exactly
 * rounded and none is fused (-ffp-contract=off), so both give the same bits.
 *
 * exp(x) for x <= 0: with n the integer nearest to x / ln 2 and
 * r = x - n ln 2, |r| <= (ln 2) / 2,
 *     exp(x) = 2^n (1 + r + r^2 q(r)),   q of degree 4.
 * ln 2 is split in two so that n times its first part is exact. The
 * coefficients of q are ours, from a Remez exchange for the relative error of
 * exp(r), which they keep below 3.5e-9; with the rounding of the float
 * operations it is below 1.5 ulp for x in [-87, 0]. Below -87, where exp(x)
 * leaves the normal floats (1.6e-38), it is 0. exp(0) is exactly 1.
 *
 * The includer defines KERNEL (name of the table), KERNEL_NAME (a string),
 * KERNEL_TARGET (attribute of every function here) and WIDTH (floats in a
 * vector).
 */
#include "conf/logits_priv.h"

#include <float.h>
#include <math.h>
#include <string.h>

typedef float vf __attribute__((vector_size(4 * WIDTH)));
typedef int32_t vi __attribute__((vector_size(4 * WIDTH)));
typedef uint32_t vu __attribute__((vector_size(4 * WIDTH)));

enum {
    LANES = 32,     /* of the sum of z and of the maximum */
    EXP_LANES = 16, /* of the sums of exponentials */
    GROUP = DC_LOGITS_GROUP
};

#define INLINE static inline __attribute__((always_inline)) KERNEL_TARGET

INLINE vf splat(float x)
{
    return (vf){0} + x;
}

INLINE vf load(const float *p)
{
    vf v;
    memcpy(&v, p, sizeof(v));
    return v;
}

/* v where the mask is set, else 0. */
INLINE vf only(vi mask, vf v)
{
    return (vf)(mask & (vi)v);
}

/* A NaN in `a` is left out. */
INLINE vf larger(vf a, vf b)
{
    for (int i = 0; i < WIDTH; i++)
        b[i] = a[i] > b[i] ? a[i] : b[i];
    return b;
}

/* exp of every lane in [-87, 0]; any bits for the others. */
INLINE vf exp_lanes(vf x)
{
    const vf rounder = splat(0x1.8p23f); /* adding it rounds to an integer */
    vf shifted = x * splat(0x1.715476p+0f) + rounder;
    vf n = shifted - rounder;
    vf r = (x - n * splat(0x1.63p-1f)) + n * splat(0x1.bd0106p-13f);
    vf r2 = r * r;
    vf q = (splat(0x1.fffffcp-2f) + splat(0x1.555492p-3f) * r) +
           (splat(0x1.5558f2p-5f) + splat(0x1.123a2p-7f) * r) * r2 +
           splat(0x1.6a23dp-10f) * (r2 * r2);
    vf p = (splat(1) + r) + r2 * q;
    /* the low bits of `shifted` are n: add them to the exponent */
    return (vf)((vu)p + ((vu)shifted << 23));
}

/* The sum of v [n]: in float down to eight lanes, then in double. */
INLINE double sum_lanes(vf *v, size_t n)
{
    float f[8];
    double d[4];
    for (n /= 2; n * WIDTH >= 8; n /= 2)
        for (size_t i = 0; i < n; i++)
            v[i] += v[i + n];
    memcpy(f, v, sizeof(f));
    for (size_t i = 0; i < 4; i++)
        d[i] = (double)f[i] + (double)f[i + 4];
    return (d[0] + d[2]) + (d[1] + d[3]);
}

INLINE float max_lanes(vf *v, size_t n)
{
    float f[WIDTH];
    for (n /= 2; n > 0; n /= 2)
        for (size_t i = 0; i < n; i++)
            v[i] = larger(v[i + n], v[i]);
    memcpy(f, v, sizeof(f));
    for (n = WIDTH / 2; n > 0; n /= 2)
        for (size_t i = 0; i < n; i++)
            f[i] = f[i + n] > f[i] ? f[i + n] : f[i];
    return f[0];
}

INLINE void exp_sums(const float *z, float max, float inv_t, double *sum_exp,
                     double *sum_xexp)
{
    enum { N = EXP_LANES / WIDTH };
    const vf top = splat(max), scale = splat(inv_t), least = splat(-87);
    vf sum[N], xsum[N];
    for (size_t j = 0; j < N; j++)
        sum[j] = xsum[j] = splat(0);
    for (size_t i = 0; i < DC_LOGITS_BLOCK; i += EXP_LANES) {
        for (size_t j = 0; j < N; j++) {
            vf x = (load(z + i + j * WIDTH) - top) * scale;
            vi in_range = x >= least;
            vf e = only(in_range, exp_lanes(x));
            sum[j] += e;
            xsum[j] += e * only(in_range, x); /* x may be -inf */
        }
    }
    *sum_exp = sum_lanes(sum, N);
    *sum_xexp = sum_lanes(xsum, N);
}

KERNEL_TARGET static void block(const float *z, struct dc_logits_block *out)
{
    enum { N = LANES / WIDTH };
    vf max[N], sum[N];
    for (size_t j = 0; j < N; j++) {
        max[j] = splat(-INFINITY);
        sum[j] = splat(0);
    }
    for (size_t i = 0; i < DC_LOGITS_BLOCK; i += LANES) {
        for (size_t j = 0; j < N; j++) {
            vf v = load(z + i + j * WIDTH);
            max[j] = larger(v, max[j]);
            sum[j] += v;
        }
    }
    out->max = max_lanes(max, N);
    out->sum_z = sum_lanes(sum, N);
    /* with nothing finite every x is infinite or NaN, and every e^x 0 */
    exp_sums(z, out->max >= -FLT_MAX ? out->max : 0, 1, &out->sum_exp,
             &out->sum_xexp);
}

KERNEL_TARGET static unsigned above(const float *z, float floor)
{
    const vf least = splat(floor);
    unsigned bits = 0;
    for (size_t g = 0; g < DC_LOGITS_BLOCK / GROUP; g++) {
        vi any = {0};
        uint64_t part[WIDTH / 2], all = 0;
        for (size_t i = 0; i < GROUP; i += WIDTH)
            any |= load(z + g * GROUP + i) > least;
        memcpy(part, &any, sizeof(part));
        for (size_t i = 0; i < WIDTH / 2; i++)
            all |= part[i];
        bits |= (unsigned)(all != 0) << g;
    }
    return bits;
}

KERNEL_TARGET static double tempered(const float *z, float max, float inv_t)
{
    double sum, unused;
    exp_sums(z, max, inv_t, &sum, &unused);
    return sum;
}

const struct dc_logits_kernel KERNEL = {
    .name = KERNEL_NAME,
    .block = block,
    .above = above,
    .tempered = tempered,
};
