/*
 * openai_client_read.c - from what the net says of a request to chunks, its
 * end, or its loss.
 *
 * An event of the net is read in phases, so that a caller takes one chunk at a
 * time of the many that may have come with it.
 */
#include "base/clock.h"
#include "base/utf8.h"
#include "infer/openai_client_priv.h"
#include "infer/openai_fault.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { READ_SHOWN = 100 }; /* columns of what is no answer */

static bool read_wrong(struct dc_client *c, struct dc_client_req *r,
                       const char *words, struct dc_client_event *e)
{
    snprintf(r->why, sizeof r->why, "%s", words);
    return dc_client_again(c, r, DC_CLIENT_WRONG, e);
}

/* The answer is whole; who looks at it may yet reject it. */
static bool read_whole(struct dc_client *c, struct dc_client_req *r,
                       struct dc_client_event *e)
{
    dc_client_fill(c, r, DC_CLIENT_WHOLE, e);
    return true;
}

/* ---- answers that are none ---- */

/* status, with the error that a body or a chunk has; or NULL, and the body. */
static bool read_fault(struct dc_client *c, struct dc_client_req *r, int status,
                       const struct dc_chunk_error *error,
                       struct dc_client_event *e)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_openai_fault_say(status, error, r->whole.data, r->whole.n, &b);
    snprintf(r->why, sizeof r->why, "%s", b.data);
    dc_buf_clear(&b);
    bool told = false;
    switch (dc_openai_fault(status, error)) {
    case DC_FAULT_RETRY:
        told = dc_client_again(
            c, r, status == 503 ? DC_CLIENT_AWAY : DC_CLIENT_LOST, e);
        break;
    case DC_FAULT_LIMITED:
        told = dc_client_again(c, r, DC_CLIENT_LIMITED, e);
        break;
    case DC_FAULT_CONTEXT:
        told = dc_client_refused(c, r, DC_CLIENT_CONTEXT, e);
        break;
    case DC_FAULT_FILTER:
        told = dc_client_refused(c, r, DC_CLIENT_FILTER, e);
        break;
    case DC_FAULT_FATAL:
        dc_openai_fault_advise(status, error, c->cfg.key_env, &b);
        dc_client_give_up(c, r, b.data);
        told = !r->begun && dc_client_held(c, r, e);
        break;
    }
    dc_buf_release(&b);
    return told;
}

/* The body of a status other than 200 is whole. */
static bool read_refusal(struct dc_client *c, struct dc_client_req *r,
                         struct dc_client_event *e)
{
    const struct dc_chunk *chunk = NULL;
    bool read =
        !dc_chunk_read(c->reader, r->whole.data, r->whole.n, &chunk, NULL);
    bool has = read && chunk->error.is != DC_CHUNK_NO_TROUBLE;
    return read_fault(c, r, r->status, has ? &chunk->error : NULL, e);
}

/* An error in the midst of an answer. It came with the status 200, so that its
 * own code, if it has one, is what counts. */
static bool read_error_in(struct dc_client *c, struct dc_client_req *r,
                          const struct dc_chunk_error *error,
                          struct dc_client_event *e)
{
    int status = error->status;
    bool prompt = error->is == DC_CHUNK_CONTEXT || error->is == DC_CHUNK_FILTER;
    if (status < 400)
        status = prompt ? 400 : 500;
    return read_fault(c, r, status, error, e);
}

/* ---- chunks ---- */

/* Has each choice an index of its own, among those that were asked for? Of a
 * request for one its reader sees to that. */
static bool read_is_apart(const struct dc_client_req *r,
                          const struct dc_chunk *chunk)
{
    bool apart = chunk->odd[DC_CHUNK_ODD_SAME_INDEX] == 0;
    for (size_t i = 0; i < chunk->n_choice; i++)
        apart = apart && chunk->choice[i].index < r->n;
    return apart || r->n == 1;
}

/* What should be a chunk [n]; false: nothing to tell. */
static bool read_json(struct dc_client *c, struct dc_client_req *r,
                      const char *data, size_t n, struct dc_client_event *e)
{
    const struct dc_chunk *chunk = NULL;
    struct dc_err err = {.msg = ""};
    if (dc_chunk_read(c->reader, data, n, &chunk, &err))
        return read_wrong(c, r, err.msg, e);
    for (size_t i = 0; i < DC_CHUNK_N_ODD; i++)
        c->counts.n_odd[i] += chunk->odd[i];
    if (chunk->error.is != DC_CHUNK_NO_TROUBLE)
        return read_error_in(c, r, &chunk->error, e);
    if (!read_is_apart(r, chunk))
        return read_wrong(c, r, "its choices are not those asked for", e);
    if (!r->begun)
        dc_limit_begun(&c->limit[r->url], dc_clock_ms());
    r->begun = true;
    r->was_limited = false;
    for (size_t i = 0; i < chunk->n_choice; i++)
        r->n_finished += chunk->choice[i].finish != DC_FINISH_NONE;
    /* Who misses a choice of an answer in one piece sees that it has no end. */
    r->finished = r->n_finished >= (r->events ? r->n : 1);
    dc_client_fill(c, r, DC_CLIENT_CHUNK, e);
    e->chunk = chunk;
    return true;
}

