/*
 * run_go.h - a run, from its options to its summary: of `deepconf run`, and of
 * those who go on with a run file.
 */
#ifndef DC_CLI_RUN_GO_H
#define DC_CLI_RUN_GO_H

#include "cli/cli.h"
#include "cli/run_opts.h"

#include <deepconf/status.h>

/* recalled: the prompts are those of the run file; no data file is read. */
enum dc_status dc_run_go(struct dc_cli *cli, const struct dc_run_opts *o,
                         bool recalled, struct dc_err *err);

/*
 * Go on with a run as its file says, but for what was typed: args, parsed by
 * table into `typed`. What it goes on with is said on stderr.
 */
enum dc_status dc_run_resume(struct dc_cli *cli, const struct dc_opt *table,
                             const char *file, const struct dc_run_opts *typed,
                             const struct dc_args *args, struct dc_err *err);

#endif
