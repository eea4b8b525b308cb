/*
 * compat.h - the arithmetic of the authors' package (facebookresearch/deepconf;
 * Fu et al. 2025, arXiv 2508.15260), to the last bit.
 *
 * For comparing with results of that package, and for reading what it stored.
 * It differs from the measures of conf.h in its rounding, its order of
 * summation and its window of 2,048 tokens (docs/METHODS.md, section 3).
 * Confidences are in nats, larger is surer. Every value passed in is finite.
 *
 * A trace without tokens has the value 0 here, since it has that in the
 * package, where it takes part in votes and percentiles as a 0. Elsewhere in
 * deepconf such a trace has no value.
 *
 * The confidence bar of the online mode, for a share of `keep` percent of the
 * warm-up traces, is dc_percentile(min_conf, n, 100 - keep) of stat.h over
 * their dc_compat_min_conf().
 */
#ifndef DEEPCONF_COMPAT_H
#define DEEPCONF_COMPAT_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DC_COMPAT_WINDOW = 2048 }; /* tokens */

/* x to three decimals: the integer nearest to 1000 x (the even one of two),
 * divided by 1000. */
double dc_compat_round(double x);

/* Rounded C of one token from the log-probabilities logprob [k] that are kept
 * of it, in any order; k >= 1. (The package skips a token without any.) It
 * takes all that are there, as the package does: also a sampled token that a
 * server put in place of another, which dc_conf_top() of conf.h leaves out. */
double dc_compat_conf(const double *logprob, size_t k);

/* How many values dc_compat_groups() gives: n - window + 1, at least 1. */
size_t dc_compat_n_groups(size_t n, size_t window);

/*
 * Group confidences: the mean of each `window` consecutive tokens of conf [n],
 * rounded, into group [dc_compat_n_groups()]. Fewer tokens than that: one
 * group, their mean, not rounded. window >= 1. Each window is summed anew:
 * about n * window additions.
 */
void dc_compat_groups(const double *conf, size_t n, size_t window,
                      double *group);

/* The smallest group confidence. */
double dc_compat_min_conf(const double *conf, size_t n, size_t window);

struct dc_compat_cfg {
    size_t window; /* tokens of a group, >= 1 */
    size_t tail;   /* tokens of the tail, >= 1 */
    double share;  /* of the groups that are the bottom, in (0, 1] */
};
/* window and tail DC_COMPAT_WINDOW, share 0.1 */
struct dc_compat_cfg dc_compat_cfg_default(void);

/*
 * What the package's votes weigh a trace by. Windows are not rounded here, and
 * their sum runs on from one window to the next, as in the package: the last
 * digits drift.
 */
struct dc_compat_weights {
    double mean;   /* of all tokens */
    double tail;   /* mean of the last cfg->tail tokens, or of all */
    double bottom; /* mean of the max(1, floor(share m)) lowest of m windows */
    double min;    /* the lowest window */
};                 /* fewer tokens than a window: bottom = min = mean */

struct dc_compat_weights dc_compat_weights(const double *conf, size_t n,
                                           const struct dc_compat_cfg *cfg);

/*
 * The stop inside a trace of the online mode: a trace ends with the first token
 * at which the mean of the last `window` confidences, a full window of them, is
 * below the bar (strictly). The package's engine feeds unrounded confidences.
 */
struct dc_compat_stop {
    size_t window;
    double bar;
    size_t n;     /* tokens seen */
    double sum;   /* of those in the window; runs on, as in the package */
    double *ring; /* [window] token i in element i mod window */
};
/* window >= 1. Aborts when out of memory. */
void dc_compat_stop_init(struct dc_compat_stop *s, size_t window, double bar);
void dc_compat_stop_release(struct dc_compat_stop *s);
/* The next trace: no tokens seen, the same window and bar. */
void dc_compat_stop_clear(struct dc_compat_stop *s);
/* One token more; true if the trace ends with it. */
bool dc_compat_stop_push(struct dc_compat_stop *s, double conf);

#ifdef __cplusplus
}
#endif
#endif
