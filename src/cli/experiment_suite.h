/*
 * experiment_suite.h - the cells of a suite, done one after the other as far as
 * conditions and the budget allow; then the runs on the same data compared.
 */
#ifndef DC_CLI_EXPERIMENT_SUITE_H
#define DC_CLI_EXPERIMENT_SUITE_H

#include "cli/experiment_cells.h"

/* Conditions, the budget and the keys of `compare`. DC_DATA with the line. */
enum dc_status dc_suite_check(const struct dc_exp_work *of, struct dc_err *err);
/* What would be done: the cells with their files, before anything is. */
enum dc_status dc_suite_dry(const struct dc_exp_work *of,
                            struct dc_exp_cells *c, struct dc_err *err);
enum dc_status dc_suite_do(const struct dc_exp_work *of, struct dc_exp_cells *c,
                           struct dc_err *err);

#endif
