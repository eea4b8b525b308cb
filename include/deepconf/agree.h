/*
 * agree.h - agreement: between the traces of a prompt, and between judges.
 *
 * Labels are nominal, 0 .. n_labels - 1 (verdicts, say), with no order among
 * them. A missing rating is a row that isn't there. Everything is counted in
 * integers. Formulas: docs/METHODS.md, section 7, "Agreement".
 */
#ifndef DEEPCONF_AGREE_H
#define DEEPCONF_AGREE_H

#include <deepconf/boot.h>
#include <deepconf/stat.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DC_AGREE_LABELS_MAX = 16 };

/* ---- two raters ---- */

/* What two raters said of the same n rows; n < 2^32. */
struct dc_label_pairs {
    const uint32_t *a, *b; /* [n], each < n_labels */
    size_t n;
    uint32_t n_labels; /* 1 .. DC_AGREE_LABELS_MAX */
};

struct dc_kappa {
    uint64_t n, n_equal;
    struct dc_ratio observed; /* n_equal / n */
    struct dc_ratio expected; /* if the raters had nothing in common */
    /*
     * (observed - expected) / (1 - expected) (Cohen 1960). No value if n = 0,
     * or expected = 1: both gave one and the same label throughout.
     */
    struct dc_ratio kappa;
};

struct dc_kappa dc_kappa_cohen(const struct dc_label_pairs *p);

/*
 * Cohen's kappa with cluster [n], each < n_clusters, as the unit. n_clusters
 * times the rows of the largest cluster is below 2^32.
 */
struct dc_kappa_clusters {
    const struct dc_label_pairs *pairs;
    const uint32_t *cluster;
    size_t n_clusters;
};

void dc_kappa_boot(const struct dc_kappa_clusters *k,
                   const struct dc_boot_cfg *cfg, struct dc_boot *out);

/* ---- any number of ratings per unit ---- */

/* Rating i: unit[i] was given label[i]. Any order; n < 2^32. */
struct dc_ratings {
    const uint32_t *unit;  /* [n], each < n_units; a unit is a prompt */
    const uint32_t *label; /* [n], each < n_labels */
    size_t n, n_units;
    uint32_t n_labels; /* 1 .. DC_AGREE_LABELS_MAX */
};

/* Over the units with at least two ratings; the others say nothing. */
struct dc_agreement {
    size_t n_units;     /* such units */
    uint64_t n_ratings; /* of such units */
    /*
     * Mean over units of the share of equal pairs among all pairs of its
     * ratings.
     */
    struct dc_ratio observed;
    /*
     * Fleiss 1971. Defined only if all these units have the same number of
     * ratings, and more than one label is used.
     */
    struct dc_ratio fleiss;
    /*
     * Krippendorff's alpha for nominal data; any numbers of ratings. Defined
     * if more than one label is used.
     */
    struct dc_ratio alpha;
    struct dc_ratio entropy; /* mean over units, nats */
    /*
     * Units whose ratings are all equal, with the Wilson interval. Depends on
     * the number of ratings: ten agree less often than three.
     */
    struct dc_prop unanimous;
};

/* level of the Wilson interval, in (0, 1). */
struct dc_agreement dc_agreement_of(const struct dc_ratings *r, double level);

/*
 * -sum q log q, in nats, over the shares q of count [n_labels]: 0 if all are
 * equal, at most log n_labels. false: no ratings.
 */
bool dc_label_entropy(const uint32_t *count, uint32_t n_labels, double *value);

#ifdef __cplusplus
}
#endif
#endif
