/*
 * boot_priv.h - what every bootstrap shares: draws, threads, the interval.
 */
#ifndef DC_STAT_BOOT_PRIV_H
#define DC_STAT_BOOT_PRIV_H

#include <deepconf/boot.h>

/* The clusters of one resample, as drawn: cluster [n], each < n. */
void dc_boot_draw(uint64_t seed, uint32_t resample, uint32_t n,
                  uint32_t *cluster);

/*
 * work(job, part, n_parts) for every part, each in a thread of its own. Parts
 * may write to different elements of one array, and nothing else in common.
 */
void dc_boot_parallel(void (*work)(const void *job, uint32_t part,
                                   uint32_t n_parts),
                      const void *job, uint32_t n_parts);

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
