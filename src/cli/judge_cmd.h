/*
 * judge_cmd.h - the parts of `deepconf judge`; private to it.
 *
 *   cmd_judge.c      options, and which of the two ways it goes
 *   judge_what.c     what is judged: the traces of a run file, or
 *                    responses made elsewhere
 */
#ifndef DC_CLI_JUDGE_CMD_H
#define DC_CLI_JUDGE_CMD_H

#include "cli/cli.h"
#include "judging/judging.h"

#include <deepconf/status.h>

struct dc_judge_opts {
    struct dc_opt_list judge, field, key_env;
    const char *input, *out;
    int64_t slots, threads, gpu_layers;
    bool again, again_undetermined, quiet, json;
};

/* Judge what is stored, then append the table of all judges. */
enum dc_status dc_judge_stored(struct dc_cli *cli,
                               const struct dc_judge_opts *o,
                               const struct dc_judge_list *list,
                               const char *file, struct dc_err *err);

/* Judge the rows of o->input. */
enum dc_status dc_judge_input(struct dc_cli *cli, const struct dc_judge_opts *o,
                              const struct dc_judge_list *list,
                              struct dc_err *err);

#endif
