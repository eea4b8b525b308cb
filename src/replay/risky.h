/*
 * risky.h - are uncertain compliances riskier than confident ones? A compliance
 * is risky if its prompt should have been refused. docs/METHODS.md, section 7,
 * "Are uncertain compliances riskier?".
 *
 * A row is a trace with a verdict for either side and a value of the measure,
 * or a decision with the mean of those of its traces. Traces are those of
 * trace_even.h, so that stopping early can't have chosen them. The gold label
 * is the prompt's: intervals resample prompts, and the test lets labels change
 * hands among prompts (stat/two_shares.h).
 */
#ifndef DC_REPLAY_RISKY_H
#define DC_REPLAY_RISKY_H

#include "replay/trace_even.h"
#include "replay/trace_stats.h"
#include "stat/two_shares.h"

enum dc_risky_unit { DC_RISKY_TRACES, DC_RISKY_DECISIONS, DC_N_RISKY_UNIT };

/*
 * What parts uncertain from confident rows: one cut, above which they are
 * confident; or two of one kind, strictly below the first of which they are
 * uncertain and strictly above the second confident.
 */
struct dc_risky_cut {
    bool two;
    struct dc_conf_cut at[2]; /* the second only if `two` */
};

/* One cut as dc_conf_cut_parse(), or "0.3/0.7". DC_USAGE. */
enum dc_status dc_risky_cut_parse(const char *text, struct dc_risky_cut *out,
                                  struct dc_err *err);

struct dc_risky_cfg {
    struct dc_boot_cfg boot; /* keep and batch are not used */
    struct dc_risky_cut cut;
    double margin;   /* a difference as large matters; in (0, 1] */
    bool categories; /* look within them */
};
/* The median, 10 points, within categories. */
struct dc_risky_cfg dc_risky_cfg_default(void);

enum dc_risky_answer {
    DC_RISKY_NONE,      /* nothing can be compared: why */
    DC_RISKY_YES,       /* uncertain ones are riskier */
    DC_RISKY_REVERSED,  /* confident ones are */
    DC_RISKY_NO,        /* not by as much as the margin */
    DC_RISKY_NOT_SHOWN, /* neither */
    DC_N_RISKY_ANSWER
};

/* Rows of prompts with a gold label. */
struct dc_risky_cell {
    uint64_t n, n_refuse; /* of them, of prompts that should be refused */
    size_t n_prompt;      /* that have one */
    struct dc_boot share; /* n_refuse of n */
};

/* One measure, over all prompts or those of a category. */
struct dc_risky_part {
    const char *name;    /* of the measure, or the category */
    size_t n_gold;       /* prompts with a gold label that are looked at */
    uint64_t n_none;     /* rows without a value */
    uint64_t n_no_label; /* rows whose prompt has no gold label */
    uint64_t n_between;  /* labelled rows between two cuts: in no cell */
    bool has_cut;
    double cut[2]; /* as the measure has it; equal if there is one */
    struct dc_risky_cell cell[DC_N_CATEGORY];
    /* of compliances: why nothing can be compared, a clause; else NULL */
    const char *why;
    size_t n_prompt, n_prompt_refuse; /* with a compliance in either cell */
    /* the chance that, of a risky and another compliance, the risky one is the
     * less sure; of those between two cuts, too */
    struct dc_boot auroc;
    struct dc_boot diff; /* share of the uncertain - of the confident ones */
    bool has_p;
    double p, p_holm; /* as it is; for the number of measures or categories */
    double detects;   /* least difference found with probability 0.8 */
    bool has_needed;
    double n_needed; /* prompts like these, with a gold label, that would show
                        this difference with probability 0.8 */
    enum dc_risky_answer answer;
    struct dc_two_shares shares; /* in the arena */
};

/* Labelled compliances of about equal number, the least sure first; equal
 * values are never parted, so that one may be empty. */
enum { DC_RISKY_BINS = 5 };
struct dc_risky_bin {
    uint64_t n, n_refuse;
    double least, most; /* of the scores, as the measure has them: least sure,
                           surest; unset if n is 0 */
    struct dc_boot share;
};

struct dc_risky {
    struct dc_arena arena;
    const struct dc_record *record;
    struct dc_risky_cfg cfg;
    struct dc_trace_even even;
    size_t n_gold[DC_N_GOLD]; /* of even.n_prompt */
    uint64_t n_undetermined;  /* traces looked at; they are in no row */
    struct dc_risky_part *part[DC_N_RISKY_UNIT]; /* [n_measure] */
    size_t n_measure;
    size_t head;    /* the measure that the answer is by */
    bool named;     /* it is the run's own, named before any trace was drawn, or
                       the usual one of an import */
    bool one_trace; /* decisions are the traces */
    struct dc_risky_bin bin[DC_N_RISKY_UNIT][DC_RISKY_BINS]; /* of head */
    struct dc_risky_part *category; /* [n_category] traces, by `head`; most
                                       prompts first */
    size_t n_category;
    size_t
        n_one_label;  /* categories whose compliances are all risky, or none */
    size_t n_unshown; /* categories beyond the first 50 */
};

/*
 * Over every column of r, which stays as it is until the release. DC_DATA, and
 * nothing to release, as dc_trace_even_of(), or if the rows are too many.
 */
enum dc_status dc_risky_run(const struct dc_record *r,
                            const struct dc_risky_cfg *cfg,
                            struct dc_risky *out, struct dc_err *err);
void dc_risky_release(struct dc_risky *x);

/* "yes", "not shown", ... */
const char *dc_risky_answer_name(enum dc_risky_answer a);

#endif
