/*
 * measure_entropy.c - the mean entropy of the distributions that the tokens
 * were drawn from.
 */
#include "conf/measure_priv.h"

#include <math.h>

static void push(struct dc_measure_acc *a, const double *arg,
                 const struct dc_token *tok)
{
    (void)arg;
    a->sum += (double)tok->entropy;
}

static double value(const struct dc_measure_acc *a, const double *arg)
{
    (void)arg;
    return dc_acc_mean(a);
}

const struct dc_measure dc_measure_entropy = {
    .name = "entropy",
    .formula = "mean of the entropy H",
    .unit = "nats",
    .direction = -1,
    .min = 0,
    .max = HUGE_VAL,
    .reads = DC_TOKEN_ENTROPY,
    .push = push,
    .value = value,
};
