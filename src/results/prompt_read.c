/*
 * prompt_read.c - prompt_priv.h.
 */
#include "results/prompt_priv.h"

struct prompt_reading {
    struct dc_prompt_view *v;
    dc_prompt_fn *fn;
    void *arg;
};

static enum dc_status read_prompt(void *arg, const struct dc_prompt_row *p,
                                  struct dc_err *err)
{
    struct prompt_reading *r = arg;
    r->v->ord = p->ord;
    return r->fn(r->arg, p, err);
}

static enum dc_status read_server(void *arg, const struct dc_endpoint_row *p,
                                  struct dc_err *err)
{
    struct dc_prompt_view *v = arg;
    (void)err;
    v->server =
        dc_arena_more(&v->arena, v->server, v->n_server, sizeof *v->server);
    v->server[v->n_server].id = p->id;
    v->server[v->n_server++].url = dc_arena_strdup(&v->arena, p->url);
    return DC_OK;
}

enum dc_status dc_prompt_open(struct dc_run_view *run,
                              const struct dc_prompt_cfg *c, dc_prompt_fn *fn,
                              void *arg, struct dc_prompt_view *out,
                              struct dc_err *err)
{
    struct prompt_reading r = {out, fn, arg};
    *out = (struct dc_prompt_view){.run = run, .cfg = c};
    dc_arena_init(&out->arena);
    enum dc_status st = dc_run_view_decisions(run, c->judge, &out->by, err);
    if (!st)
        st = dc_store_prompt_by_id(run->store, c->id, read_prompt, &r, err);
    if (!st)
        st = dc_store_each_endpoint(run->store, read_server, out, err);
    if (!st && c->full)
        st = dc_pieces_read(run->store, &out->pieces, err);
    if (!st)
        out->decided = dc_run_view_decision(run, out->by, (size_t)out->ord,
                                            &out->decision);
    return st;
}

void dc_prompt_release(struct dc_prompt_view *v)
{
    dc_pieces_release(&v->pieces);
    dc_arena_release(&v->arena);
}

enum dc_status dc_prompt_traces(const struct dc_prompt_view *v,
                                dc_run_trace_fn *fn, void *arg,
                                struct dc_err *err)
{
    unsigned parts = DC_TRACE_VERDICTS;
    if (v->cfg->full)
        parts |= DC_TRACE_TOKENS | DC_TRACE_TOP;
    return dc_run_view_each_of(v->run, (size_t)v->ord, parts, fn, arg, err);
}

const char *dc_prompt_server(const struct dc_prompt_view *v,
                             const struct dc_trace_row *t)
{
    for (size_t i = 0; i < v->n_server && t->endpoint > 0; i++)
        if (v->server[i].id == t->endpoint)
            return v->server[i].url;
    return NULL;
}
