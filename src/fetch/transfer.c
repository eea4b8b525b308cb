/*
 * transfer.c - sends, polls, follows redirects (transfer.h).
 */
#include "fetch/transfer.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <string.h>

enum {
    MAX_HOPS = 8,
    SILENCE_MS = 60000,
    WAIT_MS = 1000,
    SHOWN = 300, /* columns of an address in a message */
    MAX_URL = 1 << 16
};

struct walk {
    const struct dc_transfer *t;
    struct dc_http *http;
    struct dc_buf url, next;
    const char *token; /* as long as the origin is the first one */
    bool moved;        /* next is where to go on */
    bool ended, lost;
};

void dc_transfer_shown(const char *url, struct dc_buf *out)
{
    dc_utf8_display(out, url, strcspn(url, "?#"), SHOWN);
}

static enum dc_status name_it(const struct walk *w, enum dc_status st,
                              struct dc_err *err)
{
    struct dc_buf shown;
    dc_buf_init(&shown, 8 * SHOWN);
    dc_transfer_shown(w->url.data, &shown);
    st = dc_err_prefix(err, st, "%s", shown.data);
    dc_buf_release(&shown);
    return st;
}

static bool is_redirect(const struct dc_http_event *e)
{
    return (e->status == 301 || e->status == 302 || e->status == 303 ||
            e->status == 307 || e->status == 308) &&
           e->location[0];
}

static enum dc_status take_head(struct walk *w, const struct dc_http_event *e,
                                struct dc_err *err)
{
    bool redirect = is_redirect(e);
    enum dc_status st = DC_OK;
    if (w->t->head)
        st = w->t->head(w->t->arg, e, redirect, err);
    if (st || !redirect)
        return st;
    dc_buf_clear(&w->next);
    w->moved = true;
    return dc_http_join(w->url.data, e->location, &w->next, err);
}

static enum dc_status take(struct walk *w, const struct dc_http_event *e,
                           struct dc_err *err)
{
    enum dc_status st = DC_OK;
    if (e->what & DC_HTTP_HEAD)
        st = take_head(w, e, err);
    if (st || w->moved)
        return st;
    if (e->what & DC_HTTP_DATA)
        st = w->t->data(w->t->arg, e->data, e->n, err);
    if (!st && (e->what & DC_HTTP_LOST)) {
        w->lost = e->loss != DC_HTTP_LOSS_TOO_LARGE;
        bool nobody =
            e->loss == DC_HTTP_LOSS_DNS || e->loss == DC_HTTP_LOSS_CONNECT;
        st = dc_fail(err, DC_BACKEND, "%s: %s%s", dc_http_loss_text(e->loss),
                     e->words,
                     nobody ? "; is this machine online? (a proxy is named by "
                              "https_proxy)"
                            : "");
    }
    w->ended = (e->what & DC_HTTP_END) != 0;
    return st;
}

/* One request, up to its end or to where it redirects. */
static enum dc_status hop(struct walk *w, struct dc_err *err)
{
    struct dc_http_req r = dc_http_req_default(w->url.data);
    struct dc_http_event e;
    r.bearer = w->token;
    r.silence_ms = SILENCE_MS;
    r.from = w->t->from;
    r.if_range = w->t->if_range;
    r.max_body = (size_t)w->t->max_body;
    w->moved = w->ended = false;
    enum dc_status st = dc_http_send(w->http, 0, &r, err);
    if (st)
        return st;
    while (!st && !w->ended && !w->moved)
        if (dc_http_poll(w->http, WAIT_MS, &e, 1) == 1)
            st = take(w, &e, err);
    if (st)
        st = name_it(w, st, err);
    dc_http_abort(w->http, 0);
    return st;
}

enum dc_status dc_transfer(const struct dc_transfer *t, struct dc_buf *end,
                           bool *lost, struct dc_err *err)
{
    struct walk w = {.t = t, .token = t->token, .http = dc_http_create(1)};
    enum dc_status st = DC_OK;
    dc_buf_init(&w.url, MAX_URL);
    dc_buf_init(&w.next, MAX_URL);
    dc_buf_adds(&w.url, t->url);
    for (unsigned i = 0; !st && !w.ended; i++) {
        st = i == MAX_HOPS
                 ? name_it(&w,
                           dc_fail(err, DC_BACKEND,
                                   "the server redirects %d times in a row",
                                   MAX_HOPS),
                           err)
                 : hop(&w, err);
        if (st || !w.moved)
            continue;
        if (!dc_http_same_origin(t->url, w.next.data))
            w.token = NULL;
        dc_buf_clear(&w.url);
        dc_buf_adds(&w.url, w.next.data);
    }
    if (!st && end)
        dc_buf_adds(end, w.url.data);
    *lost = st && w.lost;
    dc_buf_release(&w.next);
    dc_buf_release(&w.url);
    dc_http_free(w.http);
    return st;
}

/* ---- text ---- */

struct text {
    struct dc_buf *out;
    int status;
};

static enum dc_status text_head(void *arg, const struct dc_http_event *e,
                                bool redirect, struct dc_err *err)
{
    struct text *x = arg;
    if (redirect)
        return DC_OK;
    x->status = e->status;
    if (e->status >= 200 && e->status <= 299)
        return DC_OK;
    return dc_fail(err, DC_BACKEND, "HTTP status %d", e->status);
}

static enum dc_status text_data(void *arg, const char *data, size_t n,
                                struct dc_err *err)
{
    struct text *x = arg;
    (void)err;
    dc_buf_add(x->out, data, n);
    return DC_OK;
}

enum dc_status dc_transfer_text(const char *url, const char *token,
                                struct dc_buf *out, struct dc_buf *end,
                                int *status, struct dc_err *err)
{
    struct text x = {.out = out};
    struct dc_transfer t = {
        .url = url,
        .token = token,
        .max_body = out->max - 1,
        .head = text_head,
        .data = text_data,
        .arg = &x,
    };
    bool lost;
    enum dc_status st = dc_transfer(&t, end, &lost, err);
    *status = x.status;
    return st;
}
