/*
 * conf_top.c - C from a list of alternatives (conf.h).
 *
 * The sum goes over the list as it stands, and leaves out its n - k least: with
 * k = n it is the sum of all in their order, to the bit. Formula: METHODS.md,
 * section 2.
 */
#include <deepconf/conf.h>
#include <math.h>

#define ROUNDED 1e-6 /* what rounding may take from a sum of probabilities */

bool dc_logprob_ok(double v)
{
    return v >= DC_LOGPROB_LEAST && v <= DC_LOGPROB_ZERO;
}

/* Does entry a of logprob stand below entry b in the ranking? */
static bool is_below(const double *logprob, size_t a, size_t b)
{
    return logprob[a] < logprob[b] || (logprob[a] == logprob[b] && a > b);
}

/* The least entry that is above `last` [n: above none]; n if there is none. */
static size_t next_least(const double *logprob, size_t n, size_t last)
{
    size_t least = n;
    for (size_t i = 0; i < n; i++)
        if ((last == n || is_below(logprob, last, i)) &&
            (least == n || is_below(logprob, i, least)))
            least = i;
    return least;
}

bool dc_conf_top(const double *logprob, size_t n, size_t k, float *out)
{
    double sum = 0;
    size_t last = n;
    if (k == 0 || k > n || n > DC_CONF_K_MAX + 1)
        return false;
    for (size_t i = 0; i < n; i++)
        if (!dc_logprob_ok(logprob[i]))
            return false;
    for (size_t i = k; i < n; i++)
        last = next_least(logprob, n, last);
    for (size_t i = 0; i < n; i++)
        if (last == n || is_below(logprob, last, i))
            sum += fmin(logprob[i], 0);
    *out = (float)(-sum / (double)k);
    return true;
}

size_t dc_conf_top_sure(const double *logprob, size_t n, size_t sampled)
{
    double mass = 0;
    bool out_of_order = false;
    for (size_t i = 0; i < n; i++) {
        mass += exp(logprob[i]);
        if (sampled < n && logprob[i] < logprob[sampled])
            return n;
        out_of_order = out_of_order || (sampled < i && sampled < n &&
                                        logprob[i] > logprob[sampled]);
    }
    return out_of_order && 1 - mass + ROUNDED > exp(logprob[sampled]) ? n - 1
                                                                      : n;
}
