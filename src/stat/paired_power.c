/*
 * paired_power.c - what a paired comparison on n prompts can find.
 *
 * With a share D of discordant pairs and a true difference d, a discordant pair
 * falls to the worse side with probability w = (1 - d/D) / 2. The number of
 * discordant pairs is M, binomial (n, D), and the test rejects in the right
 * direction when the worse side has at most k_M of them, where k_m is the
 * largest k with 2 P(Bin(m, 1/2) <= k) <= alpha. Hence, exactly,
 *   power = sum over m of P(M = m) P(Bin(m, w) <= k_m).
 * k_m grows by at most one as m does, so it is carried along. Terms more than 9
 * standard deviations from the mean (and 20 pairs beside) are left out: they
 * sum to less than 1e-15.
 *
 * Every term falls as w grows, so the power rises with d, and the smallest d is
 * found by halving.
 */
#include <assert.h>
#include <deepconf/stat.h>
#include <math.h>

static bool rejects(uint64_t k, uint64_t m, double alpha)
{
    return 2 * dc_binom_cdf(k, m, 0.5) <= alpha;
}

/* How many values of the worse side's count reject: k_m + 1, or 0. */
static uint64_t n_rejecting(uint64_t m, double alpha)
{
    uint64_t lo = 0, hi = m / 2 + 1;
    while (lo < hi) {
        uint64_t mid = lo + (hi - lo) / 2;
        if (rejects(mid, m, alpha))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

static void check_plan(const struct dc_paired_plan *plan)
{
    assert(plan->discordance > 0 && plan->discordance < 1);
    assert(plan->alpha > 0 && plan->alpha < 1);
    (void)plan;
}

double dc_paired_power(const struct dc_paired_plan *plan, uint64_t n,
                       double diff)
{
    check_plan(plan);
    assert(diff >= 0 && diff <= plan->discordance);
    double share = plan->discordance, mean = (double)n * share;
    double reach = 9 * sqrt(mean * (1 - share)) + 20;
    uint64_t m = mean > reach ? (uint64_t)(mean - reach) : 0;
    uint64_t end = (uint64_t)fmin((double)n, mean + reach);
    double worse = 0.5 * (1 - diff / share), power = 0;
    for (uint64_t r = n_rejecting(m, plan->alpha); m <= end; m++) {
        if (rejects(r, m, plan->alpha))
            r++;
        if (r > 0)
            power += dc_binom_pmf(m, n, share) * dc_binom_cdf(r - 1, m, worse);
    }
    return fmin(1, power);
}

bool dc_paired_detectable(const struct dc_paired_plan *plan, uint64_t n,
                          double *diff)
{
    assert(plan->power > 0 && plan->power < 1);
    double lo = 0, hi = plan->discordance;
    if (dc_paired_power(plan, n, hi) < plan->power)
        return false;
    while (hi - lo > 1e-15) {
        double mid = 0.5 * (lo + hi);
        if (mid <= lo || mid >= hi)
            break;
        if (dc_paired_power(plan, n, mid) < plan->power)
            lo = mid;
        else
            hi = mid;
    }
    *diff = hi;
    return true;
}

bool dc_paired_needed(const struct dc_paired_plan *plan, double diff,
                      uint64_t *n)
{
    assert(plan->power > 0 && plan->power < 1);
    uint64_t lo = 0, hi = 1;
    while (dc_paired_power(plan, hi, diff) < plan->power) {
        if (hi == DC_PAIRED_N_MAX)
            return false;
        lo = hi;
        hi = hi > DC_PAIRED_N_MAX / 2 ? DC_PAIRED_N_MAX : 2 * hi;
    }
    while (hi - lo > 1) { /* too few at lo, enough at hi */
        uint64_t mid = lo + (hi - lo) / 2;
        if (dc_paired_power(plan, mid, diff) < plan->power)
            lo = mid;
        else
            hi = mid;
    }
    *n = hi;
    return true;
}
