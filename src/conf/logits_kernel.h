/*
 * logits_kernel.h - one block of logits: largest, sum, sums of exponentials.
 *
 * Written once, over vectors of eight lanes, and compiled twice: for the
 * machine's base instruction set (logits_scalar.c) and for AVX2
 * (logits_avx2.c). Every operation is lane by lane, in one order, and never
 * fused (-ffp-contract=off), so both give the same bits. Vector i goes to
 * accumulator i mod WAYS, so that no addition waits for the one before it.
 *
 * exp(x) = 2^n exp(r), x = n ln 2 + r, |r| <= ln 2 / 2, with exp(r) = 1 + r +
 * r^2 q(r) and the cubic q of least relative error (fitted by reweighted least
 * squares): at most 1.1e-7, and |x| 6e-8 from rounding n ln 2, which weighs
 * little where exp(x) does. Below -87 it stays at exp(-87) = 1.6e-38.
 *
 * The includer defines KERNEL (the function's name), KERNEL_TARGET (its
 * attribute) and, if there is an instruction for it, LARGER(a, b): in each lane
 * a if a > b, else b, also when one of them is NaN.
 */
#include "conf/logits_priv.h"

#include <string.h>

typedef float vf __attribute__((vector_size(32)));
typedef int32_t vi __attribute__((vector_size(32)));
typedef uint32_t vu __attribute__((vector_size(32))); /* wraps round */

enum { LANES = 8, WAYS = 4, STEP = LANES * WAYS };
_Static_assert(DC_LOGITS_BLOCK % STEP == 0, "a block is whole steps");

#define SPLAT(x)                                                               \
    (vf)                                                                       \
    {                                                                          \
        (x), (x), (x), (x), (x), (x), (x), (x)                                 \
    }

#ifndef LARGER
#define LARGER(a, b) ((vf)((((a) > (b)) & (vi)(a)) | (~((a) > (b)) & (vi)(b))))
#endif

#define ROUNDER 12582912.0f /* 1.5 * 2^23: adding it rounds to an integer */

/* x = z - max, not below -87: add e^x to *sum and x e^x to *xsum. */
#define ADD_EXP(x, sum, xsum)                                                  \
    do {                                                                       \
        vf n_ = (x)*SPLAT(1.44269504088896341f) + SPLAT(ROUNDER);              \
        vu e_ = (vu)n_;                                                        \
        n_ -= SPLAT(ROUNDER);                                                  \
        vf r_ = (x)-n_ * SPLAT(0.693147181f);                                  \
        vf p_ = SPLAT(8.312501013e-3f);                                        \
        p_ = p_ * r_ + SPLAT(4.189033061e-2f);                                 \
        p_ = p_ * r_ + SPLAT(1.666711569e-1f);                                 \
        p_ = p_ * r_ + SPLAT(4.999923110e-1f);                                 \
        p_ = p_ * (r_ * r_) + r_ + SPLAT(1.0f);                                \
        /* the low bits of ROUNDER + n hold n: shift it into the exponent */   \
        vf y_ = (vf)((vu)p_ + (e_ << 23));                                     \
        (sum) += y_;                                                           \
        (xsum) += y_ * (x);                                                    \
    } while (0)

/* The largest and the sum of z; the sum goes through double at the end. */
KERNEL_TARGET static void max_and_sum(const float *z, float *max, double *sum)
{
    vf best[WAYS], total[WAYS], v;
    for (size_t j = 0; j < WAYS; j++) {
        best[j] = SPLAT(-INFINITY);
        total[j] = SPLAT(0.0f);
    }
    for (size_t i = 0; i < DC_LOGITS_BLOCK; i += STEP) {
        for (size_t j = 0; j < WAYS; j++) {
            memcpy(&v, z + i + j * LANES, sizeof v);
            best[j] = LARGER(v, best[j]);
            total[j] += v;
        }
    }
    vf a = LARGER(best[0], best[1]), b = LARGER(best[2], best[3]);
    a = LARGER(a, b);
    b = (total[0] + total[1]) + (total[2] + total[3]);
    *max = a[0];
    *sum = (double)b[0];
    for (int i = 1; i < LANES; i++) {
        *max = a[i] > *max ? a[i] : *max;
        *sum += (double)b[i];
    }
}

/* z [DC_LOGITS_BLOCK]; shorter blocks are filled up with -inf. */
KERNEL_TARGET bool KERNEL(const float *z, struct dc_logits_block *out)
{
    max_and_sum(z, &out->max, &out->sum_z);
    out->sum_exp = 0;
    out->sum_xexp = 0;
    if (!(out->max > -INFINITY) || !(out->max < INFINITY))
        return false;
    const vf m = SPLAT(out->max), low = SPLAT(-87.0f);
    vf sum[WAYS], xsum[WAYS], x;
    for (size_t j = 0; j < WAYS; j++)
        sum[j] = xsum[j] = SPLAT(0.0f);
    for (size_t i = 0; i < DC_LOGITS_BLOCK; i += STEP) {
        for (size_t j = 0; j < WAYS; j++) {
            memcpy(&x, z + i + j * LANES, sizeof x);
            x -= m;
            x = LARGER(x, low);
            ADD_EXP(x, sum[j], xsum[j]);
        }
    }
    const vf s = (sum[0] + sum[1]) + (sum[2] + sum[3]);
    const vf t = (xsum[0] + xsum[1]) + (xsum[2] + xsum[3]);
    for (int i = 0; i < LANES; i++) {
        out->sum_exp += (double)s[i];
        out->sum_xexp += (double)t[i];
    }
    return true;
}
