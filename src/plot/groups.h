/*
 * groups.h - how a measure is spread over groups of traces (private to
 * src/plot): outlines of histograms above, boxes and means below.
 */
#ifndef DC_PLOT_GROUPS_H
#define DC_PLOT_GROUPS_H

#include "plot/figure.h"

enum {
    DC_GROUPS_MAX = 4,
    DC_GROUPS_MIN_BINS = 5,
    DC_GROUPS_BINS = 40, /* at most */
    DC_GROUPS_QUANTILES = 5
};

/* Of 5, 25, 50, 75 and 95 %. */
extern const double dc_groups_quantile[DC_GROUPS_QUANTILES];

struct dc_group {
    const char *key;   /* in the data */
    const char *label; /* in the picture */
    int colour, point;
    /* found by dc_groups_find() */
    uint64_t n;      /* traces */
    size_t n_prompt; /* that they are of */
    uint64_t count[DC_GROUPS_BINS];
    double quantile[DC_GROUPS_QUANTILES]; /* with n > 0 */
    struct dc_boot mean;
};

struct dc_groups {
    struct dc_group group[DC_GROUPS_MAX];
    size_t n_group;
    double lo, hi; /* of all values; hi > lo */
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

struct dc_groups_look {
    double y, h; /* pixels, of the histograms alone */
    const struct dc_measure_spec *measure;
    double level; /* of the intervals */
    bool has_cut;
    double cut; /* a line */
};
/* The last pixel of it comes back. */
double dc_groups_draw(struct dc_fig *f, const struct dc_groups *g,
                      const struct dc_groups_look *how);
json_t *dc_groups_json(const struct dc_groups *g);

/* False, and the figure says why, if there are no statistics of traces. */
bool dc_plot_needs_stats(const struct dc_plot_src *src, struct dc_fig *f);
/* The same for the sweep. */
bool dc_plot_needs_sweep(const struct dc_plot_src *src, struct dc_fig *f);
/* The index in stats of the run's own measure. */
size_t dc_plot_own_measure(const struct dc_plot_src *src);

#endif
