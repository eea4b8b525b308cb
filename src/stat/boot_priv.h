/*
 * boot_priv.h - what every bootstrap shares: draws, threads, the interval.
 */
#ifndef DC_STAT_BOOT_PRIV_H
#define DC_STAT_BOOT_PRIV_H

#include <deepconf/boot.h>
#include <string.h>

/* The clusters of one resample, as drawn: cluster [n], each < n. The plain one
 * gives the same integers without any particular instruction set. */
void dc_boot_draw(uint64_t seed, uint32_t resample, uint32_t n,
                  uint32_t *cluster);
void dc_boot_draw_plain(uint64_t seed, uint32_t resample, uint32_t n,
                        uint32_t *cluster);

/*
 * Several resamples in one pass: weight [n_clusters][DC_BOOT_LANES] of the
 * resamples first, first + 1, ... (first a multiple of DC_BOOT_LANES). The
 * weights of a cluster are a line of the processor's cache, as rows are looked
 * at in an order in which their clusters lie anywhere. A weight has 8 bits. One
 * that is larger can only come from more than 255 draws of one cluster among as
 * many or more, which has a chance of 1 in 255!; it is asserted not to happen.
 */
enum { DC_BOOT_LANES = 64 };

/*
 * A pass over rows in the order of their scores looks at weights that lie
 * anywhere: those of rows to come are asked for ahead. Arrays of clusters have
 * so many elements more, which name a cluster and are not counted.
 */
enum { DC_BOOT_AHEAD = 16 };

#if defined(__x86_64__)
#define DC_BOOT_AVX2 __attribute__((target("avx2")))
#define DC_BOOT_HAS_AVX2() __builtin_cpu_supports("avx2")
#else
#define DC_BOOT_AVX2
#define DC_BOOT_HAS_AVX2() 0
#endif
#define DC_BOOT_INLINE static inline __attribute__((always_inline))

/*
 * The pass of a dc_boot_ops from `of`, a DC_BOOT_INLINE of the same parameters,
 * which is compiled for AVX2 too. Integers are the same; so are doubles, as
 * nothing is contracted.
 */
#define DC_BOOT_PASS(pass, of)                                                 \
    DC_BOOT_AVX2 static void pass##_avx2(                                      \
        const void *data, const uint8_t *weight, struct dc_boot_block *out)    \
    {                                                                          \
        of(data, weight, out);                                                 \
    }                                                                          \
    static void pass(const void *data, const uint8_t *weight,                  \
                     struct dc_boot_block *out)                                \
    {                                                                          \
        if (DC_BOOT_HAS_AVX2())                                                \
            pass##_avx2(data, weight, out);                                    \
        else                                                                   \
            of(data, weight, out);                                             \
    }

/* The weights of the rows of cluster [n] added up, lane by lane. */
DC_BOOT_INLINE void dc_boot_add_rows(uint32_t sum[DC_BOOT_LANES],
                                     const uint32_t *cluster, uint32_t n,
                                     const uint8_t *weight)
{
    uint32_t acc[DC_BOOT_LANES] = {0};
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *w = weight + (size_t)cluster[i] * DC_BOOT_LANES;
        __builtin_prefetch(weight +
                           (size_t)cluster[i + DC_BOOT_AHEAD] * DC_BOOT_LANES);
        for (int l = 0; l < DC_BOOT_LANES; l++)
            acc[l] += w[l];
    }
    memcpy(sum, acc, sizeof acc);
}

/* What dc_boot_require() asks for. */
struct dc_boot_kinds {
    size_t n_with, n_without;
};
/* The groups with a positive row and those with a negative one. */
struct dc_boot_kinds dc_boot_kinds_of(const struct dc_scored *s);

/* dc_boot_run() of data that the bootstrap frees, with the kinds that are
 * required. */
struct dc_boot_owned {
    struct dc_boot_stat stat;
    void *mine;                  /* the bootstrap's own, or NULL */
    void (*release)(void *mine); /* with mine */
    size_t n_clusters, bytes;
    bool has_kinds; /* false: every cluster is one */
    struct dc_boot_kinds kinds;
};
void dc_boot_run_owned(const struct dc_boot_owned *o,
                       const struct dc_boot_cfg *cfg, struct dc_boot *out);

/* Rows of the group that has most; asserts that every group is < n_groups. */
uint64_t dc_boot_largest_group(const struct dc_scored *s);

/* The statistic of each resample. */
struct dc_boot_values {
    double *x; /* [n_resamples] */
    bool *has; /* [n_resamples] */
};

/* The statistic in the resamples of one pass. */
struct dc_boot_block {
    double x[DC_BOOT_LANES];
    bool has[DC_BOOT_LANES];
};

/* How a statistic is computed, of data that nobody else knows. */
struct dc_boot_ops {
    /* By several threads at once. */
    void (*pass)(const void *data, const uint8_t *weight,
                 struct dc_boot_block *out);
    /* With all resamples: fill what was asked for, and free the data. */
    void (*end)(void *data, struct dc_boot_values *v,
                const struct dc_boot_cfg *cfg);
};

/* A bootstrap that was asked for. */
struct dc_boot_job {
    struct dc_boot_cfg cfg;
    const struct dc_boot_ops *ops;
    void *data; /* owned */
    uint32_t n_clusters;
    size_t bytes;            /* of data, or so */
    struct dc_boot_values v; /* while it is computed */
};

/* Compute it, or note it in the batch of its cfg; takes ownership of its data.
 */
void dc_boot_submit(struct dc_boot_job j);
/* Resamples that a batch has drawn so far, whatever number of statistics
 * looked at each. */
uint64_t dc_boot_batch_drawn(const struct dc_boot_batch *b);

/*
 * dc_boot_aurc() resample by resample, in time for any sizes of the clusters;
 * dc_boot_aurc() itself differs from it by rounding.
 */
void dc_boot_aurc_plain(const struct dc_scored *s,
                        const struct dc_boot_cfg *cfg, struct dc_boot *out);

void dc_boot_values_init(struct dc_boot_values *v,
                         const struct dc_boot_cfg *cfg);
void dc_boot_values_release(struct dc_boot_values *v);

/*
 * Fill everything of out from out->value, out->n_clusters and the resamples.
 * Reorders v->x.
 */
void dc_boot_finish(struct dc_boot_values *v, const struct dc_boot_cfg *cfg,
                    struct dc_boot *out);

#endif
