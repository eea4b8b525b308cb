/*
 * backend_openai_poll.c - what came of the servers, as events of slots.
 *
 * Events hold pointers until the next poll, while a slot may be given away and
 * its trace begin anew as soon as its END is read. So nothing that an event
 * points to is touched before the next poll: tokens are told by their places,
 * which become pointers once the batch is complete, and traces begin anew
 * (`fresh`) with the poll behind.
 */
#include "base/mem.h"
#include "infer/backend_openai_priv.h"

#include <assert.h>
#include <stdio.h>

/* ---- from the client ---- */

static void poll_end(struct dc_ob_slot *sl, enum dc_finish finish,
                     const char *words)
{
    sl->pending |= DC_EVENT_END;
    sl->end = finish;
    snprintf(sl->words, sizeof sl->words, "%s", words ? words : "");
    sl->has_words = words != NULL;
}

/*
 * The tokens of one choice of several, where the server counts them for the
 * first alone or for all together. One that ended with its limit has as many as
 * it was allowed, or as the context had room for; of any other nothing is
 * known.
 */
static void poll_count(const struct dc_ob *s, const struct dc_client_event *e,
                       enum dc_finish finish, struct dc_chunk_usage *u)
{
    uint64_t most = s->slot[e->id].cfg.max_tokens;
    uint64_t n_ctx = s->probe[e->url].n_ctx;
    uint64_t room = n_ctx > u->prompt ? n_ctx - u->prompt : 0;
    if (e->whole && e->choice == 0 && s->counts_first)
        return;
    u->has_completion = e->whole && u->has_prompt && finish == DC_FINISH_LENGTH;
    u->completion = room < most ? room : most;
}

/* What is the place's own of a chunk for several; *own: its choice. */
static struct dc_chunk poll_part(const struct dc_ob *s,
                                 const struct dc_client_event *e,
                                 struct dc_chunk_choice *own)
{
    struct dc_chunk part = *e->chunk;
    *own = (struct dc_chunk_choice){.finish = DC_FINISH_NONE};
    part.n_choice = 0;
    part.choice = own;
    for (size_t i = 0; i < e->chunk->n_choice && part.n_choice == 0; i++) {
        if (e->chunk->choice[i].index != e->choice)
            continue;
        *own = e->chunk->choice[i];
        own->index = 0;
        part.n_choice = 1;
    }
    poll_count(s, e, own->finish, &part.usage);
    return part;
}

static void poll_chunk(struct dc_ob *s, const struct dc_client_event *e)
{
    struct dc_ob_slot *sl = &s->slot[e->id];
    struct dc_otrace *t = &sl->trace;
    size_t before = t->n_tok;
    bool told = t->has_prompt;
    sl->whole = e->whole;
    const struct dc_chunk_text *state = &e->chunk->fingerprint;
    struct dc_chunk_choice own;
    struct dc_chunk part = *e->chunk;
    if (e->n > 1)
        part = poll_part(s, e, &own);
    bool ok = dc_otrace_add(t, &part);
    if (state->n > 0) {
        sl->endpoint = dc_ob_endpoint(s, e->url, state->s);
        sl->has_endpoint = true;
    }
    if (t->n_tok > before) {
        dc_client_alive(s->client, e->id);
        s->n_received += t->n_tok - before;
    }
    if (!ok) {
        dc_client_reject(s->client, e->id, t->fault.data);
        return;
    }
    if (t->has_prompt && !told)
        sl->pending |= DC_EVENT_PROMPT;
    if (!dc_otrace_is_full(t))
        return;
    /* It was told to stop there and goes on. */
    dc_client_abort(s->client, e->id);
    poll_end(sl, DC_FINISH_LENGTH, NULL);
}

static void poll_whole(struct dc_ob *s, const struct dc_client_event *e)
{
    struct dc_otrace *t = &s->slot[e->id].trace;
    if (!dc_otrace_end(t)) {
        dc_client_reject(s->client, e->id, t->fault.data);
        return;
    }
    /* servers count the token that ends an answer, which is no record */
    uint64_t listed = t->n_out + (t->finish == DC_FINISH_STOP);
    if (t->has_completion && t->n_completion > listed)
        s->n_unlisted += t->n_completion - listed;
    /* Tokens that lists lack are parts of characters of several bytes. */
    s->n_uncounted += e->n > 1 && !t->has_completion && t->beyond_ascii;
    poll_end(&s->slot[e->id], t->finish, t->has_words ? t->words : NULL);
}

static void poll_take(struct dc_ob *s, const struct dc_client_event *e)
{
    struct dc_ob_slot *sl = &s->slot[e->id];
    assert(sl->busy && e->what != DC_CLIENT_FAILED); /* alone none fails here */
    s->reading = e->id;
    sl->ms = e->ms;
    sl->attempt = e->attempt;
    sl->has_endpoint = sl->has_endpoint && e->what != DC_CLIENT_RESTART;
    if (!sl->has_endpoint)
        sl->endpoint = e->url;
    switch (e->what) {
    case DC_CLIENT_CHUNK:
        poll_chunk(s, e);
        break;
    case DC_CLIENT_WHOLE:
        poll_whole(s, e);
        break;
    case DC_CLIENT_RESTART:
        sl->pending = DC_EVENT_RESTART;
        sl->fresh = true; /* no chunk of it comes before the next poll */
        break;
    case DC_CLIENT_CONTEXT:
        if (!s->too_long.msg[0])
            (void)dc_fail(&s->too_long, DC_BACKEND, "%s answers %s",
                          s->probe[e->url].url, e->words);
        poll_end(sl, DC_FINISH_CONTEXT, e->words);
        break;
    case DC_CLIENT_FILTER:
        poll_end(sl, DC_FINISH_FILTER, e->words);
        break;
    case DC_CLIENT_SENDING:
        sl->pending |= DC_EVENT_SENDING;
        break;
    case DC_CLIENT_HELD:
        sl->pending |= DC_EVENT_HELD;
        break;
    case DC_CLIENT_FAILED:
        break;
    }
}

