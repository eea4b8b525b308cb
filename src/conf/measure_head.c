/*
 * measure_head.c - the mean confidence over the first T tokens. A refusal is
 * decided in its first words.
 */
#include "base/banned.h"
#include "base/mem.h"
#include "conf/measure_priv.h"

#include <math.h>

static const struct dc_param param[] = {
    DC_PARAM_WINDOW("T", "tokens at the start"),
};

static void push(struct dc_measure_acc *a, const double *arg,
                 const struct dc_token *tok)
{
    if ((double)a->n <= arg[0])
        a->sum += (double)tok->conf;
}

static double value(const struct dc_measure_acc *a, const double *arg)
{
    double n = (double)a->n;
    return a->sum / (n < arg[0] ? n : arg[0]);
}

const struct dc_measure dc_measure_head = {
    .name = "head",
    .formula = "mean of C over the first T tokens",
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
