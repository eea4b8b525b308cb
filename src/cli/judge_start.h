/*
 * judge_start.h - the judge that a record asks about the start of a trace.
 */
#ifndef DC_CLI_JUDGE_START_H
#define DC_CLI_JUDGE_START_H

#include "audit/audit.h"
#include "replay/record.h"

/* Fill c->judge and its argument. DC_DATA if there is no such judge here. */
enum dc_status dc_judge_start_find(const char *name, struct dc_record_cfg *c,
                                   struct dc_err *err);

#endif
