/*
 * fetch_cmd.h - `deepconf model fetch`, `list`, `rm` and `deepconf data`, for
 * the commands' files: progress, and what is printed of what was fetched.
 */
#ifndef DC_CLI_FETCH_CMD_H
#define DC_CLI_FETCH_CMD_H

#include "cli/cli.h"

struct dc_fetch_cmd {
    const char *name;
    const char *sha256; /* as typed; NULL: none */
    bool quiet, json;
};
enum dc_status dc_fetch_cmd_model(struct dc_cli *cli,
                                  const struct dc_fetch_cmd *c,
                                  struct dc_err *err);
enum dc_status dc_fetch_cmd_data(struct dc_cli *cli,
                                 const struct dc_fetch_cmd *c,
                                 struct dc_err *err);

enum dc_status dc_models_list(struct dc_cli *cli, bool json,
                              struct dc_err *err);
enum dc_status dc_models_remove(struct dc_cli *cli, const char *name,
                                struct dc_err *err);

/* Append "93.8 MB", in millions of bytes. */
void dc_put_bytes(uint64_t n, struct dc_buf *out);

#endif
