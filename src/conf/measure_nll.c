/*
 * measure_nll.c - the mean negative log-likelihood of the sampled tokens: the
 * surprise per token. It is -log(mean_prob): the same order, the other way.
 */
#include "conf/measure_priv.h"

#include <math.h>

static void push(struct dc_measure_acc *a, const double *arg,
                 const struct dc_token *tok)
{
    (void)arg;
    a->sum -= (double)tok->logprob;
}

static double value(const struct dc_measure_acc *a, const double *arg)
{
    (void)arg;
    return dc_acc_mean(a);
}

const struct dc_measure dc_measure_nll = {
    .name = "nll",
    .formula = "-(1/n) sum of log p of the sampled tokens",
    .unit = "nats",
    .direction = -1,
    .min = 0,
    .max = HUGE_VAL,
    .reads = DC_TOKEN_LOGPROB,
    .push = push,
    .value = value,
};
