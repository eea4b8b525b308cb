/*
 * dist.h - distributions: exact probabilities of counts.
 */
#ifndef DEEPCONF_DIST_H
#define DEEPCONF_DIST_H

#include <stdint.h>

/* P(X <= k), X ~ binomial(n, p). */
double dc_binom_cdf(uint64_t k, uint64_t n, double p);

/* P(X >= k) for k of n drawn without replacement from `pop` with `marked`. */
double dc_hypergeom_sf(uint64_t k, uint64_t n, uint64_t marked, uint64_t pop);

/* stop-gap */
double dc_mcnemar_exact(uint64_t b, uint64_t c);

#endif
