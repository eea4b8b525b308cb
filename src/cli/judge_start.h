/*
 * judge_start.h - the judge that a record asks about the start of a trace.
 */
#ifndef DC_CLI_JUDGE_START_H
#define DC_CLI_JUDGE_START_H

#include "audit/audit.h"
#include "judge/judge.h"
#include "replay/record.h"

struct dc_judge_start {
    const struct dc_judge *judge;
    bool think_opened; /* by the run's template */
};

/*
 * Fill s, and c->judge with it as argument (borrowed). DC_DATA if this program
 * has not the run's judge.
 */
enum dc_status dc_judge_start_find(const struct dc_audit_config *run,
                                   struct dc_judge_start *s,
                                   struct dc_record_cfg *c, struct dc_err *err);

#endif
