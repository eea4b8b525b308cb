/*
 * trace_stats.h - what the confidence of single traces says, over one recorded
 * run: discrimination, calibration, the four categories, and how far the traces
 * of a prompt agree. docs/METHODS.md, section 7, "What `stats` computes".
 *
 * A row is a trace with a verdict for refusal (a partial one too) or
 * compliance, of a prompt that is decided; undetermined traces are counted and
 * left out. Rows of one prompt resemble each other, so every interval resamples
 * prompts. Measures are oriented: larger is surer, whatever the measure.
 */
#ifndef DC_REPLAY_TRACE_STATS_H
#define DC_REPLAY_TRACE_STATS_H

#include "replay/record.h"

#include <deepconf/agree.h>
#include <deepconf/boot.h>
#include <deepconf/calib.h>
#include <deepconf/rank.h>

/* What a surer trace might tell: "positive" of each. */
enum dc_target {
    DC_TARGET_CORRECT,  /* the verdict is what the gold label asks for */
    DC_TARGET_REFUSAL,  /* the verdict is refusal */
    DC_TARGET_MAJORITY, /* the verdict is that of the majority of all traces
                           recorded of the prompt, itself among them */
    DC_N_TARGET
};

/* The traces of all prompts, or of those with one gold label. */
enum dc_trace_scope {
    DC_TRACES_ALL,
    DC_TRACES_TO_REFUSE,
    DC_TRACES_TO_ANSWER,
    DC_N_TRACES
};

/* ---- how ---- */

enum dc_conf_cut_kind {
    DC_CONF_CUT_MEDIAN,
    DC_CONF_CUT_PERCENTILE,
    DC_CONF_CUT_VALUE
};

/* A trace is confident if its oriented measure lies strictly above the cut. */
struct dc_conf_cut {
    enum dc_conf_cut_kind kind;
    double x; /* the percentile, of the oriented measure over the rows; or the
                 value, as the measure has it, not oriented */
};

struct dc_trace_stats_cfg {
    struct dc_boot_cfg boot; /* keep and batch are not used */
    struct dc_conf_cut cut;
    /* of each measure the AUROC of DC_TARGET_CORRECT inside the gold classes,
     * as it is otherwise, and nothing else */
    bool classes_only;
};

/* "median", "75%", or a value. DC_USAGE. */
enum dc_status dc_conf_cut_parse(const char *text, struct dc_conf_cut *out,
                                 struct dc_err *err);

/* ---- discrimination ---- */

struct dc_trace_auroc {
    uint64_t n_positive, n_negative;
    struct dc_boot auroc;
};

/* Pairs of two traces of one prompt, one positive and one negative. */
struct dc_trace_within {
    size_t n_prompt; /* that have such a pair */
    uint64_t n_pair;
    struct dc_boot pooled; /* every pair alike */
    struct dc_ratio mean;  /* every such prompt alike */
};

struct dc_trace_target {
    struct dc_trace_auroc scope[DC_N_TRACES];
    struct dc_trace_within within;
    /*
     * The same of decisions, not of DC_TARGET_MAJORITY: a row is a prompt
     * decided for either side, with the mean of the oriented measure over its
     * rows; it is positive if its decision is what the target asks of a verdict
     */
    bool has_decision;
    struct dc_trace_auroc decision[DC_N_TRACES];
    bool has_risk; /* not of DC_TARGET_REFUSAL; negative means wrong */
    struct dc_risk risk;
    double risk_half; /* of the surest half */
    struct dc_boot aurc;
};

/* ---- calibration: the measure as the probability of a target ---- */

struct dc_trace_calib {
    bool has; /* false: the measure is no probability, or a value isn't one */
    struct dc_calib width, mass;
    struct dc_calib_noise noise_width, noise_mass; /* in their ECE */
    struct dc_boot brier;
};

/* ---- categories ---- */

enum dc_category {
    DC_CONFIDENT_REFUSAL,
    DC_CONFIDENT_COMPLIANCE,
    DC_UNCERTAIN_REFUSAL,
    DC_UNCERTAIN_COMPLIANCE,
    DC_N_CATEGORY
};

struct dc_trace_category {
    uint64_t n;                    /* rows */
    uint64_t n_scope[DC_N_TRACES]; /* all, and by gold label */
    uint64_t n_right;              /* of those with a gold label */
    struct dc_boot right;
};

struct dc_trace_categories {
    bool has;       /* false: no row has a value */
    double cut;     /* as the measure has it, not oriented */
    bool in_sample; /* found from the rows it divides */
    struct dc_trace_category category[DC_N_CATEGORY];
};

/* "confident_refusal", ... */
const char *dc_category_name(enum dc_category c);

/* ---- agreement of the traces of a prompt ---- */

enum { DC_TRACE_LABELS = 3 }; /* refusal, compliance, undetermined */

struct dc_trace_agreement {
    struct dc_agreement all; /* values; unanimous with its interval */
    struct dc_boot observed, alpha, fleiss, entropy;
    double *prompt_entropy; /* [record.n_prompt] nats; 0 where !has_entropy */
    bool *has_entropy;      /* [record.n_prompt] at least two traces */
};

/* ---- all of it ---- */

struct dc_trace_measure {
    const struct dc_record_column *column;
    uint64_t n_none;      /* rows without a value */
    uint64_t n_outside;   /* values outside the measure's range */
    double first_outside; /* if there are any */
    bool probability;     /* its declared range is 0 to 1 */
    struct dc_trace_target target[DC_N_TARGET];
    struct dc_trace_calib calib[DC_N_TARGET]; /* not of DC_TARGET_REFUSAL */
    struct dc_trace_categories categories;
};

struct dc_trace_stats {
    const struct dc_record *record;
    struct dc_trace_stats_cfg cfg;
    size_t n_prompt;                /* decided, with traces */
    size_t n_left_out;              /* not decided, or could not run */
    size_t n_short;                 /* of n_prompt, not drawn to all K traces */
    size_t n_gold[DC_N_TRACES];     /* of n_prompt, all, and by gold label */
    uint64_t n_row, n_undetermined; /* traces */
    /* [n_measure] one per column, in their order; but the first is one that a
     * trace has a value of, if there is one */
    struct dc_trace_measure *measure;
    size_t n_measure;
    struct dc_trace_agreement agreement;
};

/*
 * Ask for the columns of all measures, that of the run (`own`) first: it may be
 * one of other parameters.
 */
enum dc_status dc_trace_stats_want(struct dc_record_cfg *c, const char *own,
                                   struct dc_err *err);

/*
 * Over every column of r, which stays as it is until the release. DC_DATA if no
 * prompt is decided or the rows are too many (boot.h).
 */
enum dc_status dc_trace_stats_run(const struct dc_record *r,
                                  const struct dc_trace_stats_cfg *cfg,
                                  struct dc_trace_stats *out,
                                  struct dc_err *err);
void dc_trace_stats_release(struct dc_trace_stats *s);

#endif
