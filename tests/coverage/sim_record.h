/*
 * sim_record.h - recorded runs in memory, drawn by any policy from worlds in
 * which the truth is known.
 */
#ifndef DC_TEST_SIM_RECORD_H
#define DC_TEST_SIM_RECORD_H

#include "coverage/sim.h"
#include "replay/record.h"
#include "replay/trace_rows.h"
#include "replay/trace_stats.h"

enum { SIM_COLUMNS = 3, SIM_MIN_TRACES = 3 };

/*
 * w->n prompts of at most w->m traces, refusals where the rows of sim.h are
 * positive, drawn as the policy would draw them from SIM_MIN_TRACES on; its
 * columns are three confidences that resemble each other and have to do with
 * nothing but, by w->effect, with the verdict. A prompt's gold label is a coin.
 */
struct dc_record *sim_record_create(const struct sim_world *w,
                                    const char *policy, struct sim_rng *r);
void sim_record_free(struct dc_record *x);

/*
 * The share of such prompts whose decision by a policy that counts is not that
 * of all traces, by its exact table.
 */
double sim_changed(const struct sim_world *w, const char *policy);

#endif
