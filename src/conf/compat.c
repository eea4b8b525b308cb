/*
 * compat.c - confidences, groups, weights and the stop of the authors' package.
 *
 * The point of this file is equality with numbers that others have stored, so
 * it follows the package's operations and their order even where the measures
 * of this program do better:
 *   np.mean            pairwise (base/pairwise.h): C, mean, tail, bottom
 *   sum() of a list    from left to right: groups, and a trace shorter than one
 *   sum - out + in     from window to window: bottom, min, the stop
 * The m lowest windows are averaged in ascending order. The package takes them
 * in the order in which numpy.partition leaves them, which depends on the
 * machine; the mean can differ from ours in its last bit then.
 */
#include "base/mem.h"
#include "base/pairwise.h"

#include <assert.h>
#include <deepconf/compat.h>
#include <math.h>
#include <stdlib.h>

double dc_compat_round(double x)
{
    return rint(x * 1000) / 1000;
}

double dc_compat_conf(const double *logprob, size_t k)
{
    assert(k >= 1);
    return dc_compat_round(-dc_pairwise_mean(logprob, k));
}

/* ---- groups: rounded windows ---- */

static double sum_in_order(const double *x, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += x[i];
    return sum;
}

size_t dc_compat_n_groups(size_t n, size_t window)
{
    assert(window >= 1);
    return n < window ? 1 : n - window + 1;
}

/* Group i of dc_compat_n_groups(). */
static double group_conf(const double *conf, size_t n, size_t window, size_t i)
{
    if (n == 0)
        return 0;
    if (n < window)
        return sum_in_order(conf, n) / (double)n;
    return dc_compat_round(sum_in_order(conf + i, window) / (double)window);
}

void dc_compat_groups(const double *conf, size_t n, size_t window,
                      double *group)
{
    size_t m = dc_compat_n_groups(n, window);
    for (size_t i = 0; i < m; i++)
        group[i] = group_conf(conf, n, window, i);
}

double dc_compat_min_conf(const double *conf, size_t n, size_t window)
{
    size_t m = dc_compat_n_groups(n, window);
    double min = group_conf(conf, n, window, 0);
    for (size_t i = 1; i < m; i++)
        min = fmin(min, group_conf(conf, n, window, i));
    return min;
}

/* ---- weights: windows that are not rounded ---- */

struct dc_compat_cfg dc_compat_cfg_default(void)
{
    return (struct dc_compat_cfg){
        .window = DC_COMPAT_WINDOW, .tail = DC_COMPAT_WINDOW, .share = 0.1};
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The m = n - w + 1 window means of conf [n]; n >= w. Caller frees. */
static double *window_means(const double *conf, size_t n, size_t w)
{
    size_t m = n - w + 1;
    double *mean = dc_xcalloc(m, sizeof *mean);
    double sum = sum_in_order(conf, w);

    mean[0] = sum / (double)w;
    for (size_t i = 1; i < m; i++) {
        sum = sum - conf[i - 1] + conf[i + w - 1];
        mean[i] = sum / (double)w;
    }
    return mean;
}

static void weigh_windows(const double *conf, size_t n,
                          const struct dc_compat_cfg *cfg,
                          struct dc_compat_weights *out)
{
    size_t m = n - cfg->window + 1;
    size_t n_low = (size_t)((double)m * cfg->share);
    double *mean = window_means(conf, n, cfg->window);

    qsort(mean, m, sizeof *mean, ascending);
    out->min = mean[0];
    out->bottom = n_low <= 1 ? mean[0] : dc_pairwise_mean(mean, n_low);
    free(mean);
}

struct dc_compat_weights dc_compat_weights(const double *conf, size_t n,
                                           const struct dc_compat_cfg *cfg)
{
    assert(cfg->window >= 1 && cfg->tail >= 1);
    assert(cfg->share > 0 && cfg->share <= 1);
    struct dc_compat_weights w = {0};
    if (n == 0)
        return w;
    size_t tail = n < cfg->tail ? n : cfg->tail;
    w.mean = dc_pairwise_mean(conf, n);
    w.tail = dc_pairwise_mean(conf + n - tail, tail);
    w.bottom = w.min = w.mean;
    if (n >= cfg->window)
        weigh_windows(conf, n, cfg, &w);
    return w;
}

/* ---- the stop inside a trace ---- */

void dc_compat_stop_init(struct dc_compat_stop *s, size_t window, double bar)
{
    assert(window >= 1);
    *s = (struct dc_compat_stop){
        .window = window,
        .bar = bar,
        .ring = dc_xcalloc(window, sizeof *s->ring),
    };
}

void dc_compat_stop_release(struct dc_compat_stop *s)
{
    free(s->ring);
    *s = (struct dc_compat_stop){0};
}

void dc_compat_stop_clear(struct dc_compat_stop *s)
{
    s->n = 0;
    s->sum = 0;
}

bool dc_compat_stop_push(struct dc_compat_stop *s, double conf)
{
    double *slot = &s->ring[s->n % s->window];
    if (s->n >= s->window)
        s->sum -= *slot;
    *slot = conf;
    s->sum += conf;
    s->n++;
    return s->n >= s->window && s->sum / (double)s->window < s->bar;
}
