/*
 * measure_group_bottom.c - DeepConf's bottom group confidence, C_bottom (Fu et
 * al. 2025, equation 4): the mean of the lowest share of the window means, of
 * at least one. A trace shorter than W is one window.
 */
#include "base/banned.h"
#include "base/mem.h"
#include "conf/measure_priv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static const struct dc_param param[] = {
    DC_PARAM_WINDOW("W", "tokens of a window"),
    {.name = "share",
     .help = "of the windows",
     .def = 0.1,
     .min = 0,
     .open_min = true,
     .max = 1},
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
    size_t take = (size_t)(arg[1] * (double)a->n_mean);
    double *x = dc_xcalloc(a->n_mean, sizeof *x), sum = 0;
    memcpy(x, a->mean, a->n_mean * sizeof *x);
    qsort(x, a->n_mean, sizeof *x, by_value);
    take = take ? take : 1;
    for (size_t i = 0; i < take; i++)
        sum += x[i];
    free(x);
    return sum / (double)take;
}

const struct dc_measure dc_measure_group_bottom = {
    .name = "group_bottom",
    .formula = "mean of the lowest share of the window means of C",
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
