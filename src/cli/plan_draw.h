/*
 * plan_draw.h - draw a sample of a run's prompts to all K traces, in memory,
 * and say what each cost, with all of them and as the run's policy stops.
 */
#ifndef DC_CLI_PLAN_DRAW_H
#define DC_CLI_PLAN_DRAW_H

#include "cli/progress.h"
#include "cli/run_opts.h"

struct dc_drawn_cost {
    double traces, in, out; /* tokens in and out */
};

struct dc_drawn {
    struct dc_arena arena;              /* owns what the rest points to */
    size_t n;                           /* prompts */
    struct dc_drawn_cost *full, *early; /* [n] */
    size_t n_cannot;                    /* of them: they could not be run */
    bool has_in;     /* the tokens of all prompts are known */
    bool served;     /* each trace has the prompt sent anew */
    bool repeatable; /* the run draws the same traces */
    uint64_t n_trace, n_tok;
    double seconds, rate; /* tokens a second while all slots were in use */
    struct dc_backend_traffic traffic;
    const char *model, *desc, *backend;
};

/*
 * Draw m prompts of d, spread over it (dc_plan_pick), through the plan's
 * backend: 1 <= m <= d->n. Writes no file. What dc_run() returns; DC_DATA: the
 * policy has nothing to take a threshold from. Call dc_drawn_release() also
 * after a failure.
 */
enum dc_status dc_drawn_make(struct dc_run_plan *p, const struct dc_dataset *d,
                             size_t m, struct dc_progress *prog,
                             struct dc_drawn *out, struct dc_err *err);
void dc_drawn_release(struct dc_drawn *d);

#endif
