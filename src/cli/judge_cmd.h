/*
 * judge_cmd.h - the parts of `deepconf judge`; private to it.
 *
 *   cmd_judge.c      options, and which of the two ways it goes
 *   judge_stored.c   the traces of a run file
 *   judge_input.c    responses made elsewhere
 */
#ifndef DC_CLI_JUDGE_CMD_H
#define DC_CLI_JUDGE_CMD_H

#include "cli/cli.h"
#include "judge/judge.h"
#include "replay/judges.h"

#include <deepconf/status.h>

struct dc_judge_opts {
    struct dc_opt_list judge, field, key_env;
    const char *input, *out;
    int64_t slots, threads, gpu_layers;
    bool again, again_undetermined, quiet, json;
};

/* The judges that --judge names, in its order, none twice. */
struct dc_judge_list {
    struct dc_arena arena;
    const char *spec[DC_JUDGES_MAX]; /* [n] in the arena */
    char label[DC_JUDGES_MAX][DC_JUDGE_LABEL];
    size_t n;
    struct dc_judge_cfg cfg; /* to open them with */
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
