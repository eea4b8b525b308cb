/*
 * two_shares.h - rows in two cells, low and high: is the share of marked rows
 * larger in the low one? A cluster (prompt) has rows in either cell or both,
 * and all of its rows are marked or none is. The unit is the cluster.
 *
 *   D  = share of the low cell - share of the high cell
 *   SE = sqrt(m/(m - 1) sum_i e_i^2),
 *        e_i = low_i (y_i - s_low)/n_low - high_i (y_i - s_high)/n_high
 *
 * (linearised, clusters independent). docs/METHODS.md, section 7, "Are unsure
 * compliances riskier?".
 */
#ifndef DC_STAT_TWO_SHARES_H
#define DC_STAT_TWO_SHARES_H

#include <deepconf/boot.h>

struct dc_two_shares {
    const double *low, *high; /* [n] rows of each cluster: whole numbers */
    const bool *marked;       /* [n] */
    size_t n;                 /* clusters, each with a row in a cell */
};

/* False, and out untouched: a cell has no row. */
struct dc_two_shares_diff {
    double value, se; /* D; of D */
};
bool dc_two_shares_diff(const struct dc_two_shares *x,
                        struct dc_two_shares_diff *out);

/*
 * D with its interval from resampled clusters. The rarer of four kinds of
 * clusters counts: marked, not marked, with a low row, with a high one. x and
 * what it names stay until the batch of cfg is run; then comes
 * dc_two_shares_require().
 */
void dc_two_shares_boot(const struct dc_two_shares *x,
                        const struct dc_boot_cfg *cfg, struct dc_boot *out);
void dc_two_shares_require(const struct dc_two_shares *x, struct dc_boot *out);

/*
 * The chance of a |D|/SE as large if marks had nothing to do with the cells:
 * marks change hands among clusters, cfg->n_resamples times, and
 * p = (1 + as large) / (1 + n_resamples). Divided by its SE, so that it holds
 * in large samples also where marked clusters have more or fewer rows than
 * others (DiCiccio and Romano, JASA 112, 2017). Does not hang on n_threads.
 * False: a cell has no row, or no cluster is marked, or all are.
 */
bool dc_two_shares_p(const struct dc_two_shares *x,
                     const struct dc_boot_cfg *cfg, double *p);

/* What a two-sided test at 5 % finds with probability 0.8: a difference of so
 * many SE (normal). */
double dc_two_shares_reach(void);

#endif
