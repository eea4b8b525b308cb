/*
 * measure_mean.c - DeepConf's average trace confidence, C_avg (Fu et al. 2025,
 * equation 3): the mean of the token confidences C_i.
 */
#include <deepconf/conf.h>
#include <math.h>

static bool compute(const struct dc_token *tok, size_t n, double *value)
{
    double sum = 0;
    if (n == 0)
        return false;
    for (size_t i = 0; i < n; i++)
        sum += (double)tok[i].conf;
    *value = sum / (double)n;
    return true;
}

extern const struct dc_measure dc_measure_mean;
const struct dc_measure dc_measure_mean = {
    .name = "mean",
    .formula = "mean of the token confidence C",
    .unit = "nats",
    .direction = 1,
    .min = 0,
    .max = HUGE_VAL,
    .compute = compute,
};
