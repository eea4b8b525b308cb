/*
 * groups.h - how the run's measure is spread over groups of traces (private to
 * src/plot): outlines of histograms above, boxes and means below.
 */
#ifndef DC_PLOT_GROUPS_H
#define DC_PLOT_GROUPS_H

#include "plot/figure.h"
#include "replay/trace_rows.h"

enum {
    DC_GROUPS_MAX = 4,
    DC_GROUPS_MIN_BINS = 5,
    DC_GROUPS_BINS = 40, /* at most, and one more with a cut */
    DC_GROUPS_QUANTILES = 5
};

struct dc_group {
    struct {
        const char *key;   /* in the data */
        const char *label; /* in the picture */
        int colour, point;
    } look;
    /* found by dc_groups_find() */
    uint64_t n;      /* traces */
    size_t n_prompt; /* that they are of */
    uint64_t count[DC_GROUPS_BINS + 1];
    double quantile[DC_GROUPS_QUANTILES]; /* 5, 25, 50, 75, 95 %; with n > 0 */
    struct dc_boot mean;
};

struct dc_groups {
    struct dc_group group[DC_GROUPS_MAX];
    size_t n_group;
    bool labelled; /* traces without a gold label are in no group */
    bool has_cut;  /* a line, and an edge of bins, at the categories' cut */
    /* Which group a row is in; false: in none. */
    bool (*group_of)(const struct dc_trace_measure *m,
                     const struct dc_trace_row_of *row, uint8_t *group);
    /* found by dc_groups_begin() */
    const struct dc_trace_measure *measure;
    double level; /* of the intervals */
    /* found by dc_groups_find() */
    double lo, hi; /* of the bins; hi > lo, of the values without a cut */
    size_t n_bin;
    uint64_t n_row; /* in all groups */
};

/* Values of traces, prompt after prompt. */
struct dc_groups_rows {
    double *value;    /* [n] as the measure has it */
    uint8_t *group;   /* [n] */
    uint32_t *prompt; /* [n] ascending */
    size_t n;
};
void dc_groups_rows_init(struct dc_groups_rows *x, size_t most);
void dc_groups_rows_add(struct dc_groups_rows *x, double value, uint32_t prompt,
                        uint8_t group);
void dc_groups_rows_release(struct dc_groups_rows *x);

/*
 * Bins are of equal width from lo to hi, the last one closed; as many as
 * Freedman and Diaconis (1981) have for the values of all groups and the size
 * of a group on average, DC_GROUPS_MIN_BINS to DC_GROUPS_BINS: with more, few
 * traces make peaks of noise. Means resample the prompts that have a row in
 * any group.
 */
void dc_groups_find(struct dc_groups *g, const struct dc_groups_rows *x,
                    const struct dc_boot_cfg *boot);

/*
 * Begin a figure of the run's own measure: its head, and "confidence" in its
 * data. False without statistics of traces, and then f says why; f->empty is
 * set also if no trace has a value.
 */
bool dc_groups_begin(struct dc_groups *g, const struct dc_plot_src *src,
                     struct dc_fig *f);
/* The last pixel of it comes back. */
double dc_groups_draw(struct dc_fig *f, const struct dc_groups *g);

#endif
