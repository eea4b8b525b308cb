/*
 * openai_call.c - openai_call.h, over one place of net/http.
 */
#include "infer/openai_call.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "infer/openai_fault.h"
#include "infer/server.h"
#include "net/http.h"
#include "net/sse.h"

#include <stdlib.h>
#include <string.h>

enum {
    CALL_MAX = 8 << 20, /* bytes of an answer */
    CALL_WORDS = 300,   /* columns of a server's words */
    CALL_URL = 300,     /* columns of a URL */
    CALL_POLL_MS = 250,
    CALL_BACKOFF_MS = 500
};

struct dc_call {
    struct dc_call_cfg cfg;
    struct dc_http *http;
    struct dc_chunk_reader *reader;
    struct dc_sse sse;
    struct dc_buf body, words;
    char *url, *shown; /* of the request at hand */
    /* of the try at hand */
    const struct dc_buf *post; /* NULL: a GET */
    dc_call_take *take;
    void *arg;
    double last_ms; /* when a chunk came; comments of a stream don't count */
    bool lost;
    enum dc_http_loss loss;
    char lost_words[DC_ERR_MSG / 2];
    bool has_after;
    double after_ms;
    bool is_stream;
};

/* ---- URLs ---- */

char *dc_openai_url(const char *base, const char *path)
{
    static const char v1[] = "/v1";
    size_t tail = strcspn(base, "?#"), n = dc_server_url_end(base, tail);
    struct dc_buf b;
    if (*path == '/' && n >= sizeof v1 - 1 &&
        strncmp(base + n - (sizeof v1 - 1), v1, sizeof v1 - 1) == 0)
        n -= sizeof v1 - 1;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_add(&b, base, n);
    if (*path != '/')
        dc_buf_addc(&b, '/');
    dc_buf_adds(&b, path);
    dc_buf_adds(&b, base + tail);
    return dc_buf_detach(&b);
}

char *dc_openai_url_shown(const char *url)
{
    struct dc_buf b;
    size_t n = strcspn(url, "?#");
    dc_buf_init(&b, SIZE_MAX);
    dc_utf8_display(&b, url, n, CALL_URL);
    if (url[n])
        dc_buf_adds(&b, "?...");
    return dc_buf_detach(&b);
}

/* ---- life ---- */

struct dc_call_cfg dc_call_cfg_default(const char *url)
{
    return (struct dc_call_cfg){
        .url = url,
        .connect_ms = 15000,
        .silence_ms = 60000,
        .total_ms = 120000,
        .tries = 3,
    };
}

enum dc_status dc_call_open(const struct dc_call_cfg *cfg, struct dc_call **out,
                            struct dc_err *err)
{
    enum dc_status st = dc_http_check_url(cfg->url, err);
    if (!st && cfg->key)
        st = dc_http_check_key(cfg->key, err);
    if (st)
        return st;
    struct dc_call *c = dc_xcalloc(1, sizeof *c);
    c->cfg = *cfg;
    c->http = dc_http_create(1);
    c->reader = dc_chunk_reader_create(CALL_MAX);
    dc_sse_init(&c->sse, CALL_MAX);
    dc_buf_init(&c->body, CALL_MAX);
    dc_buf_init(&c->words, SIZE_MAX);
    *out = c;
    return DC_OK;
}

void dc_call_close(struct dc_call *c)
{
    if (!c)
        return;
    dc_http_free(c->http);
    dc_chunk_reader_free(c->reader);
    dc_sse_release(&c->sse);
    dc_buf_release(&c->body);
    dc_buf_release(&c->words);
    free(c->url);
    free(c->shown);
    free(c);
}

/* ---- what comes ---- */

/* What to do where a server was not even reached. */
static const char *call_loss_advice(enum dc_http_loss loss)
{
    switch (loss) {
    case DC_HTTP_LOSS_DNS:
        return ": is the host's name right?";
    case DC_HTTP_LOSS_CONNECT:
        return ": is the server running, with this host and port?";
    case DC_HTTP_LOSS_TLS:
        return ": is it http:// that it speaks?";
    case DC_HTTP_LOSS_NOT_HTTP:
        return ": is this the port of a server with OpenAI's interface, and "
               "does it speak https://?";
    default:
        return "";
    }
}

static enum dc_status call_no_answer(const struct dc_call *c, const char *why,
                                     struct dc_err *err)
{
    return dc_fail(err, DC_BACKEND, "%s: %s", c->shown, why);
}

static enum dc_status call_chunk(struct dc_call *c, const char *json, size_t n,
                                 struct dc_call_reply *r, struct dc_err *err)
{
    const struct dc_chunk *chunk;
    enum dc_status st = dc_chunk_read(c->reader, json, n, &chunk, err);
    c->last_ms = dc_clock_ms();
    if (st)
        return dc_err_prefix(err, DC_BACKEND, "%s", c->shown);
    if (c->take && !c->take(c->arg, chunk))
        r->enough = true;
    return DC_OK;
}

