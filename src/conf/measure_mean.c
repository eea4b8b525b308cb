/*
 * measure_mean.c - DeepConf's average trace confidence, C_avg (Fu et al. 2025,
 * equation 3): the mean of the token confidences C_i.
 */
#include "conf/measure_priv.h"

#include <math.h>

static void push(struct dc_measure_acc *a, const double *arg,
                 const struct dc_token *tok)
{
    (void)arg;
    a->sum += (double)tok->conf;
}

static double value(const struct dc_measure_acc *a, const double *arg)
{
    (void)arg;
    return dc_acc_mean(a);
}

const struct dc_measure dc_measure_mean = {
    .name = "mean",
    .formula = "mean of the token confidence C",
    .unit = "nats",
    .direction = 1,
    .min = 0,
    .max = HUGE_VAL,
    .reads = DC_TOKEN_CONF,
    .push = push,
    .value = value,
};
