/*
 * prompts_filter.h - which prompts of a run are listed (`show --prompts --only
 * WHAT`).
 */
#ifndef DC_RESULTS_PROMPTS_FILTER_H
#define DC_RESULTS_PROMPTS_FILTER_H

#include "read/run_view.h"

/* For a help text. */
#define DC_PROMPTS_ONLY_HELP                                                   \
    "with --prompts: only those with this case (TP, FN, FP, TN), this "        \
    "decision (refusal, compliance, undetermined, open), split (their traces " \
    "disagree), judges-differ (some judge of the file decides otherwise), "    \
    "differs=JUDGE, gold=refuse, answer or none, or FIELD=VALUE of "           \
    "category or a column that `run` kept; given again: and also this"

/* TP, FN, FP or TN; NULL: without a gold label, or not decided either way. */
const char *dc_prompts_case(enum dc_gold gold, const struct dc_run_vote *v);

struct dc_prompts_test;

struct dc_prompts_filter {
    struct dc_run_view *run;
    const struct dc_run_votes *by;
    struct dc_prompts_test *test; /* [n] */
    size_t n;
    bool judges; /* some test asks what other judges decide */
};

/*
 * typed [n], borrowed, as is the run, whose decisions `by` are. DC_USAGE: no
 * such word, field or judge; those that there are are named. Release also after
 * a failure.
 */
enum dc_status dc_prompts_filter_make(struct dc_run_view *run,
                                      const struct dc_run_votes *by,
                                      const char *const *typed, size_t n,
                                      struct dc_prompts_filter *out,
                                      struct dc_err *err);
void dc_prompts_filter_release(struct dc_prompts_filter *f);

/* Does every test hold of prompt ord? */
bool dc_prompts_filter_holds(const struct dc_prompts_filter *f, size_t ord);

/* The next judge of the file behind number *at (0 at first) that decides the
 * prompt otherwise; NULL: there is none left. With `judges`. */
const struct dc_run_votes *
dc_prompts_otherwise(const struct dc_prompts_filter *f, size_t ord, size_t *at);

#endif
