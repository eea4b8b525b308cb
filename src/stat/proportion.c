/*
 * proportion.c - the Wilson score interval and the exact one.
 *
 * Wilson 1927: the p with |k/n - p| <= z sqrt(p (1-p) / n), which is
 *   (2k + z^2 -+ z sqrt(4 k (n-k) / n + z^2)) / (2 (n + z^2)).
 * Only the upper end is computed so. The two ends are the roots of one
 * quadratic, whose product is k^2 / (n (n + z^2)): that gives the lower one
 * without a difference, so it is exactly 0 for k = 0 and never below.
 *
 * Clopper and Pearson 1934: lo is the p with P(X >= k) = (1 - level)/2, hi the
 * one with P(X <= k) = (1 - level)/2, X binomial. As P(X >= k) = I_p(k, n-k+1),
 * both are beta quantiles; hi is asked for by its upper tail, so that a bound
 * of 1e-4 keeps its digits.
 */
#include <assert.h>
#include <deepconf/dist.h>
#include <deepconf/stat.h>
#include <math.h>

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

struct dc_prop dc_prop_clopper_pearson(uint64_t k, uint64_t n, double level)
{
    assert(k <= n && level > 0 && level < 1);
    struct dc_prop r = {.k = k, .n = n};
    if (n == 0)
        return r;
    double tail = 0.5 * (1 - level), kd = (double)k, rest = (double)(n - k);
    r.defined = true;
    r.value = kd / (double)n;
    r.lo = k == 0 ? 0 : dc_beta_quantile(kd, rest + 1, tail);
    r.hi = k == n ? 1 : dc_beta_quantile_upper(kd + 1, rest, tail);
    return r;
}

double dc_prop_upper(uint64_t k, uint64_t n, double alpha)
{
    assert(k <= n && alpha > 0 && alpha < 1);
    if (k == n)
        return 1;
    return dc_beta_quantile_upper((double)k + 1, (double)(n - k), alpha);
}
