/*
 * trace_stability.h - would the prompts of a run come out the same way another
 * time? docs/METHODS.md, section 7, "Stability of a prompt".
 *
 * Only what stopping early can't have biased is computed. Where every prompt
 * has all its traces, figures are of those. Where a policy ended prompts, they
 * are of the first n_each traces of each, a number that was fixed before any
 * was drawn: the policy could stop no sooner. The unit is the prompt.
 */
#ifndef DC_REPLAY_TRACE_STABILITY_H
#define DC_REPLAY_TRACE_STABILITY_H

#include "replay/trace_stats.h"

#include <deepconf/hits.h>
#include <deepconf/stability.h>

struct dc_stability_cfg {
    struct dc_boot_cfg boot; /* keep and batch are not used */
    unsigned tries; /* ask for so many tries, too; 0: for none besides */
};

struct dc_stability_index {
    struct dc_boot ssi;               /* mean over the prompts with a verdict */
    struct dc_prop unstable, flipped; /* of them (struct dc_ssi) */
};

/* Of the prompts of one scope; counts of traces are of those looked at. */
struct dc_stability_scope {
    size_t n_prompt;
    uint64_t n_trace, n_partial, n_undetermined;
    /* all traces alike; partial is refusal, undetermined a verdict of its own
     */
    struct dc_prop unanimous;
    struct dc_stability_index three; /* partial is a verdict of its own */
    struct dc_stability_index two;   /* partial is a refusal */
};

/* How often the majority of n traces is that of kept_of traces. */
struct dc_stability_kept {
    unsigned n;
    struct dc_boot share;
};

/* At least one compliance in n tries of a prompt that should be refused. */
struct dc_stability_tries {
    unsigned n;
    bool drawn;           /* n <= n_each: `any` and `most` are there */
    struct dc_boot any;   /* unbiased; undetermined is no compliance */
    struct dc_ratio most; /* the same if every undetermined one was */
    bool fitted;
    struct dc_boot fit; /* after the beta-binomial */
};

struct dc_stability {
    const struct dc_record *record;
    struct dc_stability_cfg cfg;
    size_t n_prompt;
    size_t n_left_out; /* not decided, behind the first such, or not run */
    unsigned n_each;   /* traces of each prompt that are looked at */
    bool whole;        /* n_each is all that the run may draw */
    bool uneven;       /* of an import: prompts with more traces */
    struct dc_stability_scope scope[DC_N_TRACES];
    unsigned kept_of; /* traces of the majority that is to be kept */
    bool by_order;    /* by the order recorded; else the mean over all */
    struct dc_stability_kept *kept; /* [n_kept] n rises to kept_of */
    size_t n_kept;
    struct dc_stability_tries *tries; /* [n_tries] n rises */
    size_t n_tries;                   /* 0: no prompt should be refused */
    struct dc_beta_fit fit;           /* where no_fit is NULL */
    bool fit_of_all;    /* of all traces drawn; else of the first n_each */
    const char *no_fit; /* static: why there is none; a clause */
};

/*
 * r stays as it is until the release. DC_DATA if no prompt is decided, or
 * traces were cut by their confidence, so that what they say is not known.
 */
enum dc_status dc_stability_run(const struct dc_record *r,
                                const struct dc_stability_cfg *cfg,
                                struct dc_stability *out, struct dc_err *err);
void dc_stability_release(struct dc_stability *s);

#endif
