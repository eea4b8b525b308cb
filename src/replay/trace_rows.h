/*
 * trace_rows.h - the rows of the trace statistics, for trace_*.c and for the
 * figures of the same rows.
 */
#ifndef DC_REPLAY_TRACE_ROWS_H
#define DC_REPLAY_TRACE_ROWS_H

#include "replay/trace_stats.h"

/* A trace with a verdict for either side. */
struct dc_trace_row_of {
    size_t trace;    /* its index in the record */
    uint32_t prompt; /* its index in the record */
    bool refusal;
    enum dc_gold gold;
    bool has_majority; /* the prompt's is refusal or compliance */
    bool agrees;       /* with it */
};

struct dc_trace_view {
    const struct dc_record *record;
    struct dc_trace_row_of *row; /* [n] in the order of the record */
    size_t n;
};

void dc_trace_view_init(struct dc_trace_view *v, const struct dc_record *r);
void dc_trace_view_release(struct dc_trace_view *v);

/* Is it one of the statistics: decided, with traces? */
bool dc_trace_prompt_counts(const struct dc_record_prompt *p);

/* False for an undetermined verdict. */
bool dc_trace_side(enum dc_verdict v, bool *refusal);

/* Whether the row is positive; false if the target says nothing of it. */
bool dc_trace_positive(const struct dc_trace_row_of *x, enum dc_target t,
                       bool *positive);

/*
 * Scores with classes and clusters, as <deepconf/rank.h> and boot.h take them.
 * Clusters are numbered 0, 1, ... over the prompts that have a row here, so
 * that a resample draws among those.
 */
struct dc_trace_rows {
    double *score;   /* [n] oriented */
    bool *positive;  /* [n] */
    uint32_t *group; /* [n] */
    size_t n, n_groups;
};

void dc_trace_rows_init(struct dc_trace_rows *x, const struct dc_trace_view *v);
void dc_trace_rows_release(struct dc_trace_rows *x);
/* Replaces what was there. */
void dc_trace_rows_fill(struct dc_trace_rows *x, const struct dc_trace_view *v,
                        const struct dc_record_column *c, enum dc_target t,
                        enum dc_trace_scope scope);
/* The same with a row for each decision (struct dc_trace_target). */
void dc_trace_rows_decisions(struct dc_trace_rows *x,
                             const struct dc_trace_view *v,
                             const struct dc_record_column *c, enum dc_target t,
                             enum dc_trace_scope scope);
struct dc_scored dc_trace_rows_scored(const struct dc_trace_rows *x);

/* trace_auroc.c; boot may name a batch, and after that was run comes
 * dc_trace_auroc_require() */
enum dc_status dc_trace_auroc_run(const struct dc_trace_view *v,
                                  const struct dc_boot_cfg *boot,
                                  struct dc_trace_measure *m,
                                  struct dc_err *err);
/* Of cfg.classes_only. */
enum dc_status dc_trace_auroc_classes(const struct dc_trace_view *v,
                                      const struct dc_boot_cfg *boot,
                                      struct dc_trace_measure *m,
                                      struct dc_err *err);
void dc_trace_auroc_require(struct dc_trace_measure *m);
/* trace_calib.c; the values are all in 0..1 */
enum dc_status dc_trace_calib_run(const struct dc_trace_view *v,
                                  const struct dc_boot_cfg *boot,
                                  struct dc_trace_measure *m,
                                  struct dc_err *err);
/* trace_category.c */
void dc_trace_category_run(const struct dc_trace_view *v,
                           const struct dc_trace_stats_cfg *cfg,
                           struct dc_trace_measure *m);
/* trace_agree.c; runs the batch of boot, if it names one */
void dc_trace_agree_run(const struct dc_record *r,
                        const struct dc_boot_cfg *boot,
                        struct dc_trace_agreement *out);

#endif
