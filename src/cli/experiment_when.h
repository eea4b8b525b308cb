/*
 * experiment_when.h - what a suite asks of results that are there: a stage's
 * conditions, such as "pilot.savings > 0.3", and what runs have cost.
 */
#ifndef DC_CLI_EXPERIMENT_WHEN_H
#define DC_CLI_EXPERIMENT_WHEN_H

#include "cli/experiment_cells.h"
#include "results/summary.h"

/* The summary of a run file by this judge, as typed or NULL; *has false: there
 * is no run in it, and nothing to release. */
enum dc_status dc_exp_summary(const char *path, const char *judge, bool *has,
                              struct dc_summary *out, struct dc_err *err);

/* DC_DATA names the line: no condition, no such figure, no earlier stage. */
enum dc_status dc_exp_when_check(const struct dc_exp_work *of,
                                 struct dc_err *err);
/*
 * May the stage begin? *why: what does not hold, in words, in the arena; NULL:
 * all does. done [c->n]: cells that are. A condition is of every cell of the
 * stage that it names.
 */
enum dc_status dc_exp_when(const struct dc_exp_work *of, struct dc_exp_cells *c,
                           const bool *done, size_t stage, const char **why,
                           struct dc_err *err);

#endif
