/*
 * prompt_priv.h - one prompt of a run as it is read for its document and its
 * JSON; private to prompt_*.c.
 */
#ifndef DC_RESULTS_PROMPT_PRIV_H
#define DC_RESULTS_PROMPT_PRIV_H

#include "results/prompt_report.h"
#include "store/pieces.h"

struct dc_prompt_view {
    struct dc_run_view *run;
    const struct dc_prompt_cfg *cfg;
    struct dc_arena arena; /* owns what the rest points to */
    int64_t ord;
    const struct dc_run_votes *by;
    bool decided;
    struct dc_decision_row decision; /* if it is */
    struct dc_pieces pieces;         /* with cfg->full */
    struct {
        int64_t id;
        const char *url;
    } * server; /* [n_server] */
    size_t n_server;
};

/* All but the traces; the prompt goes to fn. Release also after a failure. */
enum dc_status dc_prompt_open(struct dc_run_view *run,
                              const struct dc_prompt_cfg *c, dc_prompt_fn *fn,
                              void *arg, struct dc_prompt_view *out,
                              struct dc_err *err);
void dc_prompt_release(struct dc_prompt_view *v);
enum dc_status dc_prompt_traces(const struct dc_prompt_view *v,
                                dc_run_trace_fn *fn, void *arg,
                                struct dc_err *err);
/* URL of the server that made the trace; NULL: none. */
const char *dc_prompt_server(const struct dc_prompt_view *v,
                             const struct dc_trace_row *t);

#endif
