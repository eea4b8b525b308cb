/*
 * measure_priv.h - what several measures share (private to src/conf).
 */
#ifndef DC_CONF_MEASURE_PRIV_H
#define DC_CONF_MEASURE_PRIV_H

#include <deepconf/conf.h>

/* Sum over all tokens / their number. */
double dc_acc_mean(const struct dc_measure_acc *a);

/* Keep the confidence of the token just counted among the last `window`. */
void dc_acc_ring(struct dc_measure_acc *a, size_t window, float conf);
/* The mean of the last min(n, window) confidences, summed afresh, in order. */
double dc_acc_ring_mean(const struct dc_measure_acc *a, size_t window);

/*
 * Groups: dc_acc_group() feeds a confidence; once the window is full, each
 * token adds its mean to a->mean.
 */
void dc_acc_group(struct dc_measure_acc *a, size_t window, float conf);

/* The parameter that windows share. */
#define DC_PARAM_WINDOW(NAME, HELP)                                            \
    {                                                                          \
        .name = NAME, .help = HELP, .def = 32, .min = 1, .max = 65536,         \
        .integer = true                                                        \
    }

#endif
