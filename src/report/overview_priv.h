/*
 * overview_priv.h - what overview*.c share: the page's parts while runs are
 * added, and what is kept of each run for the tables that set them side by
 * side.
 */
#ifndef DC_REPORT_OVERVIEW_PRIV_H
#define DC_REPORT_OVERVIEW_PRIV_H

#include "doc/doc.h"
#include "report/findings.h"
#include "report/overview.h"

/* Each is a document; those that are a table have it begun. */
enum dc_overview_part {
    DC_RESULTS_WEIGHTS, /* table */
    DC_RESULTS_LABELS,  /* what gold labels mean, each once */
    DC_RESULTS_DOUBTS,
    DC_RESULTS_REFUSES,  /* findings on decisions */
    DC_RESULTS_TELLS,    /* findings on confidence */
    DC_RESULTS_STOPS,    /* findings on stopping */
    DC_RESULTS_RATES,    /* table */
    DC_RESULTS_JUDGES,   /* table */
    DC_RESULTS_AUROC,    /* table */
    DC_RESULTS_CALIB,    /* table */
    DC_RESULTS_POLICIES, /* a table a run */
    DC_RESULTS_PAIRS,    /* table */
    DC_RESULTS_ERRORS,   /* what is known of the judges, each once */
    DC_RESULTS_N_PARTS
};

struct dc_overview_measure {
    char name[DC_SPEC_TEXT];
    struct dc_ratio auroc[DC_N_TRACES]; /* of right traces */
};

/* What is said of a run's set-up, each as text. */
enum dc_overview_setup {
    DC_SETUP_DATA,
    DC_SETUP_PROMPTS,
    DC_SETUP_REFUSE,
    DC_SETUP_ANSWER,
    DC_SETUP_DRAWN,
    DC_SETUP_TRACES, /* from here on said once if equal in all runs */
    DC_SETUP_TOKENS,
    DC_SETUP_TEMPERATURE,
    DC_SETUP_SEED,
    DC_SETUP_POLICY,
    DC_SETUP_JUDGE,
    DC_SETUP_CONFIDENCE,
    DC_SETUP_N
};

struct dc_overview_run {
    const char *name;
    const char *setup[DC_SETUP_N];
    bool has_sweep;
    struct dc_sweep sweep; /* its rows are a copy; no record */
    bool has_tells;
    enum dc_tells tells;
    struct dc_overview_measure *measure; /* [n_measure] */
    size_t n_measure;
};

struct dc_overview {
    struct dc_arena arena;
    struct dc_overview_run run[DC_REPORT_MAX_RUNS]; /* [n] */
    size_t n;
    struct dc_doc *part[DC_RESULTS_N_PARTS];
    bool has[DC_RESULTS_N_PARTS]; /* something was put into it */
    struct dc_buf once;           /* what is to be said once and was */
};

/* The part, to be added to. */
struct dc_doc *dc_overview_part(struct dc_overview *r,
                                enum dc_overview_part part);

/* overview_rows.c: rows and findings of a run that has been added. */
void dc_overview_rows(struct dc_overview *r, const struct dc_facts *f);
void dc_overview_begin_tables(struct dc_overview *r);

/* overview_policies.c */
void dc_overview_policies(struct dc_overview *r, const struct dc_facts *f);
/* The table over all runs. */
void dc_overview_policy_table(const struct dc_overview *r, struct dc_doc *d);
/* Begin a table with a column a run, after one that is named `first`. */
void dc_overview_begin(const struct dc_overview *r, const char *first,
                       struct dc_doc *d);
/* What stopping saves without a loss, in a sentence or two. */
void dc_overview_safe(const struct dc_overview *r, struct dc_doc *d);

#endif
