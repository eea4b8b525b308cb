/*
 * run_budgets.h - what `deepconf budgets` prints, at the end of `run
 * --compare`.
 */
#ifndef DC_CLI_RUN_BUDGETS_H
#define DC_CLI_RUN_BUDGETS_H

#include "cli/cli.h"

/* Of the run file, which nobody writes any more; policy: as --stop has it. */
enum dc_status dc_budgets_of_run(struct dc_cli *cli, const char *file,
                                 const char *policy, struct dc_err *err);

#endif
