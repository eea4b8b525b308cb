/*
 * measure_mean_prob.c - the geometric mean of the sampled tokens'
 * probabilities, exp((1/n) sum log p(y_i)): what the request calls confidence.
 */
#include <deepconf/conf.h>
#include <float.h>
#include <math.h>

static bool compute(const struct dc_token *tok, size_t n, double *value)
{
    double sum = 0;
    if (n == 0)
        return false;
    for (size_t i = 0; i < n; i++)
        sum += (double)tok[i].logprob;
    double v = exp(sum / (double)n);
    *value = v > 0 ? v : DBL_MIN; /* underflow keeps the range (0, 1] */
    return true;
}

extern const struct dc_measure dc_measure_mean_prob;
const struct dc_measure dc_measure_mean_prob = {
    .name = "mean_prob",
    .formula = "exp(mean of log p of the sampled tokens)",
    .unit = "probability",
    .direction = 1,
    .min = 0,
    .max = 1,
    .compute = compute,
};