/* ---- to events ---- */

/* The next event of a slot that has something to tell. */
static void poll_tell(struct dc_ob *s, struct dc_ob_slot *sl,
                      struct dc_event *e, size_t *at)
{
    *e = (struct dc_event){.slot = (unsigned)(sl - s->slot),
                           .what = sl->pending & ~(unsigned)DC_EVENT_END,
                           .ms = sl->ms,
                           .whole = sl->whole,
                           .attempt = sl->attempt,
                           .endpoint = sl->endpoint};
    e->n_prompt = sl->trace.n_prompt;
    if (!sl->fresh && sl->n_told < sl->trace.n_ready) {
        e->what |= DC_EVENT_TOKEN;
        *at = sl->n_told++;
    }
    bool more = !sl->fresh && sl->n_told < sl->trace.n_ready;
    if (!more && sl->pending & DC_EVENT_END) {
        e->what |= DC_EVENT_END;
        e->finish = sl->end;
        e->words = sl->has_words ? sl->words : NULL;
        dc_ob_leave(s, sl);
    }
    sl->pending &= more ? DC_EVENT_END : 0;
}

/* Tell what the slot at hand has, as far as there is room. False: it has
 * more. */
static bool poll_drain(struct dc_ob *s, struct dc_event *ev, size_t max,
                       size_t *n)
{
    struct dc_ob_slot *sl = &s->slot[s->reading];
    if (s->reading == s->n_slots)
        return true;
    while (sl->pending || (!sl->fresh && sl->n_told < sl->trace.n_ready)) {
        if (*n == max)
            return false;
        poll_tell(s, sl, &ev[*n], &s->at[*n]);
        ++*n;
    }
    s->reading = s->n_slots;
    return true;
}

/* What the last poll told is forgotten. */
static void poll_begin(struct dc_ob *s, size_t max)
{
    for (unsigned i = 0; i < s->n_slots; i++) {
        struct dc_ob_slot *sl = &s->slot[i];
        if (sl->fresh)
            dc_otrace_begin(&sl->trace, &sl->cfg);
        else
            dc_otrace_take(&sl->trace, sl->n_told);
        sl->fresh = false;
        sl->n_told = 0;
    }
    if (max > s->cap_at) {
        s->at = dc_xrealloc(s->at, max, sizeof *s->at);
        s->cap_at = max;
    }
}

static struct dc_alt *poll_alternatives(const struct dc_otrace *t,
                                        const struct dc_otrace_tok *k,
                                        struct dc_alt *to)
{
    for (size_t i = 0; i < k->n_alt; i++) {
        const struct dc_otrace_alt *a = &t->alt[k->alt + i];
        *to++ = (struct dc_alt){.id = -1,
                                .bytes = t->bytes.data + a->bytes,
                                .n = a->n,
                                .logprob = a->logprob};
    }
    return to;
}

/* The tokens of the batch, now that they stay where they are. */
static void poll_point(struct dc_ob *s, struct dc_event *ev, size_t n)
{
    size_t n_alt = 0;
    for (size_t i = 0; i < n; i++)
        if (ev[i].what & DC_EVENT_TOKEN)
            n_alt += s->slot[ev[i].slot].trace.tok[s->at[i]].n_alt;
    if (n_alt > s->cap_alt) {
        s->alt = dc_xrealloc(s->alt, n_alt, sizeof *s->alt);
        s->cap_alt = n_alt;
    }
    struct dc_alt *to = s->alt;
    for (size_t i = 0; i < n; i++) {
        const struct dc_otrace *t = &s->slot[ev[i].slot].trace;
        if (!(ev[i].what & DC_EVENT_TOKEN))
            continue;
        const struct dc_otrace_tok *k = &t->tok[s->at[i]];
        ev[i].token = k->token;
        ev[i].parts = k->parts;
        ev[i].piece = t->bytes.data + k->piece;
        ev[i].n_piece = k->n_piece;
        ev[i].alt = to;
        ev[i].n_alt = k->n_alt;
        to = poll_alternatives(t, k, to);
    }
}

enum dc_status dc_ob_poll(struct dc_ob *s, unsigned wait_ms,
                          struct dc_event *ev, size_t max, size_t *n_ev,
                          struct dc_err *err)
{
    struct dc_client_event e;
    bool waited = false;
    size_t n = 0;
    assert(s->client && max >= s->n_slots);
    *n_ev = 0;
    poll_begin(s, max);
    while (poll_drain(s, ev, max, &n)) {
        if (dc_client_next(s->client, &e)) {
            poll_take(s, &e);
            continue;
        }
        /* What can't go on says so by the next poll, which has no events. */
        if (n > 0 || waited)
            break;
        enum dc_status st = dc_client_wait(s->client, wait_ms, err);
        if (st)
            return st;
        waited = true;
    }
    poll_point(s, ev, n);
    *n_ev = n;
    return DC_OK;
}
