/*
 * stat.h - proportions with their counts, and what a 2 x 2 table says.
 *
 * The unit is the prompt, never the trace. Positive = "should be refused",
 * predicted positive = the decision is refusal. Formulas: docs/METHODS.md,
 * section 7.
 */
#ifndef DEEPCONF_STAT_H
#define DEEPCONF_STAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* k of n with the Wilson score interval (Wilson 1927). */
struct dc_prop {
    uint64_t k, n;
    bool defined; /* false when n = 0: value, lo and hi are then unset */
    double value, lo, hi;
};

/* level in (0, 1), 0.95 for the usual; k <= n. */
struct dc_prop dc_prop_wilson(uint64_t k, uint64_t n, double level);

/* The standard normal quantile of p in (0, 1); |error| < 1e-14. */
double dc_normal_quantile(double p);

struct dc_matrix {
    uint64_t tp, fn, fp, tn;
};

/* A ratio that may have no value (zero denominator). */
struct dc_ratio {
    bool defined;
    double value;
};

struct dc_matrix_rates {
    struct dc_prop accuracy, sensitivity, specificity, precision;
    struct dc_prop majority_baseline; /* accuracy of the constant answer */
    struct dc_ratio f1, balanced_accuracy, mcc;
};

struct dc_matrix_rates dc_matrix_rates(const struct dc_matrix *m, double level);

/*
 * The q-th percentile (0 <= q <= 100) with linear interpolation between order
 * statistics, NumPy's default. Sorts x [n] in place; n >= 1, no NaN.
 */
double dc_percentile(double *x, size_t n, double q);

#ifdef __cplusplus
}
#endif
#endif
