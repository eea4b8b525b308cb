/*
 * speed.c - a backend timed with all its slots busy (speed.h).
 */
#include "infer/speed.h"

#include "base/clock.h"
#include "infer/pool.h"

enum { PROMPT_ROOM = 512 };

struct race {
    const struct dc_speed_cfg *cfg;
    struct dc_backend *b;
    struct dc_backend_prompt *prompt;
    struct dc_pool *pool;
    uint32_t next; /* index of the next trace */
};

/* A trace in every slot that is free. */
static enum dc_status fill_slots(struct race *r, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    while (!st && dc_pool_n_free(r->pool) > 0) {
        const struct dc_trace_req req = {
            .prompt = r->prompt,
            .seed = 1,
            .stream = 1,
            .index = r->next++,
            .max_tokens = r->cfg->max_tokens,
            .sampling = dc_sampling_default(),
        };
        st = dc_pool_start(r->pool, &req, NULL, NULL, err);
    }
    return st;
}

static enum dc_status step(struct race *r, struct dc_err *err)
{
    enum dc_status st = fill_slots(r, err);
    return st ? st : dc_pool_poll(r->pool, err);
}

static enum dc_status run(struct race *r, double *rate, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    for (unsigned i = 0; i < r->cfg->max_tokens && !st; i++)
        st = step(r, err);
    uint64_t before = dc_pool_n_tok(r->pool);
    double t0 = dc_clock_ms(), ms = 0;
    while (!st && ms < 1000 * r->cfg->seconds) {
        st = step(r, err);
        ms = dc_clock_ms() - t0;
    }
    if (!st)
        *rate = 1000 * (double)(dc_pool_n_tok(r->pool) - before) / ms;
    return st;
}

static enum dc_status ignore_trace(void *arg, struct dc_pool_trace *t,
                                   struct dc_err *err)
{
    (void)arg;
    (void)t;
    (void)err;
    return DC_OK;
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
    const struct dc_pool_cfg pool = {
        .ops = c->ops,
        .backend = r.b,
        .n_slots = c->n_slots,
        .n_ctx = PROMPT_ROOM + c->max_tokens,
        .ended = ignore_trace,
    };
    if (!st)
        st = dc_pool_open(&pool, &r.pool, err);
    if (!st)
        st = run(&r, rate, err);
    dc_pool_close(r.pool);
    c->ops->close(r.b);
    return st;
}
