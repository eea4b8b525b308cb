/*
 * dist.c - exact probabilities of counts, by sums of their terms.
 */
#include <deepconf/dist.h>
#include <math.h>

static double log_choose(double n, double k)
{
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1);
}

double dc_binom_cdf(uint64_t k, uint64_t n, double p)
{
    double sum = 0;
    for (uint64_t j = 0; j <= k && j <= n; j++)
        sum += exp(log_choose((double)n, (double)j) + (double)j * log(p) +
                   (double)(n - j) * log1p(-p));
    return sum < 1 ? sum : 1;
}

double dc_hypergeom_sf(uint64_t k, uint64_t n, uint64_t marked, uint64_t pop)
{
    double sum = 0;
    for (uint64_t j = k; j <= n && j <= marked; j++) {
        if (n - j > pop - marked)
            continue;
        sum += exp(log_choose((double)marked, (double)j) +
                   log_choose((double)(pop - marked), (double)(n - j)) -
                   log_choose((double)pop, (double)n));
    }
    return sum < 1 ? sum : 1;
}

double dc_mcnemar_exact(uint64_t b, uint64_t c)
{
    double p = b + c ? 2 * dc_binom_cdf(b < c ? b : c, b + c, 0.5) : 1;
    return p < 1 ? p : 1;
}
