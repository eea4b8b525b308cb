/*
 * model_view.h - what `deepconf model show` prints.
 */
#ifndef DC_CLI_MODEL_VIEW_H
#define DC_CLI_MODEL_VIEW_H

#include "cli/chat_opts.h"
#include "cli/cli.h"

#include <deepconf/status.h>
#include <stdbool.h>

struct dc_model_view {
    const char *named; /* as the user wrote it */
    const char *path;
    const struct dc_chat_opts *chat;
    const char *prompt; /* the message */
    bool json;
};

/* Into cli->out. Fails as opening the model for a run does. */
enum dc_status dc_model_view(struct dc_cli *cli, const struct dc_model_view *v,
                             struct dc_err *err);

#endif
