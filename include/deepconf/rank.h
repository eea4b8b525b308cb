/*
 * rank.h - how well a score separates two classes, and which errors are left
 * when the least sure rows are set aside.
 *
 * Only the order of the scores counts: any growing transform of them gives the
 * same results to the last bit (but for the thresholds of the curve), and so
 * does any order of the rows. Pairs are counted in integers. A score is never
 * NaN: a row without a value stays out (asserted). At most DC_RANK_ROWS_MAX
 * rows. Formulas: docs/METHODS.md, section 7, "Discrimination".
 */
#ifndef DEEPCONF_RANK_H
#define DEEPCONF_RANK_H

#include <deepconf/stat.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DC_RANK_ROWS_MAX ((size_t)1 << 31)

/* Pairs of one positive and one negative row. */
struct dc_pairs {
    uint64_t n;     /* positives times negatives */
    uint64_t twice; /* 2 (pairs with the positive higher) + (tied pairs) */
};

/* score, positive [n]. */
struct dc_pairs dc_pairs_count(const double *score, const bool *positive,
                               size_t n);

/*
 * The area under the ROC curve, ties counted half (Mann and Whitney 1947;
 * Hanley and McNeil 1982). false, *value untouched: a class is empty.
 */
bool dc_auroc(const double *score, const bool *positive, size_t n,
              double *value);

/* twice / (2 n); false if there is no pair. */
bool dc_pairs_auroc(const struct dc_pairs *p, double *value);

/* Rows that belong to groups: gold classes, or prompts. */
struct dc_scored {
    const double *score;   /* [n] */
    const bool *positive;  /* [n] */
    const uint32_t *group; /* [n], each < n_groups */
    size_t n, n_groups;
};

/* The pairs inside each group: out [n_groups]. */
void dc_pairs_by_group(const struct dc_scored *s, struct dc_pairs *out);

/* Discrimination inside groups; both are unset when n_groups_used is 0. */
struct dc_auroc_within {
    size_t n_groups_used;   /* groups with rows of both classes */
    struct dc_pairs pairs;  /* inside groups, added up */
    struct dc_ratio pooled; /* of those pairs: large groups count more */
    struct dc_ratio mean;   /* of the groups' AUROC: each group counts once */
};

struct dc_auroc_within dc_auroc_within(const struct dc_scored *s);

/* "Positive if score >= threshold" finds tp positives and fp negatives. */
struct dc_roc_point {
    double threshold;
    uint64_t tp, fp;
};

/*
 * One point per distinct score, highest first, into out [n]; returns how many.
 * The point (0, 0) comes before the first and is left out.
 */
size_t dc_roc(const double *score, const bool *positive, size_t n,
              struct dc_roc_point *out);

/*
 * Risk-coverage: rows are accepted from the surest down; the risk at i rows is
 * the share of wrong ones among them. Inside a tie every order is equally
 * likely, and the values are the means over those orders.
 */
struct dc_risk {
    double aurc;    /* mean risk over i = 1..n (Geifman et al. 2019) */
    double optimal; /* the aurc if every wrong row came last */
    double excess;  /* E-AURC = aurc - optimal, >= 0 */
    double risk;    /* of all rows */
};

/* confidence, wrong [n]. false: n is 0. */
bool dc_risk_coverage(const double *confidence, const bool *wrong, size_t n,
                      struct dc_risk *out);

/*
 * The risk at coverage c in (0, 1]: among the i surest, i the least whole
 * number with i >= c n (to 1e-9 of rounding in c n), at least 1. coverage and
 * risk [n_points]. false: n is 0.
 */
struct dc_coverage {
    const double *coverage;
    double *risk;
    size_t n_points;
};

bool dc_risk_at(const double *confidence, const bool *wrong, size_t n,
                const struct dc_coverage *at);

#ifdef __cplusplus
}
#endif
#endif
