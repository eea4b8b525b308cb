/*
 * boot.h - bootstrap intervals with the prompt as the unit.
 *
 * Traces of one prompt resemble each other, so the prompts (clusters) are
 * resampled with replacement, each with all its rows, as often as there are
 * prompts; the interval lies between two percentiles of the statistic over the
 * resamples (Efron and Tibshirani 1993, chapter 13; for clusters Field and
 * Welsh 2007). Resampling single traces instead gives intervals that are far
 * too narrow.
 *
 * A resample is a vector of integer weights, one per cluster: how often it was
 * drawn. Draws are a pure function of (seed, resample, draw), so neither the
 * number of threads nor the order of work changes a bit of any result.
 * docs/METHODS.md, section 7, "Cluster bootstrap".
 */
#ifndef DEEPCONF_BOOT_H
#define DEEPCONF_BOOT_H

#include <deepconf/rank.h>
#include <deepconf/stat.h>
#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    DC_BOOT_RESAMPLES_MAX = 10000000,
    DC_BOOT_THREADS_MAX = 1024,
    DC_BOOT_CLUSTERS_MAX = 1 << 30,
    /*
     * A percentile interval needs as many clusters, and as many of the rarer
     * kind where there are two (prompts with a wrong trace, prompts with a
     * right one). With fewer it is far too narrow: docs/METHODS.md, section 11.
     */
    DC_BOOT_FEW = 15,
};

/*
 * Statistics that share their draws, for many of the same prompts: a bootstrap
 * whose cfg names a batch is noted, and computed when the batch is run, or
 * earlier; what it was asked to fill has to stay where it is until then. The
 * figures are those it would have had alone. One thread may use a batch.
 */
struct dc_boot_batch;
struct dc_boot_batch *dc_boot_batch_new(void);
/* What was noted is filled now; b may be NULL. */
void dc_boot_batch_run(struct dc_boot_batch *b);
void dc_boot_batch_free(struct dc_boot_batch *b); /* runs it; may be NULL */

struct dc_boot_cfg {
    uint32_t n_resamples; /* 1 .. DC_BOOT_RESAMPLES_MAX */
    uint32_t n_threads;   /* 1 .. DC_BOOT_THREADS_MAX */
    uint64_t seed;
    double level; /* in (0, 1) */
    /*
     * NULL, or [n_resamples]: receives the statistic of the resamples that
     * have one, in the order of the resamples, dc_boot.n_valued of them.
     */
    double *keep;
    struct dc_boot_batch *batch; /* NULL: every call draws anew */
};

/* 2,000 resamples, one thread, seed 0, level 0.95. */
struct dc_boot_cfg dc_boot_cfg_default(void);

struct dc_boot {
    struct dc_ratio value; /* of the data as they are */
    /*
     * false, and lo, hi and se unset, if the data have no value, there are too
     * few clusters (`few`), or more than 5 % of the resamples have no value.
     */
    bool defined;
    /* n_rarer < DC_BOOT_FEW: there is no percentile interval, and none at all
     * but for a rate (`beta`) */
    bool few;
    bool beta; /* the interval is that of dc_belief */
    /* clusters of the rarer kind; all of them, for a statistic that has no two
     * kinds of rows */
    size_t n_rarer;
    double lo, hi;
    double se; /* standard deviation over the resamples */
    size_t n_clusters;
    uint32_t n_resamples, n_valued;
};

/*
 * A statistic of weighted clusters: weight [n_clusters]. False if it has no
 * value for these. It is called from several threads at once and must not
 * write to data.
 */
struct dc_boot_stat {
    const void *data;
    bool (*compute)(const void *data, const uint32_t *weight, double *value);
};

/* n_clusters <= DC_BOOT_CLUSTERS_MAX; stat->data is read until a batch is run.
 */
void dc_boot_run(const struct dc_boot_stat *stat, size_t n_clusters,
                 const struct dc_boot_cfg *cfg, struct dc_boot *out);

/*
 * The ratio of two sums over clusters, num and den [n_clusters]: a rate over
 * traces (refusals and traces of each prompt), a mean per trace, or a pooled
 * AUROC inside prompts (half pairs won, and twice the pairs). No value if the
 * denominators add up to 0.
 */
struct dc_boot_sums {
    const double *num, *den;
    size_t n_clusters;
};

void dc_boot_ratio(const struct dc_boot_sums *sums,
                   const struct dc_boot_cfg *cfg, struct dc_boot *out);

/*
 * Is the value clear of `null`? +1: above it, -1: below it, 0: not clear, or
 * without an interval. The interval has to leave null out, and so has Student's
 * with b->se and n_rarer - 1 degrees of freedom at a level that n_tests of them
 * hold together (Bonferroni): percentile intervals alone miss in 5 to 8 % of
 * runs. n_tests >= 1.
 */
int dc_boot_side(const struct dc_boot *b, double null, double level,
                 size_t n_tests);

/* Take the interval back if there are too few clusters of either kind; after a
 * batch was run. */
void dc_boot_require(struct dc_boot *b, size_t n_with, size_t n_without);

/*
 * What the responses of clusters say of the rate of a kind of them: num [i] of
 * den [i], 0 <= num <= den, are of the kind. The rate is believed to be
 * Beta(a, b), which is right for few clusters of a kind, and for none. False,
 * and no a and b, if there is no response.
 */
struct dc_belief {
    double a, b;
    size_t n_with, n_without; /* clusters with one of the kind; with another */
};
bool dc_belief_of(const struct dc_boot_sums *sums, struct dc_belief *out);
/* Its interval, with 0 where no cluster has one of the kind, 1 where none has
 * another, and the value. */
void dc_belief_interval(const struct dc_belief *b, double value, double level,
                        double *lo, double *hi);

/*
 * dc_boot_ratio() of a rate, 0 <= num <= den: where clusters of either kind are
 * few, the interval is that of their dc_belief. There is none, too, of one
 * cluster.
 */
void dc_boot_rate(const struct dc_boot_sums *sums,
                  const struct dc_boot_cfg *cfg, struct dc_boot *out);

/*
 * AUROC with s->group as the clusters, exact in every resample. The rows are
 * sorted once for all resamples. DC_DATA if n_groups times the rows of the
 * largest group is 2^32 or more.
 */
enum dc_status dc_boot_auroc(const struct dc_scored *s,
                             const struct dc_boot_cfg *cfg, struct dc_boot *out,
                             struct dc_err *err);

/* AURC: s->score is the confidence, s->positive means wrong. */
void dc_boot_aurc(const struct dc_scored *s, const struct dc_boot_cfg *cfg,
                  struct dc_boot *out);

#ifdef __cplusplus
}
#endif
#endif
