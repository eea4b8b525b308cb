/*
 * judge_start.h - the judge that a report is asked for (--judge), and the one
 * that a record asks about the start of a trace.
 */
#ifndef DC_RESULTS_JUDGE_START_H
#define DC_RESULTS_JUDGE_START_H

#include "judge/judge.h"
#include "read/run_view.h"
#include "replay/record.h"

/* What --judge names: a label of the file, or NAME=FILE, which has one. */
struct dc_judge_pick {
    const char *label; /* NULL: the run's own judge */
    const char *spec;  /* to open it by: a label without a file is one */
    char made[DC_JUDGE_LABEL];
};
/* typed: NULL if the option was not given; borrowed. *out stays in place. */
enum dc_status dc_judge_pick(const char *typed, struct dc_judge_pick *out,
                             struct dc_err *err);
/* The help of the option. */
#define DC_JUDGE_PICK_HELP                                                     \
    "report under this judge of the run file instead of the run's own: its "   \
    "label, as `deepconf judge FILE` lists them"

struct dc_judge_start {
    struct dc_judge *judge; /* open; NULL: not needed */
    bool think_opened;      /* by the run's template */
};

/*
 * Open the judge that c->judged names (NULL: the run's) as s, and fill c->judge
 * with s as argument (borrowed). DC_DATA if it can't be had in the version of
 * its verdicts in the file, or asks a language model. Close s also after a
 * failure.
 */
enum dc_status dc_judge_start_open(struct dc_run_view *run,
                                   const struct dc_judge_pick *pick,
                                   struct dc_judge_start *s,
                                   struct dc_record_cfg *c, struct dc_err *err);
void dc_judge_start_close(struct dc_judge_start *s);

#endif
