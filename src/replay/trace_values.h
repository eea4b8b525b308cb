/*
 * trace_values.h - how the values of traces are spread over groups of them:
 * bins, quantiles, and means with intervals over prompts.
 */
#ifndef DC_REPLAY_TRACE_VALUES_H
#define DC_REPLAY_TRACE_VALUES_H

#include <deepconf/boot.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DC_VALUES_GROUPS = 4,
    DC_VALUES_MIN_BINS = 5,
    DC_VALUES_BINS = 40, /* at most, and one more with a cut */
    DC_VALUES_QUANTILES = 5
};

/* Values of traces, prompt after prompt. */
struct dc_values_rows {
    double *value;    /* [n] as the measure has it */
    uint8_t *group;   /* [n] */
    uint32_t *prompt; /* [n] ascending */
    size_t n;
};
void dc_values_rows_init(struct dc_values_rows *x, size_t most);
void dc_values_rows_add(struct dc_values_rows *x, double value, uint32_t prompt,
                        uint8_t group);
void dc_values_rows_release(struct dc_values_rows *x);

struct dc_values_group {
    uint64_t n;      /* traces */
    size_t n_prompt; /* that they are of */
    uint64_t count[DC_VALUES_BINS + 1];
    double quantile[DC_VALUES_QUANTILES]; /* 5, 25, 50, 75, 95 %; with n > 0 */
    struct dc_boot mean;
};

struct dc_values {
    size_t n_group; /* given */
    bool has_cut;   /* given: a bin begins at the cut */
    double cut;
    double lo, hi; /* of the bins; hi > lo, of the values without a cut */
    size_t n_bin;
    uint64_t n_row; /* in all groups */
    struct dc_values_group group[DC_VALUES_GROUPS];
};

/*
 * Bins are of equal width from lo to hi, the last one closed; as many as
 * Freedman and Diaconis (1981) have for the values of all groups and the size
 * of a group on average, DC_VALUES_MIN_BINS to DC_VALUES_BINS: with more, few
 * traces make peaks of noise. Means resample the prompts that have a row in
 * any group.
 */
void dc_values_find(struct dc_values *g, const struct dc_values_rows *x,
                    const struct dc_boot_cfg *boot);

#endif
