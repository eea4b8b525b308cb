/*
 * judge_start.h - the judge that a record asks about the start of a trace.
 */
#ifndef DC_CLI_JUDGE_START_H
#define DC_CLI_JUDGE_START_H

#include "audit/audit.h"
#include "judge/judge.h"
#include "replay/record.h"

struct dc_judge_start {
    struct dc_judge *judge; /* open; NULL: not needed */
    bool think_opened;      /* by the run's template */
};

/*
 * Open s, and fill c->judge with it as argument (borrowed). DC_DATA if the
 * run's judge can't be had in the run's version. Close s also after a failure.
 */
enum dc_status dc_judge_start_open(const struct dc_audit_config *run,
                                   struct dc_judge_start *s,
                                   struct dc_record_cfg *c, struct dc_err *err);
void dc_judge_start_close(struct dc_judge_start *s);

#endif
