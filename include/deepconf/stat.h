/*
 * stat.h - proportions with their counts, what a 2 x 2 table says, paired
 * comparisons, and tests that keep a promise about an error rate.
 *
 * The unit is the prompt, never the trace. Positive = "should be refused",
 * predicted positive = the decision is refusal. Formulas: docs/METHODS.md,
 * section 7.
 */
#ifndef DEEPCONF_STAT_H
#define DEEPCONF_STAT_H

#include <deepconf/dist.h>
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

/*
 * The same with the exact interval (Clopper and Pearson 1934), which covers the
 * true proportion with probability >= level whatever it is.
 */
struct dc_prop dc_prop_clopper_pearson(uint64_t k, uint64_t n, double level);

/*
 * The exact one-sided bound: whatever the true proportion is, it lies above
 * this with probability <= alpha. 1 when k = n (also for 0 of 0).
 */
double dc_prop_upper(uint64_t k, uint64_t n, double alpha);

/*
 * Rows in strata: traces of prompts. Has a mark of a row to do with its answer,
 * yes or no, inside the strata? Rates may differ from stratum to stratum, and
 * so may the share of marks: neither counts.
 */
struct dc_stratum {
    uint32_t n, n_yes, n_marked; /* rows; of them: yes, marked */
    uint32_t n_both;             /* yes and marked */
};
/*
 * *p: two-sided, twice the smaller tail of the exact conditional distribution
 * (Mantel and Haenszel 1959, Gart 1970). False, and *p unset, if no stratum of
 * s [n] has rows of each kind.
 */
bool dc_strata_test(const struct dc_stratum *s, size_t n, double *p);

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

/* An interval; false: there is none. */
struct dc_range {
    bool defined;
    double lo, hi;
};

/*
 * Intervals of the figures that put both classes together; level in (0, 1).
 * f1: Wilson's of TP / (TP + FP + FN), of which F1 is a rising function.
 * balanced_accuracy: of the two rates' Wilson intervals (Zou and Donner 2008).
 * mcc: normal on Fisher's z with the multinomial variance of phi (Bishop,
 * Fienberg and Holland 1975, 11.3); none at -1 and 1, whose variance is 0.
 */
struct dc_matrix_ranges {
    struct dc_range f1, balanced_accuracy, mcc;
};
struct dc_matrix_ranges dc_matrix_ranges(const struct dc_matrix *m,
                                         double level);

/* ---- paired comparisons ---- */

/*
 * Two answers to each of n prompts, right or wrong: b times only the first was
 * right, c times only the second. p is the exact two-sided McNemar test of
 * "b and c are equally likely"; diff = (b - c) / n with Tango's score interval
 * (1998), which takes in 0 whenever p does.
 */
struct dc_paired {
    uint64_t b, c, n;
    double p;     /* 1 when b + c = 0 */
    bool defined; /* false when n = 0: diff, lo and hi are then unset */
    double diff, lo, hi;
    bool widened; /* to 0, as p is above 1 - level */
};

/* b + c <= n; level in (0, 1). */
struct dc_paired dc_paired_compare(uint64_t b, uint64_t c, uint64_t n,
                                   double level);

/* What a paired comparison is planned with, each in (0, 1). */
struct dc_paired_plan {
    double discordance; /* share of pairs whose two answers differ */
    double alpha;       /* the test says "different" when p <= alpha */
    double power;       /* wanted probability of finding the difference */
};

/*
 * The probability that the exact McNemar test on n pairs finds a true
 * difference `diff` (0..discordance) with the right sign. plan->power is not
 * read. Exact, not an approximation; takes time in proportion to sqrt(n).
 */
double dc_paired_power(const struct dc_paired_plan *plan, uint64_t n,
                       double diff);

/*
 * The smallest difference found with plan->power on n pairs, to 1e-15. False
 * when none is, not even diff = discordance.
 */
bool dc_paired_detectable(const struct dc_paired_plan *plan, uint64_t n,
                          double *diff);

/*
 * Pairs needed to find `diff` with plan->power: it is reached at *n and not at
 * *n - 1. (The power of a test on counts dips a little as n grows, so that a
 * few smaller n may reach it too.) False when DC_PAIRED_N_MAX pairs are too
 * few.
 */
#define DC_PAIRED_N_MAX 1000000
bool dc_paired_needed(const struct dc_paired_plan *plan, double diff,
                      uint64_t *n);

/* ---- several tests, and promises ---- */

/*
 * Holm's adjusted p-values (1979): rejecting where out[i] <= alpha keeps the
 * probability of any false rejection <= alpha. p [n] in 0..1, any order; out
 * [n] is another array.
 */
void dc_holm(const double *p, size_t n, double *out);

/* The calibration prompts of one setting: `lost` of n came out worse. */
struct dc_ltt_setting {
    uint64_t lost, n;
};

/*
 * The p-value of "this setting loses more than a share alpha": P(X <= lost) for
 * X binomial (n, alpha), exact. Learn then Test, Angelopoulos et al. 2021.
 */
double dc_ltt_p(const struct dc_ltt_setting *s, double alpha);

/*
 * Prompts needed before even a setting that loses nothing can pass: the
 * smallest n with (1 - alpha)^n <= delta. 299 for 0.01, 0.05. alpha >= 1e-9,
 * delta > 0.
 */
uint64_t dc_ltt_needed(double alpha, double delta);

/* The promise: with probability >= 1 - delta no passed setting loses more than
 * a share alpha. Both in (0, 1). */
struct dc_ltt_promise {
    double alpha, delta;
};

/*
 * Fixed-sequence testing: how many settings pass in a row, from s[0], which is
 * the safest and is chosen, as is the order of s [n], before looking at the
 * data. 0 when the first does not pass.
 */
size_t dc_ltt_passed(const struct dc_ltt_setting *s, size_t n,
                     struct dc_ltt_promise promise);

/* ---- percentiles ---- */

/*
 * The q-th percentile (0 <= q <= 100) with linear interpolation between order
 * statistics, NumPy's default. Sorts x [n] in place; n >= 1, no NaN.
 */
double dc_percentile(double *x, size_t n, double q);
/*
 * The 100 (1 - share)-th percentile as a bar that the surest share of x [n]
 * reaches, 0 < share <= 1: a value at the bar is never below it, though
 * 1 - share is rounded. Equal to dc_percentile() but for that. Sorts x in
 * place; n >= 1, no NaN.
 */
double dc_share_bar(double *x, size_t n, double share);

#ifdef __cplusplus
}
#endif
#endif
