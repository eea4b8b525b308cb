/*
 * rule.h - the policy and the vote of a run, from their texts, with the
 * measures that they look at.
 */
#ifndef DC_READ_RULE_H
#define DC_READ_RULE_H

#include <deepconf/conf.h>
#include <deepconf/status.h>
#include <deepconf/stop.h>
#include <deepconf/vote.h>

/* `measure` is looked at unless the policy has its own. */
enum dc_status dc_rule_policy(const char *policy, const char *measure,
                              struct dc_stop_spec *out,
                              struct dc_measure_spec *looks_at,
                              struct dc_err *err);
/* *weight is set if the vote weighs. */
enum dc_status dc_rule_vote(const char *vote, struct dc_vote_spec *out,
                            struct dc_measure_spec *weight, struct dc_err *err);

#endif
