/*
 * claims_rule.h - between claims.c and claims_rule.c.
 */
#ifndef DC_EXCHANGE_CLAIMS_RULE_H
#define DC_EXCHANGE_CLAIMS_RULE_H

#include "exchange/claims.h"
#include "read/run_view.h"

#include <deepconf/stop.h>

/* Fill `run` of each row by its percentile, from a run file. */
enum dc_status dc_claims_count(struct dc_claims *c, const char *path,
                               struct dc_err *err);
/* The word for what that program would call the run's confidences. */
const char *dc_claims_means(const struct dc_run_view *r);

#endif
