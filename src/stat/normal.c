/*
 * normal.c - the standard normal distribution.
 *
 * P(X > x) = erfc(x / sqrt 2) / 2. The rounding of x / sqrt 2, which a tail
 * feels x^2 times over, is made up for by one term of Taylor's series.
 *
 * The quantile is Newton's method on log Phi(x) - log p. log Phi is concave and
 * growing, so from any start below the root the steps rise to it and never pass
 * it; Chernoff's bound Phi(-x) <= exp(-x^2/2) / 2 gives such a start. Only the
 * lower half is solved (1 - p is exact for p in [1/2, 1]).
 */
#include "stat/twofold.h"

#include <assert.h>
#include <deepconf/dist.h>

double dc_normal_sf(double x)
{
    static const struct dc_twofold sqrt_half = {0x1.6a09e667f3bcdp-1,
                                                -0x1.bdd3413b26456p-55};
    static const double two_by_sqrt_pi = 1.12837916709551257390;
    struct dc_twofold z = dc_twofold_scale(sqrt_half, x);
    if (!isfinite(z.lo)) /* x is infinite or nearly so */
        return x > 0 ? 0 : 1;
    return 0.5 * (erfc(z.hi) - two_by_sqrt_pi * exp(-z.hi * z.hi) * z.lo);
}

double dc_normal_cdf(double x)
{
    return dc_normal_sf(-x);
}

static const double sqrt2 = 1.41421356237309504880;
static const double sqrt2pi = 2.50662827463100050242;

double dc_normal_quantile(double p)
{
    assert(p > 0 && p < 1);
    double q = p <= 0.5 ? p : 1 - p;
    double x = -sqrt(-2 * log(2 * q));
    for (int i = 0; i < 100; i++) {
        double cdf = 0.5 * erfc(-x / sqrt2);
        double pdf = exp(-0.5 * x * x) / sqrt2pi;
        double dx = log(q / cdf) * cdf / pdf;
        x += dx;
        if (dx <= 2e-16 * fabs(x)) /* no longer rising */
            break;
    }
    return p <= 0.5 ? x : -x;
}