/* The events that are whole by now. */
static enum dc_status call_events(struct dc_call *c, struct dc_call_reply *r,
                                  struct dc_err *err)
{
    struct dc_sse_event e;
    bool more = true;
    while (!r->enough) {
        enum dc_status st = dc_sse_next(&c->sse, &e, &more, err);
        if (st)
            return dc_err_prefix(err, DC_BACKEND, "%s", c->shown);
        if (!more)
            break;
        if (strcmp(e.data, "[DONE]") == 0)
            r->done = true;
        else if (!e.cut && !r->done)
            st = call_chunk(c, e.data, e.n, r, err);
        if (st)
            return st;
    }
    return DC_OK;
}

static enum dc_status call_data(struct dc_call *c,
                                const struct dc_http_event *e,
                                struct dc_call_reply *r, struct dc_err *err)
{
    if (!c->take || !c->is_stream || r->status >= 400) {
        dc_buf_add(&c->body, e->data, e->n); /* http has the maximum */
        return DC_OK;
    }
    r->streamed = true;
    dc_sse_feed(&c->sse, e->data, e->n);
    return call_events(c, r, err);
}

static enum dc_status call_event(struct dc_call *c,
                                 const struct dc_http_event *e,
                                 struct dc_call_reply *r, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    if (e->what & DC_HTTP_HEAD) {
        r->status = e->status;
        c->has_after = e->has_retry_after;
        c->after_ms = e->retry_after_s * 1000;
        c->is_stream = dc_sse_is_type(e->type);
    }
    if (e->what & DC_HTTP_DATA)
        st = call_data(c, e, r, err);
    if (!st && !r->enough && e->what & DC_HTTP_END && r->streamed) {
        dc_sse_end(&c->sse);
        st = call_events(c, r, err);
    }
    if (e->what & DC_HTTP_LOST) {
        c->lost = true;
        c->loss = e->loss;
        snprintf(c->lost_words, sizeof c->lost_words, "%s (%s)",
                 dc_http_loss_text(e->loss), e->words);
    }
    return st;
}

/* ---- one try ---- */

static void call_begin(struct dc_call *c, struct dc_call_reply *r)
{
    dc_sse_clear(&c->sse);
    dc_buf_clear(&c->body);
    c->lost = c->has_after = c->is_stream = false;
    *r = (struct dc_call_reply){.url = c->shown, .words = ""};
    if (c->cfg.key)
        r->key_from = c->cfg.key_env ? c->cfg.key_env : "use";
    if (c->take)
        c->take(c->arg, NULL);
}

/* Until the answer is whole, lost, or enough. */
static enum dc_status call_wait(struct dc_call *c, double until_ms,
                                struct dc_call_reply *r, struct dc_err *err)
{
    struct dc_http_event e;
    enum dc_status st = DC_OK;
    c->last_ms = dc_clock_ms();
    while (!st && !r->enough && dc_http_busy(c->http, 0)) {
        if (c->cfg.stop && atomic_load(c->cfg.stop)) {
            st = dc_fail(err, DC_INTERRUPTED, "interrupted");
        } else if (dc_clock_ms() > until_ms) {
            st = call_no_answer(c,
                                "its answer took too long: the time for a "
                                "request is over",
                                err);
        } else if (r->streamed &&
                   dc_clock_ms() > c->last_ms + c->cfg.silence_ms) {
            st = call_no_answer(c,
                                "silence (the stream is kept open, and nothing "
                                "but comments comes)",
                                err);
        } else if (dc_http_poll(c->http, CALL_POLL_MS, &e, 1) > 0) {
            st = call_event(c, &e, r, err);
        }
    }
    dc_http_abort(c->http, 0);
    return st;
}

static enum dc_status call_try(struct dc_call *c, double until_ms,
                               struct dc_call_reply *r, struct dc_err *err)
{
    double begun = dc_clock_ms();
    struct dc_http_req q = dc_http_req_default(c->url);
    q.body = c->post ? c->post->data : NULL;
    q.n_body = c->post ? c->post->n : 0;
    q.bearer = c->cfg.key;
    q.connect_ms = c->cfg.connect_ms;
    q.silence_ms = c->cfg.silence_ms;
    q.max_body = CALL_MAX;
    call_begin(c, r);
    enum dc_status st = dc_http_send(c->http, 0, &q, err);
    if (!st)
        st = call_wait(c, until_ms, r, err);
    r->ms = dc_clock_ms() - begun;
    r->body = c->body.data;
    r->n_body = c->body.n;
    return st;
}

/* ---- tries ---- */

static bool call_again(const struct dc_call *c, const struct dc_call_reply *r)
{
    enum dc_fault_act act = dc_openai_fault(r->status, NULL);
    bool broke = c->lost && (c->loss == DC_HTTP_LOSS_RESET ||
                             c->loss == DC_HTTP_LOSS_SILENCE);
    return broke || act == DC_FAULT_RETRY || act == DC_FAULT_LIMITED;
}

/* Before try number n; false: there is no time for it. */
static bool call_pause(const struct dc_call *c, unsigned n, double until_ms)
{
    double ms = CALL_BACKOFF_MS * (double)(1u << n);
    if (c->has_after && c->after_ms > ms)
        ms = c->after_ms;
    double end = dc_clock_ms() + ms;
    if (end > until_ms)
        return false;
    while (dc_clock_ms() < end && !(c->cfg.stop && atomic_load(c->cfg.stop)))
        dc_clock_pause_ms(50);
    return true;
}

