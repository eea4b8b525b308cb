/*
 * measure_window.c - windows of token confidences.
 *
 * A window's mean is summed afresh from its tokens, oldest first. A running sum
 * that adds the newest and takes off the oldest would drift, and would give a
 * trace that has been fed other bits than one read from its start.
 */
#include "base/banned.h"
#include "base/mem.h"
#include "conf/measure_priv.h"

#include <assert.h>

double dc_acc_mean(const struct dc_measure_acc *a)
{
    return a->sum / (double)a->n;
}

void dc_acc_ring(struct dc_measure_acc *a, size_t window, float conf)
{
    if (a->n_ring != window) {
        a->ring = dc_xrealloc(a->ring, window, sizeof *a->ring);
        a->n_ring = window;
    }
    a->ring[(a->n - 1) % window] = (double)conf;
}

double dc_acc_ring_mean(const struct dc_measure_acc *a, size_t window)
{
    size_t n = a->n < window ? a->n : window;
    size_t from = a->n < window ? 0 : a->n % window;
    double sum = 0;
    for (size_t i = from; i < n; i++)
        sum += a->ring[i];
    for (size_t i = 0; i < from; i++)
        sum += a->ring[i];
    return sum / (double)n;
}

void dc_acc_group(struct dc_measure_acc *a, size_t window, float conf)
{
    a->sum += (double)conf;
    dc_acc_ring(a, window, conf);
    if (a->n < window)
        return;
    if (a->n_mean == a->cap_mean) {
        a->cap_mean = a->cap_mean ? 2 * a->cap_mean : 64;
        a->mean = dc_xrealloc(a->mean, a->cap_mean, sizeof *a->mean);
    }
    a->mean[a->n_mean++] = dc_acc_ring_mean(a, window);
}

bool dc_group_below(const float *conf, size_t n, size_t window, double bar)
{
    double sum = 0;
    assert(window >= 1 && window <= n);
    for (size_t i = n - window; i < n; i++)
        sum += (double)conf[i];
    return sum / (double)window < bar;
}

size_t dc_group_cut(const float *conf, size_t n, size_t window, double bar,
                    bool *cut)
{
    *cut = false;
    for (size_t i = window; i <= n; i++) {
        if (dc_group_below(conf, i, window, bar)) {
            *cut = true;
            return i;
        }
    }
    return n;
}
