/*
 * stats_runs.h - `deepconf stats A B... --question compliance-risk`: the
 * question to several runs, a row each.
 */
#ifndef DC_CLI_STATS_RUNS_H
#define DC_CLI_STATS_RUNS_H

#include "cli/open_run.h"
#include "replay/risky.h"

struct dc_stats_runs {
    const char *judge, *measure; /* as typed; NULL: each run's */
    struct dc_risky_cfg how;
    bool json;
};

/* args: at most DC_RISKY_RUNS_MAX. DC_USAGE: one of them twice. */
enum dc_status dc_stats_runs(struct dc_cli *cli, const struct dc_args *args,
                             const struct dc_stats_runs *o, struct dc_err *err);

#endif
