/*
 * ahead.h - what an experiment knows of its run before the run has begun, so
 * that a mistake in a later section is found then and not hours later.
 */
#ifndef DC_CLI_AHEAD_H
#define DC_CLI_AHEAD_H

#include "judge/judge.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>

enum { DC_AHEAD_JUDGES = 64 };

struct dc_ahead {
    bool files; /* all is about to begin: what is read must be there, too */
    unsigned max_traces, max_tokens; /* of the run */
    unsigned min_traces;
    const char *policy; /* of the run, as written; NULL: not known */
    char label[DC_AHEAD_JUDGES][DC_JUDGE_LABEL]; /* [n_label] of the run file */
    size_t n_label;                              /* 0: not known */
};

/*
 * `--judge LABEL` as a report takes it (NULL: not given). DC_USAGE: the run
 * file will not have it.
 */
enum dc_status dc_ahead_judge(const struct dc_ahead *a, const char *typed,
                              struct dc_err *err);

/* Can such a run be replayed under that judge? DC_USAGE says why not. */
enum dc_status dc_ahead_replay(const struct dc_ahead *a, const char *typed,
                               struct dc_err *err);

#endif
