/*
 * run_source.h - where a run's traces come from: a backend, its model or its
 * servers, and whether it can give what the run asks for.
 */
#ifndef DC_CLI_RUN_SOURCE_H
#define DC_CLI_RUN_SOURCE_H

#include "cli/progress.h"
#include "cli/run_opts.h"

/*
 * The backend that the options name, or that follows from them, and its
 * servers: p->ops, p->servers, p->backend.server. DC_USAGE also for options
 * that have no meaning there, such as the threads of a server.
 */
enum dc_status dc_run_source_find(const struct dc_run_opts *o,
                                  struct dc_run_plan *p, struct dc_err *err);

/* The model as the backend is to be given it: p->backend. */
enum dc_status dc_run_source_model(const struct dc_run_opts *o,
                                   struct dc_run_plan *p, struct dc_err *err);

/*
 * Can the measures that policy and vote look at be made of these parts of a
 * token, enum dc_token_part? DC_USAGE names the option, and the measures that
 * can.
 */
enum dc_status dc_run_source_parts(const struct dc_run_plan *p, unsigned parts,
                                   struct dc_err *err);

/*
 * Open the backend and see whether it can give what the run asks for. Where no
 * K was asked for, p->run.k becomes the largest that it gives exactly, and a
 * note says so. DC_USAGE names the option; what open() returns.
 */
enum dc_status dc_run_source_open(struct dc_run_plan *p,
                                  struct dc_progress *prog,
                                  struct dc_backend **out, struct dc_err *err);

#endif
