/*
 * show.h - what `deepconf show` can print of a run file; private to cmd_show.
 */
#ifndef DC_CLI_SHOW_H
#define DC_CLI_SHOW_H

#include "base/json.h"
#include "cli/cli.h"
#include "replay/rejudge.h"
#include "store/store.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stdint.h>

struct dc_show {
    struct dc_cli *cli;
    struct dc_store *store;
    const char *file;
    const char *judge; /* label; NULL: the run's own */
    bool json;
    bool full; /* whole texts */
};

/* show_prompt.c: the traces of one prompt. DC_DATA if there is no such id. */
enum dc_status dc_show_prompt(const struct dc_show *s, const char *id,
                              struct dc_err *err);
/* show_prompts.c: one line for each prompt. */
enum dc_status dc_show_prompts(const struct dc_show *s, struct dc_err *err);

#endif
