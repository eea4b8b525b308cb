/*
 * plan.h - what a whole run would cost, from a few of its prompts that were
 * drawn to all K traces.
 *
 * The prompts are a random sample of the run's, so the total is the sample's
 * mean times their number, with Student's interval and the correction for a
 * finite number of prompts (Cochran 1977, "Sampling Techniques", section 2.8),
 * and what is saved is a ratio of two totals (section 6.4). docs/METHODS.md,
 * section 9, "A plan".
 */
#ifndef DC_REPLAY_PLAN_H
#define DC_REPLAY_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * m of 0 .. n - 1 into out [m], ascending: one of each of m parts of equal
 * size, so that they are spread over the data. 1 <= m <= n < 2^32.
 */
void dc_plan_pick(size_t n, size_t m, uint64_t seed, size_t *out);

/* What the prompts of the sample cost, in whatever unit. */
struct dc_plan_sample {
    const double *full;  /* [m] all K traces of each */
    const double *early; /* [m] the traces until the policy stops: <= full */
    size_t m;
    size_t n;       /* prompts of the whole run, >= m >= 1 */
    double to_full; /* share of the n that the policy draws to K, too */
    double least;   /* traces that the policy draws at least, of K */
    bool anew;      /* the run draws the sample's prompts again, to other
                       traces */
    double level;   /* of the intervals, in (0, 1) */
};

struct dc_plan_figure {
    double value;
    bool has_range; /* m >= 2, or nothing is left to chance */
    double lo, hi;
};

/* The total of n prompts with all K traces of each. */
void dc_plan_full(const struct dc_plan_sample *s, struct dc_plan_figure *out);
/*
 * The total of n prompts under the policy. The range counts one prompt more
 * that is drawn to K, and one that stops as early as can be: where all of a
 * small sample stop after the same number of traces, not all of the run will.
 */
void dc_plan_early(const struct dc_plan_sample *s, struct dc_plan_figure *out);
/* The share of the full total that the policy saves, 0 to 1. */
void dc_plan_saved(const struct dc_plan_sample *s, struct dc_plan_figure *out);

#endif
