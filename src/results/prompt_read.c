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

static enum dc_status read_decision(void *arg, const struct dc_decision_row *d,
                                    struct dc_err *err)
{
    struct dc_prompt_view *v = arg;
    (void)err;
    v->decided = true;
    v->decision = *d;
    v->decision.decision = dc_arena_strdup(&v->arena, d->decision);
    v->decision.reason = dc_arena_strdup(&v->arena, d->reason);
    return DC_OK;
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

enum dc_status dc_prompt_open(struct dc_store *s, const struct dc_prompt_cfg *c,
                              dc_prompt_fn *fn, void *arg,
                              struct dc_prompt_view *out, struct dc_err *err)
{
    struct prompt_reading r = {out, fn, arg};
    *out = (struct dc_prompt_view){.store = s, .cfg = c};
    dc_arena_init(&out->arena);
    enum dc_status st = dc_store_config_get(s, &out->arena, "stop.max_traces",
                                            &out->max_traces, err);
    if (!out->max_traces)
        out->max_traces = "?";
    if (!st)
        st = dc_rejudge_open(s, c->judge, &out->again, err);
    if (!st)
        st = dc_store_prompt_by_id(s, c->id, read_prompt, &r, err);
    if (!st)
        st = dc_rejudge_each(&out->again, out->ord, read_decision, out, err);
    if (!st)
        st = dc_store_each_endpoint(s, read_server, out, err);
    if (!st && c->full)
        st = dc_pieces_read(s, &out->pieces, err);
    return st;
}

void dc_prompt_release(struct dc_prompt_view *v)
{
    dc_rejudge_release(&v->again);
    dc_pieces_release(&v->pieces);
    dc_arena_release(&v->arena);
}

enum dc_status dc_prompt_traces(const struct dc_prompt_view *v, dc_trace_fn *fn,
                                void *arg, struct dc_err *err)
{
    unsigned parts = DC_TRACE_VERDICTS;
    if (v->cfg->full)
        parts |= DC_TRACE_TOKENS | DC_TRACE_TOP;
    return dc_store_each_trace(v->store, v->ord, parts, fn, arg, err);
}

const char *dc_prompt_server(const struct dc_prompt_view *v,
                             const struct dc_trace_row *t)
{
    for (size_t i = 0; i < v->n_server && t->endpoint > 0; i++)
        if (v->server[i].id == t->endpoint)
            return v->server[i].url;
    return NULL;
}