/* The stream's next event as something to tell; false: it has none. */
static bool read_stream(struct dc_client *c, struct dc_client_req *r,
                        struct dc_client_event *e)
{
    struct dc_sse_event s;
    const struct dc_chunk *chunk;
    struct dc_err err = {.msg = ""};
    bool more = false;
    for (;;) {
        if (dc_sse_next(&r->sse, &s, &more, &err))
            return read_wrong(c, r, err.msg, e);
        if (!more)
            return false;
        if (r->done) /* nothing behind the end is an answer */
            continue;
        if (s.n == 6 && memcmp(s.data, "[DONE]", 6) == 0) {
            r->done = true;
            r->token_ms = dc_clock_ms();
            continue;
        }
        /* JSON says by itself whether it is whole. */
        if (s.cut && dc_chunk_read(c->reader, s.data, s.n, &chunk, NULL))
            return false;
        return read_json(c, r, s.data, s.n, e);
    }
}

/* ---- phases ---- */

static void read_head(struct dc_client_req *r, const struct dc_http_event *ev)
{
    r->status = ev->status;
    r->has_wait = ev->has_retry_after;
    r->wait_ms = ev->retry_after_s * 1e3;
    r->events = ev->status == 200 && dc_sse_is_type(ev->type);
    r->token_ms = dc_clock_ms();
}

/* Bytes of the body: to the events, or together. False: too many. */
static bool read_feed(struct dc_client_req *r, const struct dc_http_event *ev)
{
    size_t room = r->status == 200 ? dc_buf_room(&r->whole)
                                   : DC_CLIENT_REFUSAL - r->whole.n;
    /* Some gateways send events under another name. */
    if (r->status == 200 && r->whole.n == 0 && ev->n >= 5 &&
        memcmp(ev->data, "data:", 5) == 0)
        r->events = true;
    if (r->events) {
        dc_sse_feed(&r->sse, ev->data, ev->n);
        return true;
    }
    dc_buf_add(&r->whole, ev->data, ev->n < room ? ev->n : room);
    return r->status != 200 || ev->n <= room;
}

/* The response is whole, as far as the net goes. */
static bool read_end(struct dc_client *c, struct dc_client_req *r,
                     struct dc_client_event *e)
{
    struct dc_buf b;
    if (r->status != 200)
        return read_refusal(c, r, e);
    if (r->finished)
        return read_whole(c, r, e);
    if (r->done)
        return read_wrong(c, r, "the answer has no finish_reason", e);
    if (r->events) {
        snprintf(r->why, sizeof r->why,
                 "the answer ended in its midst, without finish_reason and "
                 "[DONE]");
        return dc_client_again(c, r, DC_CLIENT_LOST, e);
    }
    /* A whole answer was told as a chunk; this is one without its end. */
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&b, "no answer: \"");
    size_t n = r->whole.n < 400 ? r->whole.n : 400;
    dc_utf8_display(&b, r->whole.data, n, READ_SHOWN);
    dc_buf_adds(&b, "\"");
    bool told = read_wrong(c, r, b.data, e);
    dc_buf_release(&b);
    return told;
}

static bool read_loss(struct dc_client *c, struct dc_client_req *r,
                      const struct dc_http_event *ev, struct dc_client_event *e)
{
    bool away = ev->loss == DC_HTTP_LOSS_DNS ||
                ev->loss == DC_HTTP_LOSS_CONNECT ||
                ev->loss == DC_HTTP_LOSS_TLS;
    /* Only what is said behind an answer was lost. */
    if (r->finished)
        return read_whole(c, r, e);
    snprintf(r->why, sizeof r->why, "%s: %s", dc_http_loss_text(ev->loss),
             ev->words);
    return dc_client_again(c, r, away ? DC_CLIENT_AWAY : DC_CLIENT_LOST, e);
}

/* A phase of the event; false: it has nothing to tell (any more). */
static bool read_phase(struct dc_client *c, struct dc_client_req *r,
                       const struct dc_http_event *ev,
                       struct dc_client_event *e)
{
    switch (c->phase) {
    case DC_CLIENT_HEAD:
        if (ev->what & DC_HTTP_HEAD)
            read_head(r, ev);
        return false;
    case DC_CLIENT_FEED:
        if (ev->what & DC_HTTP_DATA && !read_feed(r, ev))
            return read_wrong(c, r, "an answer of more than 32 MB", e);
        return false;
    case DC_CLIENT_DATA:
        return r->events && read_stream(c, r, e);
    case DC_CLIENT_TAIL:
        if (!(ev->what & DC_HTTP_END))
            return false;
        if (r->events)
            dc_sse_end(&r->sse);
        else if (r->status == 200 && !r->begun)
            return read_json(c, r, r->whole.data, r->whole.n, e);
        return r->events && read_stream(c, r, e);
    default:
        break;
    }
    if (ev->what & DC_HTTP_END)
        return read_end(c, r, e);
    return (ev->what & DC_HTTP_LOST) && read_loss(c, r, ev, e);
}

bool dc_client_read(struct dc_client *c, struct dc_client_event *e)
{
    const struct dc_http_event *ev = &c->ev[c->at];
    while (ev->what) {
        struct dc_client_req *r = &c->req[ev->id];
        assert(r->state == DC_CLIENT_FLIES);
        if (read_phase(c, r, ev, e))
            return true;
        if (c->fatal.status || c->phase == DC_CLIENT_END)
            return false;
        c->phase++;
    }
    return false;
}
