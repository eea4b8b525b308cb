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
 * resamples first, first + 1, ... (first a multiple of DC_BOOT_LANES). A weight
 * has 16 bits. One that is larger can only come from more than 65,535 draws of
 * one cluster among n_clusters; it is asserted not to happen.
 */
enum { DC_BOOT_LANES = 16 };

struct dc_boot_lanes {
    const uint16_t *pooled; /* of all resamples; NULL: drawn when asked for */
    uint16_t *weight;
    uint32_t *drawn;
    uint32_t n_clusters;
    uint64_t seed;
};

/* One for each thread; `pooled` comes from dc_boot_pooled(). */
void dc_boot_lanes_init(struct dc_boot_lanes *l, const struct dc_boot_cfg *cfg,
                        uint32_t n_clusters, const uint16_t *pooled);
void dc_boot_lanes_release(struct dc_boot_lanes *l);
/* Borrowed until the next call. */
const uint16_t *dc_boot_lanes_at(struct dc_boot_lanes *l, uint32_t first);

/* All weights of this many clusters, drawn if they are not in cfg->pool yet;
 * NULL without a pool, and if they are too many to keep. */
const uint16_t *dc_boot_pooled(const struct dc_boot_cfg *cfg,
                               uint32_t n_clusters);

/* The weights of the rows of cluster [n] added up, lane by lane. */
static inline void dc_boot_add_rows(uint32_t sum[DC_BOOT_LANES],
                                    const uint32_t *cluster, uint32_t n,
                                    const uint16_t *weight)
{
    uint32_t acc[DC_BOOT_LANES] = {0};
    for (uint32_t i = 0; i < n; i++) {
        const uint16_t *w = weight + (size_t)cluster[i] * DC_BOOT_LANES;
        for (int l = 0; l < DC_BOOT_LANES; l++)
            acc[l] += w[l];
    }
    memcpy(sum, acc, sizeof acc);
}

/* dc_boot_require() by the groups with a positive row and with a negative one.
 */
void dc_boot_require_kinds(struct dc_boot *b, const struct dc_scored *s);

/* Rows of the group that has most; asserts that every group is < n_groups. */
uint64_t dc_boot_largest_group(const struct dc_scored *s);

/*
 * work(job, part, n_parts) for every part, each in a thread of its own. Parts
 * may write to different elements of one array, and nothing else in common.
 */
void dc_boot_parallel(void (*work)(const void *job, uint32_t part,
                                   uint32_t n_parts),
                      const void *job, uint32_t n_parts);

/*
 * dc_boot_aurc() resample by resample, in time for any sizes of the clusters;
 * dc_boot_aurc() itself differs from it by rounding.
 */
void dc_boot_aurc_plain(const struct dc_scored *s,
                        const struct dc_boot_cfg *cfg, struct dc_boot *out);

/* The statistic of each resample. */
struct dc_boot_values {
    double *x; /* [n_resamples] */
    bool *has; /* [n_resamples] */
};

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