/* A refusal's words: the message of its JSON, else what its body begins with.
 */
static void call_words(struct dc_call *c, struct dc_call_reply *r)
{
    const struct dc_chunk *chunk;
    const char *s = r->body;
    size_t n = r->n_body;
    if (dc_chunk_read(c->reader, r->body, r->n_body, &chunk, NULL) == DC_OK &&
        chunk->error.is && chunk->error.message.n > 0) {
        s = chunk->error.message.s;
        n = chunk->error.message.n;
    }
    dc_buf_clear(&c->words);
    dc_utf8_display(&c->words, s, n < 4096 ? n : 4096, CALL_WORDS);
    dc_server_hide_key(c->words.data, c->cfg.key);
    r->words = c->words.data;
}

static enum dc_status call_send(struct dc_call *c, const char *path,
                                struct dc_call_reply *r, struct dc_err *err)
{
    double until = dc_clock_ms() + c->cfg.total_ms;
    free(c->url);
    free(c->shown);
    c->url = dc_openai_url(c->cfg.url, path);
    c->shown = dc_openai_url_shown(c->url);
    for (unsigned n = 0;; n++) {
        enum dc_status st = call_try(c, until, r, err);
        if (st)
            return st;
        if (r->enough || !call_again(c, r) || n + 1 >= c->cfg.tries ||
            !call_pause(c, n, until))
            break;
    }
    if (c->lost && !r->enough)
        return dc_fail(err, DC_BACKEND, "%s: %s%s", c->shown, c->lost_words,
                       call_loss_advice(c->loss));
    if (r->status >= 300)
        call_words(c, r);
    return DC_OK;
}

/* A message that may repeat what the server sent. */
static enum dc_status call_over(const struct dc_call *c, enum dc_status st,
                                struct dc_err *err)
{
    if (st && err)
        dc_server_hide_key(err->msg, c->cfg.key);
    return st;
}

enum dc_status dc_call_get(struct dc_call *c, const char *path,
                           struct dc_call_reply *out, struct dc_err *err)
{
    c->post = NULL;
    c->take = NULL;
    return call_over(c, call_send(c, path, out, err), err);
}

/* An answer that was not streamed, or is a stream that does not say so. */
static enum dc_status call_whole(struct dc_call *c, struct dc_call_reply *r,
                                 struct dc_err *err)
{
    struct dc_buf b;
    enum dc_status st;
    if (r->n_body > 5 && memcmp(r->body, "data:", 5) == 0) {
        r->streamed = true;
        dc_sse_feed(&c->sse, r->body, r->n_body);
        st = call_events(c, r, err);
        if (st || r->enough)
            return st;
        dc_sse_end(&c->sse);
        return call_events(c, r, err);
    }
    if (call_chunk(c, r->body, r->n_body, r, NULL) == DC_OK)
        return DC_OK;
    dc_buf_init(&b, SIZE_MAX);
    dc_utf8_display(&b, r->body, r->n_body < 400 ? r->n_body : 400, 80);
    st = dc_fail(err, DC_BACKEND,
                 "%s: expected JSON or a stream of events, but %d came with "
                 "\"%s\": is this a server with OpenAI's interface, and does "
                 "its base URL end in /v1?",
                 c->shown, r->status, b.data);
    dc_buf_release(&b);
    return st;
}

enum dc_status dc_call_post(struct dc_call *c, const struct dc_call_question *q,
                            struct dc_call_reply *out, struct dc_err *err)
{
    c->post = q->body;
    c->take = q->take;
    c->arg = q->arg;
    enum dc_status st = call_send(c, q->path, out, err);
    if (!st && out->status < 300 && !out->streamed)
        st = call_whole(c, out, err);
    return call_over(c, st, err);
}

/* ---- refusals ---- */

static const char *call_advice(int status)
{
    switch (status) {
    case 404:
    case 405:
        return ": is the base URL right (most end in /v1), and the model's "
               "name?";
    case 429:
    case 503:
        return ": the server is busy or starting; try again later";
    case 500:
    case 502:
    case 504:
        return ": the server failed at it: see its log, and try again when it "
               "is well";
    default:
        return status < 400 ? ": redirects are not followed, since a key would "
                              "go with them; name the other URL"
                            : "";
    }
}

enum dc_status dc_call_refused(const struct dc_call_reply *r,
                               struct dc_err *err)
{
    struct dc_buf advice;
    dc_buf_init(&advice, SIZE_MAX);
    if (r->status == 401 || r->status == 403)
        dc_openai_fault_advise(r->status, NULL, r->key_from, &advice);
    else
        dc_buf_adds(&advice, call_advice(r->status));
    enum dc_status st = dc_fail(err, DC_BACKEND, "%s answers %d%s%s%s%s",
                                r->url, r->status, *r->words ? " \"" : "",
                                r->words, *r->words ? "\"" : "", advice.data);
    dc_buf_release(&advice);
    return st;
}
