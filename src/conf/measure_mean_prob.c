/*
 * measure_mean_prob.c - the geometric mean of the sampled tokens'
 * probabilities, exp((1/n) sum log p(y_i)): often called the confidence.
 */
#include "conf/measure_priv.h"

#include <float.h>
#include <math.h>

static void push(struct dc_measure_acc *a, const double *arg,
                 const struct dc_token *tok)
{
    (void)arg;
    a->sum += (double)tok->logprob;
}

static double value(const struct dc_measure_acc *a, const double *arg)
{
    (void)arg;
    double v = exp(dc_acc_mean(a));
    return v > 0 ? v : DBL_MIN; /* underflow keeps the range (0, 1] */
}

const struct dc_measure dc_measure_mean_prob = {
    .name = "mean_prob",
    .formula = "exp(mean of log p of the sampled tokens)",
    .unit = "probability",
    .direction = 1,
    .min = 0,
    .max = 1,
    .reads = DC_TOKEN_LOGPROB,
    .push = push,
    .value = value,
};
