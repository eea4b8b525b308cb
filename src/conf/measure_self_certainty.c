/*
 * measure_self_certainty.c - the mean self-certainty (Kang, Zhao and Song 2025,
 * arXiv 2502.18581): how far each distribution is from the uniform one.
 */
#include "conf/measure_priv.h"

#include <math.h>

static void push(struct dc_measure_acc *a, const double *arg,
                 const struct dc_token *tok)
{
    (void)arg;
    a->sum += (double)tok->self_cert;
}

static double value(const struct dc_measure_acc *a, const double *arg)
{
    (void)arg;
    return dc_acc_mean(a);
}

const struct dc_measure dc_measure_self_certainty = {
    .name = "self_certainty",
    .formula = "mean of the self-certainty S",
    .unit = "nats",
    .direction = 1,
    .min = 0,
    .max = HUGE_VAL,
    .reads = DC_TOKEN_SELF_CERT,
    .push = push,
    .value = value,
};
