/*
 * pool.c - pool.h.
 *
 * A trace's arrays grow with it, so that many slots of long traces cost no more
 * than what is in them.
 */
#include "infer/pool.h"

#include "base/banned.h"
#include "base/mem.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    POOL_SLOTS = 16,
    POOL_WAIT_MS = 250, /* for a server, so that a signal is looked at */
    POOL_TEXT_MAX = 64 << 20,
    POOL_TOKENS_FIRST = 32,
    POOL_EVENTS_PER_SLOT = 4,
    POOL_EVENTS_MAX = 4096
};

struct dc_pool {
    struct dc_pool_cfg cfg;
    struct dc_pool_trace *trace; /* [n_slots] */
    bool *free; /* [n_slots] in the backend, by an END of the batch at hand */
    bool *over; /* [n_slots] of the batch at hand, the slot's trace has gone:
                   what follows in the batch is of it */
    struct dc_event *event; /* [n_event] */
    size_t n_event;
    unsigned n_busy;
    uint64_t n_tok;
};

unsigned dc_pool_usual_slots(const struct dc_backend_caps *caps)
{
    return caps->n_slots ? caps->n_slots : POOL_SLOTS;
}

enum dc_status dc_pool_open(const struct dc_pool_cfg *c, struct dc_pool **out,
                            struct dc_err *err)
{
    assert(c->n_slots > 0 && c->ended);
    enum dc_status st = c->ops->begin(c->backend, c->n_slots, c->n_ctx, err);
    if (st)
        return st;
    struct dc_pool *p = dc_xcalloc(1, sizeof *p);
    p->cfg = *c;
    p->trace = dc_xcalloc(c->n_slots, sizeof *p->trace);
    p->free = dc_xcalloc(c->n_slots, sizeof *p->free);
    p->over = dc_xcalloc(c->n_slots, sizeof *p->over);
    p->n_event = (size_t)c->n_slots * POOL_EVENTS_PER_SLOT;
    if (p->n_event > POOL_EVENTS_MAX)
        p->n_event = POOL_EVENTS_MAX;
    if (p->n_event < c->n_slots)
        p->n_event = c->n_slots;
    p->event = dc_xcalloc(p->n_event, sizeof *p->event);
    for (unsigned i = 0; i < c->n_slots; i++) {
        p->trace[i].slot = i;
        dc_buf_init(&p->trace[i].text, POOL_TEXT_MAX);
        dc_buf_init(&p->trace[i].alt_text, POOL_TEXT_MAX);
    }
    *out = p;
    return DC_OK;
}

void dc_pool_close(struct dc_pool *p)
{
    if (!p)
        return;
    for (unsigned i = 0; i < p->cfg.n_slots; i++) {
        struct dc_pool_trace *t = &p->trace[i];
        if (t->busy)
            dc_pool_cancel(p, t);
        dc_buf_release(&t->text);
        dc_buf_release(&t->alt_text);
        free(t->tok);
        free(t->end);
        free(t->conf);
        free(t->alt);
    }
    free(p->trace);
    free(p->free);
    free(p->over);
    free(p->event);
    free(p);
}

unsigned dc_pool_n_busy(const struct dc_pool *p)
{
    return p->n_busy;
}

unsigned dc_pool_n_free(const struct dc_pool *p)
{
    return p->cfg.n_slots - p->n_busy;
}

uint64_t dc_pool_n_tok(const struct dc_pool *p)
{
    return p->n_tok;
}

/* ---- traces ---- */

/* Nothing has come of the trace yet. */
static void forget_tokens(struct dc_pool_trace *t)
{
    t->n_tok = 0;
    t->parts = DC_TOKEN_ALL;
    t->has_first = false;
    t->first_ms = 0;
    dc_buf_clear(&t->text);
    dc_buf_clear(&t->alt_text);
}

static void pool_leave(struct dc_pool *p, struct dc_pool_trace *t)
{
    assert(t->busy);
    t->busy = false;
    p->over[t->slot] = true;
    p->n_busy--;
}

enum dc_status dc_pool_start(struct dc_pool *p, const struct dc_trace_req *req,
                             void *tag, struct dc_pool_trace **out,
                             struct dc_err *err)
{
    unsigned s = 0;
    while (s < p->cfg.n_slots && p->trace[s].busy)
        s++;
    assert(s < p->cfg.n_slots);
    enum dc_status st = p->cfg.ops->start(p->cfg.backend, s, req, err);
    if (st)
        return st;
    struct dc_pool_trace *t = &p->trace[s];
    forget_tokens(t);
    p->free[s] = false;
    t->tag = tag;
    t->index = req->index;
    t->n_prompt = req->prompt->n_tok;
    t->ms = 0;
    t->attempt = 1;
    t->out = p->cfg.ops->info(p->cfg.backend)->n_endpoint == 0;
    t->endpoint = 0;
    t->finish = DC_FINISH_NONE;
    t->cut = false;
    t->words = NULL;
    t->busy = true;
    p->n_busy++;
    if (out)
        *out = t;
    return DC_OK;
}

/* An END further on in the batch has freed the slot already. */
static void pool_give_up(struct dc_pool *p, const struct dc_pool_trace *t)
{
    if (!p->free[t->slot])
        p->cfg.ops->cancel(p->cfg.backend, t->slot);
}

