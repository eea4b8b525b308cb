/*
 * measure_group_min.c - DeepConf's lowest group confidence, C_least (Fu et al.
 * 2025, equation 5): the mean confidence of the unsurest window of W tokens.
 * A trace shorter than W is one window.
 */
#include "base/banned.h"
#include "base/mem.h"
#include "conf/measure_priv.h"

#include <math.h>

static const struct dc_param param[] = {
    DC_PARAM_WINDOW("W", "tokens of a window"),
};

static void push(struct dc_measure_acc *a, const double *arg,
                 const struct dc_token *tok)
{
    dc_acc_group(a, (size_t)arg[0], tok->conf);
}

static double value(const struct dc_measure_acc *a, const double *arg)
{
    if (a->n < (size_t)arg[0])
        return dc_acc_mean(a);
    double min = a->mean[0];
    for (size_t i = 1; i < a->n_mean; i++)
        if (a->mean[i] < min)
            min = a->mean[i];
    return min;
}

const struct dc_measure dc_measure_group_min = {
    .name = "group_min",
    .formula = "min over windows of W tokens of the mean of C",
    .unit = "nats",
    .direction = 1,
    .min = 0,
    .max = HUGE_VAL,
    .reads = DC_TOKEN_CONF,
    .param = param,
    .n_param = DC_COUNT(param),
    .push = push,
    .value = value,
};
