/*
 * measure_tail.c - DeepConf's tail confidence (Fu et al. 2025, section 3.1):
 * the mean over the last T tokens, where an answer is settled.
 */
#include "base/banned.h"
#include "base/mem.h"
#include "conf/measure_priv.h"

#include <math.h>

static const struct dc_param param[] = {
    DC_PARAM_WINDOW("T", "tokens at the end"),
};

static void push(struct dc_measure_acc *a, const double *arg,
                 const struct dc_token *tok)
{
    dc_acc_ring(a, (size_t)arg[0], tok->conf);
}

static double value(const struct dc_measure_acc *a, const double *arg)
{
    return dc_acc_ring_mean(a, (size_t)arg[0]);
}

const struct dc_measure dc_measure_tail = {
    .name = "tail",
    .formula = "mean of C over the last T tokens",
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
