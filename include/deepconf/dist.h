/*
 * dist.h - distributions: beta, binomial, hypergeometric, normal.
 *
 * Each tail is computed as itself and never as 1 - the other when it is the
 * small one, so that 1e-300 is as exact as 0.3. Measured against 60-digit
 * arithmetic the relative error is below 1e-13 for the parameters named at each
 * function (docs/METHODS.md, section 7). A tail below 5e-324 is 0.
 */
#ifndef DEEPCONF_DIST_H
#define DEEPCONF_DIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ln Gamma(z), z > 0; absolute error below 1e-15 max(1, |ln Gamma(z)|). */
double dc_log_gamma(double z);

/*
 * Beta(a, b), 0.01 <= a, b <= 1e6: P(X <= x) = I_x(a, b), and P(X > x). x
 * outside 0..1 gives 0 or 1.
 */
double dc_beta_cdf(double a, double b, double x);
double dc_beta_sf(double a, double b, double x);

/*
 * The x with P(X <= x) = q, and the x with P(X > x) = p. 0 and 1 give the ends
 * of 0..1; so does a quantile nearer to one than a double can tell.
 */
double dc_beta_quantile(double a, double b, double q);
double dc_beta_quantile_upper(double a, double b, double p);

/* The t that |T| of Student's distribution with df >= 0.02 degrees of freedom
 * exceeds with probability p in (0, 1). */
double dc_student_quantile(double df, double p);

/* k successes in n trials of probability p in 0..1: P(X = k), P(X <= k),
 * P(X > k). */
double dc_binom_pmf(uint64_t k, uint64_t n, double p);
double dc_binom_cdf(uint64_t k, uint64_t n, double p);
double dc_binom_sf(uint64_t k, uint64_t n, double p);

/* An urn of `size` with `marked` marked ones, `drawn` taken without putting
 * back; marked, drawn <= size. */
struct dc_urn {
    uint64_t size, marked, drawn;
};

/* k marked ones among the drawn: P(X = k), P(X <= k), P(X > k). */
double dc_hypergeom_pmf(uint64_t k, const struct dc_urn *u);
double dc_hypergeom_cdf(uint64_t k, const struct dc_urn *u);
double dc_hypergeom_sf(uint64_t k, const struct dc_urn *u);

/* The standard normal: P(X <= x), P(X > x). */
double dc_normal_cdf(double x);
double dc_normal_sf(double x);

/* The standard normal quantile of p in (0, 1); |error| < 1e-14. */
double dc_normal_quantile(double p);

#ifdef __cplusplus
}
#endif
#endif