void dc_pool_cancel(struct dc_pool *p, struct dc_pool_trace *t)
{
    pool_give_up(p, t);
    pool_leave(p, t);
}

struct dc_pool_trace *dc_pool_next(struct dc_pool *p,
                                   const struct dc_pool_trace *after)
{
    for (unsigned s = after ? after->slot + 1 : 0; s < p->cfg.n_slots; s++)
        if (p->trace[s].busy)
            return &p->trace[s];
    return NULL;
}

/* ---- events ---- */

static void make_room(struct dc_pool_trace *t, unsigned n_top)
{
    if (t->n_tok < t->cap_tok)
        return;
    t->cap_tok = t->cap_tok ? 2 * t->cap_tok : POOL_TOKENS_FIRST;
    t->tok = dc_xrealloc(t->tok, t->cap_tok, sizeof *t->tok);
    t->end = dc_xrealloc(t->end, t->cap_tok, sizeof *t->end);
    t->conf = dc_xrealloc(t->conf, t->cap_tok, sizeof *t->conf);
    if (n_top > 0)
        t->alt = dc_xrealloc(t->alt, t->cap_tok * n_top, sizeof *t->alt);
}

static void add_alternatives(struct dc_pool_trace *t, const struct dc_event *e,
                             unsigned n_top)
{
    assert(e->n_alt <= n_top);
    for (size_t i = 0; i < n_top; i++) {
        struct dc_pool_alt *to = &t->alt[t->n_tok * n_top + i];
        *to = (struct dc_pool_alt){.id = -1, .logprob = NAN};
        if (i >= e->n_alt)
            continue;
        *to = (struct dc_pool_alt){.id = e->alt[i].id,
                                   .logprob = e->alt[i].logprob};
        if (!e->alt[i].bytes)
            continue;
        to->has_bytes = true;
        to->off = (uint32_t)t->alt_text.n;
        to->len = e->alt[i].n;
        dc_buf_add(&t->alt_text, e->alt[i].bytes, e->alt[i].n);
    }
}

static void add_token(struct dc_pool *p, struct dc_pool_trace *t,
                      const struct dc_event *e)
{
    make_room(t, p->cfg.n_top);
    if (p->cfg.n_top > 0)
        add_alternatives(t, e, p->cfg.n_top);
    dc_buf_add(&t->text, e->piece, e->n_piece);
    t->end[t->n_tok] = t->text.n;
    t->conf[t->n_tok] = e->token.conf;
    t->parts &= e->parts;
    t->tok[t->n_tok++] = e->token;
    if (t->n_tok == 1 && !e->whole) {
        t->has_first = true;
        t->first_ms = e->ms;
    }
    p->n_tok++;
}

static enum dc_status pool_end(struct dc_pool *p, struct dc_pool_trace *t,
                               enum dc_finish finish, struct dc_err *err)
{
    pool_leave(p, t);
    t->finish = finish;
    return p->cfg.ended(p->cfg.arg, t, err);
}

/* What the event says of where the request is. */
static enum dc_status take_move(struct dc_pool *p, struct dc_pool_trace *t,
                                const struct dc_event *e, struct dc_err *err)
{
    const unsigned moves = DC_EVENT_SENDING | DC_EVENT_HELD;
    if (e->what & (moves | DC_EVENT_RESTART))
        t->out = e->what & DC_EVENT_SENDING;
    if (!(e->what & moves) || !p->cfg.moved)
        return DC_OK;
    return p->cfg.moved(p->cfg.arg, t, err);
}

static enum dc_status take_event(struct dc_pool *p, const struct dc_event *e,
                                 struct dc_err *err)
{
    struct dc_pool_trace *t = &p->trace[e->slot];
    assert(t->busy);
    t->ms = e->ms;
    t->attempt = e->attempt;
    t->endpoint = e->endpoint;
    if (e->what & DC_EVENT_RESTART)
        forget_tokens(t);
    enum dc_status st = take_move(p, t, e, err);
    if (st)
        return st;
    if (e->what & DC_EVENT_PROMPT)
        t->n_prompt = e->n_prompt;
    if (e->what & DC_EVENT_TOKEN)
        add_token(p, t, e);
    bool ended = e->what & DC_EVENT_END;
    if ((e->what & DC_EVENT_TOKEN) && p->cfg.enough &&
        p->cfg.enough(p->cfg.arg, t)) {
        pool_give_up(p, t);
        t->cut = true;
        return pool_end(p, t, DC_FINISH_LENGTH, err);
    }
    t->words = e->words;
    return ended ? pool_end(p, t, e->finish, err) : DC_OK;
}

enum dc_status dc_pool_poll(struct dc_pool *p, struct dc_err *err)
{
    size_t n = 0;
    enum dc_status st = p->cfg.ops->poll(p->cfg.backend, POOL_WAIT_MS, p->event,
                                         p->n_event, &n, err);
    if (st)
        return st;
    memset(p->free, 0, p->cfg.n_slots * sizeof *p->free);
    memset(p->over, 0, p->cfg.n_slots * sizeof *p->over);
    for (size_t i = 0; i < n; i++)
        if (p->event[i].what & DC_EVENT_END)
            p->free[p->event[i].slot] = true;
    for (size_t i = 0; i < n && !st; i++)
        if (!p->over[p->event[i].slot])
            st = take_event(p, &p->event[i], err);
    return st;
}
