/*
 * speed.c - a backend timed with all its slots busy (speed.h).
 */
#include "infer/speed.h"

#include "base/clock.h"
#include "base/mem.h"

#include <stdlib.h>

enum { PROMPT_ROOM = 512 };

struct race {
    const struct dc_speed_cfg *cfg;
    struct dc_backend *b;
    struct dc_backend_prompt *prompt;
    struct dc_step_event *ev; /* [n_slots] */
    uint32_t next;            /* index of the next trace */
    uint64_t n_tok;
};

static enum dc_status start(struct race *r, unsigned slot, struct dc_err *err)
{
    const struct dc_trace_req req = {
        .prompt = r->prompt,
        .seed = 1,
        .stream = 1,
        .index = r->next++,
        .max_tokens = r->cfg->max_tokens,
        .sampling = dc_sampling_default(),
    };
    return r->cfg->ops->start(r->b, slot, &req, err);
}

static enum dc_status step(struct race *r, struct dc_err *err)
{
    size_t n = 0;
    enum dc_status st = r->cfg->ops->step(r->b, r->ev, &n, err);
    for (size_t i = 0; i < n && !st; i++) {
        r->n_tok += r->ev[i].has_token;
        if (r->ev[i].finish != DC_FINISH_NONE)
            st = start(r, r->ev[i].slot, err);
    }
    return st;
}

static enum dc_status run(struct race *r, double *rate, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (unsigned i = 0; i < r->cfg->n_slots && !st; i++)
        st = start(r, i, err);
    for (unsigned i = 0; i < r->cfg->max_tokens && !st; i++)
        st = step(r, err);
    uint64_t before = r->n_tok;
    double t0 = dc_clock_ms(), ms = 0;
    while (!st && ms < 1000 * r->cfg->seconds) {
        st = step(r, err);
        ms = dc_clock_ms() - t0;
    }
    if (!st)
        *rate = 1000 * (double)(r->n_tok - before) / ms;
    return st;
}

enum dc_status dc_speed_measure(const struct dc_speed_cfg *c, double *rate,
                                struct dc_err *err)
{
    static const char text[] = "Write a short story about a lighthouse keeper "
                               "who finds a letter in a bottle.";
    struct race r = {.cfg = c};
    enum dc_status st = c->ops->open(&c->backend, &r.b, err);
    if (st)
        return st;
    st = c->ops->prompt_open(r.b, text, sizeof text - 1, &r.prompt, err);
    if (!st)
        st = c->ops->begin(r.b, c->n_slots, PROMPT_ROOM + c->max_tokens, err);
    if (!st) {
        r.ev = dc_xcalloc(c->n_slots, sizeof *r.ev);
        st = run(&r, rate, err);
    }
    c->ops->close(r.b);
    free(r.ev);
    return st;
}
