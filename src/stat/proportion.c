/*
 * proportion.c - the Wilson score interval and the normal quantile.
 *
 * Wilson 1927: the p with |k/n - p| <= z sqrt(p (1-p) / n), which is
 *   (2k + z^2 -+ z sqrt(4 k (n-k) / n + z^2)) / (2 (n + z^2)).
 * Only the upper end is computed so. The two ends are the roots of one
 * quadratic, whose product is k^2 / (n (n + z^2)): that gives the lower one
 * without a difference, so it is exactly 0 for k = 0 and never below.
 *
 * The quantile is Newton's method on log Phi(x) - log p. log Phi is concave and
 * growing, so from any start below the root the steps rise to it and never pass
 * it; Chernoff's bound Phi(-x) <= exp(-x^2/2) / 2 gives such a start. Only the
 * lower half is solved (1 - p is exact for p in [1/2, 1]); there
 * Phi(x) = erfc(-x / sqrt 2) / 2 keeps its relative precision.
 */
#include <assert.h>
#include <deepconf/stat.h>
#include <math.h>

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

struct dc_prop dc_prop_wilson(uint64_t k, uint64_t n, double level)
{
    assert(k <= n && level > 0 && level < 1);
    struct dc_prop r = {.k = k, .n = n};
    if (n == 0)
        return r;
    double kd = (double)k, nd = (double)n;
    double z = -dc_normal_quantile(0.5 * (1 - level));
    double z2 = z * z;
    double sum = 2 * kd + z2 + z * sqrt(4 * kd * (double)(n - k) / nd + z2);
    r.defined = true;
    r.value = kd / nd;
    r.lo = 2 * kd * kd / (nd * sum);
    r.hi = k == n ? 1 : sum / (2 * (nd + z2));
    return r;
}
