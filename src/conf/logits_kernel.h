/*
 * logits_kernel.h - one block of logits: largest, sum, sums of exponentials.
 *
 * Written once, over vectors of eight lanes, and compiled twice: for the
 * machine's base instruction set (logits_scalar.c) and for AVX2
 * (logits_avx2.c). Every operation is lane by lane, in one order, and never
 * fused (-ffp-contract=off), so both give the same bits.
 *
 * exp is the classic range reduction x = n ln 2 + r with a polynomial of degree
 * five on |r| <= ln 2 / 2 (coefficients: S. Moshier, Cephes, expf); its error
 * is below 2 ulp on [-87, 0]. Below -87 it stays at exp(-87) = 1.6e-38.
 *
 * The includer defines KERNEL (the function's name) and KERNEL_TARGET (its
 * attribute).
 */
#include "conf/logits_priv.h"

#include <string.h>

typedef float vf __attribute__((vector_size(32)));
typedef int32_t vi __attribute__((vector_size(32)));

enum { LANES = 8 };

#define SPLAT(x)                                                               \
    (vf)                                                                       \
    {                                                                          \
        (x), (x), (x), (x), (x), (x), (x), (x)                                 \
    }

#define LARGER(a, b) ((vf)((((a) > (b)) & (vi)(a)) | (~((a) > (b)) & (vi)(b))))

#define ROUNDER 12582912.0f /* 1.5 * 2^23: adding it rounds to an integer */

/* Shorter blocks are filled up with -inf, which changes no result. */
KERNEL_TARGET bool KERNEL(const float *z, struct dc_logits_block *out)
{
    vf best = SPLAT(-INFINITY), total = SPLAT(0.0f);
    vf v[DC_LOGITS_BLOCK / LANES];
    memcpy(v, z, sizeof v);
    for (size_t i = 0; i < DC_LOGITS_BLOCK / LANES; i++) {
        best = LARGER(v[i], best);
        total += v[i];
    }
    float max = best[0], sum_z = total[0];
    for (int i = 1; i < LANES; i++) {
        max = best[i] > max ? best[i] : max;
        sum_z += total[i];
    }
    out->max = max;
    out->sum_z = (double)sum_z;
    out->sum_exp = 0;
    out->sum_xexp = 0;
    if (!(max > -INFINITY) || !(max < INFINITY))
        return false;
    const vf m = SPLAT(max), low = SPLAT(-87.0f);
    vf sum = SPLAT(0.0f), xsum = SPLAT(0.0f);
    for (size_t i = 0; i < DC_LOGITS_BLOCK / LANES; i++) {
        vf x = v[i] - m;
        x = LARGER(x, low);
        vf n = x * SPLAT(1.44269504088896341f) + SPLAT(ROUNDER);
        vi e = (vi)n;
        n -= SPLAT(ROUNDER);
        vf r = x - n * SPLAT(0.693359375f);
        r -= n * SPLAT(-2.12194440e-4f);
        vf p = SPLAT(1.9875691500e-4f);
        p = p * r + SPLAT(1.3981999507e-3f);
        p = p * r + SPLAT(8.3334519073e-3f);
        p = p * r + SPLAT(4.1665795894e-2f);
        p = p * r + SPLAT(1.6666665459e-1f);
        p = p * r + SPLAT(5.0000001201e-1f);
        p = p * (r * r) + r + SPLAT(1.0f);
        /* the low bits of ROUNDER + n hold n: shift them into the exponent */
        vf y = (vf)((vi)p + (e << 23));
        sum += y;
        xsum += y * x;
    }
    double s = 0, xs = 0;
    for (int i = 0; i < LANES; i++) {
        s += (double)sum[i];
        xs += (double)xsum[i];
    }
    out->sum_exp = s;
    out->sum_xexp = xs;
    return true;
}
