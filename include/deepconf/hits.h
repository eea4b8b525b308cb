/*
 * hits.h - how many prompts have at least one hit in so many tries? From the
 * hits among the tries that were made, and beyond them.
 *
 * A try is a trace, a hit what is asked for (a compliance with a harmful
 * prompt, say). Formulas: docs/METHODS.md, section 7, "Stability of a prompt".
 */
#ifndef DEEPCONF_HITS_H
#define DEEPCONF_HITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The probability that of `tries` of n traces at least one is among the `hits`:
 * 1 - C(n - hits, tries) / C(n, tries). Over prompts its mean is unbiased for
 * what so many tries bring (as pass@k, Chen et al. 2021). hits, tries <= n.
 */
double dc_any_hit(unsigned hits, unsigned n, unsigned tries);

/* Hits among the n traces of a prompt. */
struct dc_hits {
    unsigned hits, n; /* hits <= n <= DC_HITS_MAX */
};
enum { DC_HITS_MAX = 4096, DC_TRIES_MAX = 1000000 };

/*
 * Rates of prompts are taken to be Beta(a, b), by maximum likelihood
 * (beta-binomial). Two ends of that family have no a and b.
 */
struct dc_beta_fit {
    enum {
        DC_BETA_FITTED,
        DC_BETA_ALIKE, /* no more spread than if all prompts had the rate */
        DC_BETA_SPLIT  /* no prompt has hits and others: each has rate 0 or 1 */
    } kind;
    double mean;    /* of the rates */
    double a, b;    /* FITTED: mean = a / (a + b) */
    size_t n_mixed; /* prompts with hits and others, which tell the shape */
};

/*
 * Fit it to h [n], each counted weight [i] times (NULL: once). False if there
 * is no hit, or nothing but hits: such data say nothing of the spread. A rule
 * that ended prompts by their own hits does not show in the likelihood, so that
 * n may have been such a rule's choice.
 */
bool dc_beta_fit_hits(const struct dc_hits *h, size_t n, const uint32_t *weight,
                      struct dc_beta_fit *out);
/* The share of prompts with at least one hit in so many tries, after the fit;
 * 1 <= tries <= DC_TRIES_MAX. */
double dc_beta_fit_any(const struct dc_beta_fit *f, double tries);

#ifdef __cplusplus
}
#endif
#endif
