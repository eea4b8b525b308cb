/*
 * dist.c - the binomial and the hypergeometric distribution.
 *
 * Binomial tails are beta tails (DLMF 8.17.5): P(X <= k) = I_(1-p)(n-k, k+1).
 * Its probability is the beta kernel (beta_kernel.c) with a = k, b = n - k:
 *   C(n,k) p^k (1-p)^(n-k) = n / (k (n-k)) * p^k (1-p)^(n-k) / B(k, n-k).
 *
 * Hypergeometric, N in the urn, K marked, n drawn (Loader 2000): for any p
 *   P(X = k) = Bin(k; K, p) Bin(n-k; N-K, p) / Bin(n; N, p);
 * p = n/N makes all three large. A tail is summed outwards from its own largest
 * term by the ratio of neighbours, all terms positive; the tail that holds the
 * mode is 1 - the other.
 */
#include "stat/beta_priv.h"

#include <assert.h>
#include <deepconf/dist.h>

/* ---- binomial ---- */

static struct dc_scaled power(struct dc_twofold x, uint64_t n)
{
    return dc_twofold_exp(dc_twofold_scale(dc_twofold_log(x), (double)n));
}

static struct dc_scaled binom_scaled(uint64_t k, uint64_t n,
                                     struct dc_unit_point p)
{
    if (k == 0)
        return power(p.y, n);
    if (k == n)
        return power(p.x, n);
    double a = (double)k, b = (double)(n - k);
    struct dc_scaled r = dc_beta_kernel(a, b, p);
    r.m *= (double)n / a / b;
    return r;
}

double dc_binom_pmf(uint64_t k, uint64_t n, double p)
{
    assert(p >= 0 && p <= 1);
    if (k > n)
        return 0;
    if (p == 0 || p == 1)
        return k == (p == 0 ? 0 : n);
    return dc_scaled_value(binom_scaled(k, n, dc_unit_point(p)));
}

double dc_binom_cdf(uint64_t k, uint64_t n, double p)
{
    assert(p >= 0 && p <= 1);
    if (k >= n)
        return 1;
    if (k == 0) /* a power; exact where p is a power of 2 */
        return dc_binom_pmf(0, n, p);
    return dc_beta_sf((double)k + 1, (double)(n - k), p);
}

double dc_binom_sf(uint64_t k, uint64_t n, double p)
{
    assert(p >= 0 && p <= 1);
    if (k >= n)
        return 0;
    if (k == n - 1)
        return dc_binom_pmf(n, n, p);
    return dc_beta_cdf((double)k + 1, (double)(n - k), p);
}

/* ---- hypergeometric ---- */

static uint64_t least(const struct dc_urn *u)
{
    uint64_t unmarked = u->size - u->marked;
    return u->drawn > unmarked ? u->drawn - unmarked : 0;
}

static uint64_t most(const struct dc_urn *u)
{
    return u->drawn < u->marked ? u->drawn : u->marked;
}

double dc_hypergeom_pmf(uint64_t k, const struct dc_urn *u)
{
    assert(u->marked <= u->size && u->drawn <= u->size);
    if (k < least(u) || k > most(u))
        return 0;
    if (least(u) == most(u))
        return 1;
    struct dc_unit_point p = dc_unit_point((double)u->drawn / (double)u->size);
    struct dc_scaled a = binom_scaled(k, u->marked, p);
    struct dc_scaled b = binom_scaled(u->drawn - k, u->size - u->marked, p);
    struct dc_scaled c = binom_scaled(u->drawn, u->size, p);
    return dc_scaled_value(
        (struct dc_scaled){a.m * b.m / c.m, a.e + b.e - c.e});
}

/* P(X = k + 1) / P(X = k) */
static double ratio_up(uint64_t k, const struct dc_urn *u)
{
    double unmarked_left = (double)(u->size - u->marked + k + 1 - u->drawn);
    return (double)(u->marked - k) / (double)(k + 1) *
           ((double)(u->drawn - k) / unmarked_left);
}

/* P(X <= k) for k below the mean */
static double sum_down(uint64_t k, const struct dc_urn *u)
{
    double sum = 1, term = 1;
    for (uint64_t i = k; i > least(u) && term > 1e-17 * sum; i--) {
        term /= ratio_up(i - 1, u);
        sum += term;
    }
    return sum * dc_hypergeom_pmf(k, u);
}

/* P(X >= k) for k above the mean */
static double sum_up(uint64_t k, const struct dc_urn *u)
{
    double sum = 1, term = 1;
    for (uint64_t i = k; i < most(u) && term > 1e-17 * sum; i++) {
        term *= ratio_up(i, u);
        sum += term;
    }
    return sum * dc_hypergeom_pmf(k, u);
}

static double hypergeom_tail(uint64_t k, const struct dc_urn *u, bool upper)
{
    assert(u->marked <= u->size && u->drawn <= u->size);
    if (k < least(u) || k >= most(u))
        return (k < least(u)) == upper;
    double mean = (double)u->drawn * ((double)u->marked / (double)u->size);
    bool up = (double)k >= mean;
    double tail = fmin(1, up ? sum_up(k + 1, u) : sum_down(k, u));
    return up == upper ? tail : 1 - tail;
}

double dc_hypergeom_cdf(uint64_t k, const struct dc_urn *u)
{
    return hypergeom_tail(k, u, false);
}

double dc_hypergeom_sf(uint64_t k, const struct dc_urn *u)
{
    return hypergeom_tail(k, u, true);
}
