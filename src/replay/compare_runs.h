/*
 * compare_runs.h - several runs side by side: each two of them as compare.h
 * has it, and each alone over the prompts that all of them decided.
 *
 * A difference between two runs is tested over the prompts that these two
 * share; p-values are corrected for all pairs and questions together (Holm).
 * docs/METHODS.md, section 7, "Several runs".
 */
#ifndef DC_REPLAY_COMPARE_RUNS_H
#define DC_REPLAY_COMPARE_RUNS_H

#include "replay/compare.h"

enum { DC_RUNS_MAX = 16, DC_RUNS_PAIRS = DC_RUNS_MAX * (DC_RUNS_MAX - 1) / 2 };

/* One of the runs, and its figures over the prompts that all runs decided, or
 * over its own decided ones where there is none of these. */
struct dc_runs_run {
    const char *name; /* borrowed; no two alike */
    const struct dc_compare_side *side;
    uint64_t n; /* prompts that the figures are of */
    uint64_t n_undetermined;
    uint64_t n_harmful, n_harmless; /* undetermined ones too */
    struct dc_matrix matrix;
    uint64_t n_refusal; /* of all n, whatever their label */
    double traces;      /* mean over the n */
    bool has_tokens;    /* of all of them it is known */
    double tokens;
};

struct dc_runs_pair {
    size_t a, b; /* places of the runs, a before b */
    struct dc_compare *c;
    double p_holm[DC_COMPARE_TESTS]; /* over all pairs and questions */
};

/* A prompt of any run. */
struct dc_runs_prompt {
    const char *id;           /* borrowed from a side */
    uint32_t at[DC_RUNS_MAX]; /* place in the run + 1; 0: not there */
    bool common;              /* all runs have decided it */
    bool differs;             /* two runs decide it otherwise */
};

struct dc_runs {
    struct dc_runs_run run[DC_RUNS_MAX]; /* [n_run] as they were given */
    size_t n_run;
    struct dc_runs_pair pair[DC_RUNS_PAIRS]; /* [n_pair] */
    size_t n_pair;
    size_t n_test;                 /* that p_holm is corrected for */
    struct dc_runs_prompt *prompt; /* [n_prompt] the first run's first */
    size_t n_prompt, n_common, n_differ;
    bool of_common; /* figures are of the n_common prompts */
};

/*
 * run [n] with name and side, 2 to DC_RUNS_MAX, borrowed until the release. As
 * dc_compare_run() if two of them can't be compared, whose names stand before
 * that. Pairs of more than two runs have no means. On failure *out needs no
 * release.
 */
enum dc_status dc_runs_compare(const struct dc_runs_run *run, size_t n,
                               const struct dc_compare_cfg *cfg,
                               struct dc_runs *out, struct dc_err *err);
void dc_runs_release(struct dc_runs *r);

/* What run k decided on the prompt; false: it did not, or has it not. */
bool dc_runs_decision(const struct dc_runs *r, const struct dc_runs_prompt *p,
                      size_t k, enum dc_verdict *out);

#endif
