/*
 * openai_client.c - openai_client.h: which request is sent when and where.
 */
#include "infer/openai_client.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"
#include "infer/openai_call.h"
#include "infer/openai_client_priv.h"
#include "infer/server.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

enum {
    FIRST_IN_FLIGHT = 20,
    MAX_DOUBLINGS = 20,
    WHOLE_TIMES = 10,
    ASKED_MAX_MS = 3600 * 1000 /* a wait that a run does not sit out */
};

struct dc_client_cfg dc_client_cfg_default(void)
{
    return (struct dc_client_cfg){
        .api = DC_API_CHAT,
        .n_max = 1,
        .stream = true,
        .connect_ms = 15000,
        .silence_ms = 300000,
        .retries = 8,
        .backoff_ms = 500,
        .backoff_max_ms = 60000,
        .limited_ms = 30 * 60 * 1000.0,
    };
}

struct dc_client_cfg dc_client_cfg_of(const struct dc_server_cfg *s)
{
    struct dc_client_cfg c = dc_client_cfg_default();
    c.url = s->url;
    c.n_url = s->n_url;
    c.api = s->api;
    c.in_flight = s->in_flight;
    c.connect_ms = s->connect_s * 1000;
    c.silence_ms = s->silence_s * 1000;
    c.retries = s->retries;
    return c;
}

/* ---- birth and death ---- */

static struct dc_limit client_limit(const struct dc_client_cfg *c)
{
    unsigned max = c->n_max, first = FIRST_IN_FLIGHT;
    if (c->in_flight > 0)
        max = first = c->in_flight;
    else if (c->n_slots > 0)
        max = first = c->n_slots;
    if (max > c->n_max)
        max = c->n_max;
    return dc_limit_start(first < max ? first : max, max);
}

static enum dc_status client_check(const struct dc_client_cfg *c,
                                   struct dc_err *err)
{
    enum dc_status st = DC_OK;
    if (c->n_url < 1 || c->n_url > DC_SERVER_MAX_URL)
        return dc_fail(err, DC_USAGE,
                       "%zu base URLs: expected 1 to %d servers of one model",
                       c->n_url, DC_SERVER_MAX_URL);
    for (size_t i = 0; !st && i < c->n_url; i++)
        st = dc_http_check_url(c->url[i], err);
    if (st || !c->key)
        return st;
    st = dc_http_check_key(c->key, err);
    return c->key_env ? dc_err_prefix(err, st, "with the key in %s", c->key_env)
                      : st;
}

enum dc_status dc_client_create(const struct dc_client_cfg *cfg,
                                struct dc_client **out, struct dc_err *err)
{
    assert(cfg->n_max > 0 && cfg->backoff_ms <= cfg->backoff_max_ms);
    assert(!cfg->several || !cfg->fails_alone);
    enum dc_status st = client_check(cfg, err);
    if (st)
        return st;
    struct dc_client *c = dc_xcalloc(1, sizeof *c);
    c->cfg = *cfg;
    for (size_t i = 0; i < cfg->n_url; i++) {
        c->url[i] = dc_openai_url(cfg->url[i], dc_openai_path(cfg->api));
        c->shown[i] = dc_openai_url_shown(c->url[i]);
        c->limit[i] = client_limit(cfg);
    }
    c->n_all = cfg->n_max * (cfg->several ? 2 : 1);
    c->http = dc_http_create(c->n_all);
    c->req = dc_xcalloc(c->n_all, sizeof *c->req);
    c->ev = dc_xcalloc(c->n_all, sizeof *c->ev);
    for (unsigned i = 0; i < c->n_all; i++) {
        dc_buf_init(&c->req[i].body, SIZE_MAX);
        dc_buf_init(&c->req[i].body_whole, SIZE_MAX);
        dc_buf_init(&c->req[i].whole, DC_CHUNK_MAX);
        dc_sse_init(&c->req[i].sse, DC_CHUNK_MAX);
    }
    c->reader = dc_chunk_reader_create(DC_CHUNK_MAX);
    c->untold = cfg->n_max;
    *out = c;
    return DC_OK;
}

void dc_client_free(struct dc_client *c)
{
    if (!c)
        return;
    dc_http_free(c->http);
    for (unsigned i = 0; i < c->n_all; i++) {
        dc_buf_release(&c->req[i].body);
        dc_buf_release(&c->req[i].body_whole);
        dc_buf_release(&c->req[i].whole);
        dc_sse_release(&c->req[i].sse);
    }
    for (size_t i = 0; i < c->cfg.n_url; i++) {
        free(c->url[i]);
        free(c->shown[i]);
    }
    dc_chunk_reader_free(c->reader);
    free(c->req);
    free(c->ev);
    free(c);
}

/* ---- a request ---- */

static struct dc_client_req *client_req(const struct dc_client *c, unsigned id)
{
    assert(id < c->cfg.n_max);
    return &c->req[id];
}

bool dc_client_busy(const struct dc_client *c, unsigned id)
{
    return client_req(c, id)->state != DC_CLIENT_EMPTY &&
           !(c->is_ending && c->ending == id);
}

static void client_enqueue(struct dc_client *c, struct dc_client_req *r,
                           double ready_ms)
{
    r->state = DC_CLIENT_WAITS;
    r->ready_ms = ready_ms;
    c->n_waiting++;
}

/* Nothing more of what the net said of this request is read. */
static void client_forget(struct dc_client *c, unsigned id)
{
    dc_http_abort(c->http, id);
    for (size_t i = c->at; i < c->n_ev; i++)
        if (c->ev[i].id == id)
            c->ev[i].what = 0;
    c->n_told -= c->req[id].has_told;
    c->req[id].has_told = false;
}

void dc_client_tell(struct dc_client *c, struct dc_client_req *r,
                    enum dc_client_what what)
{
    c->n_told += !r->has_told;
    r->has_told = true;
    r->told = what;
}

void dc_client_leave(struct dc_client *c, struct dc_client_req *r)
{
    if (r->group) {
        dc_client_quit(c, r);
        return;
    }
    if (r->state == DC_CLIENT_LEAVES || r->state == DC_CLIENT_FLIES)
        dc_limit_over(&c->limit[r->url], r->n);
    if (r->state == DC_CLIENT_FLIES) {
        c->counts.n_in_flight -= r->n;
        client_forget(c, (unsigned)(r - c->req));
        /* An answer in one piece is large, and places are many. */
        dc_buf_release(&r->whole);
    } else if (r->state == DC_CLIENT_WAITS) {
        c->n_waiting--;
    }
    r->state = DC_CLIENT_EMPTY;
}

/* Nobody has rejected the answer that was over. */
static void client_settle(struct dc_client *c)
{
    if (c->is_ending)
        dc_client_leave(c, &c->req[c->ending]);
    c->is_ending = false;
}

void dc_client_send(struct dc_client *c, unsigned id,
                    const struct dc_client_ask *ask)
{
    struct dc_client_req *r = client_req(c, id);
    client_settle(c);
    assert(r->state == DC_CLIENT_EMPTY);
    dc_buf_clear(&r->body);
    dc_buf_add(&r->body, ask->body, ask->n_body);
    dc_buf_clear(&r->body_whole);
    if (ask->whole)
        dc_buf_add(&r->body_whole, ask->whole, ask->n_whole);
    r->seed = ask->seed;
    r->kin = c->cfg.several ? ask->kin : 0;
    r->n_most = ask->n_most;
    r->n = 1;
    r->attempt = 1;
    r->n_sent = 0;
    r->n_lost = r->n_cycle = 0;
    r->tried = 0;
    r->was_limited = false;
    r->ticket = c->n_ticket++;
    client_enqueue(c, r, 0);
}

void dc_client_abort(struct dc_client *c, unsigned id)
{
    client_settle(c);
    dc_client_leave(c, client_req(c, id));
    client_forget(c, id);
}

void dc_client_alive(struct dc_client *c, unsigned id)
{
    struct dc_client_req *r = client_req(c, id);
    (r->group ? r->group : r)->token_ms = dc_clock_ms();
}

void dc_client_fill(const struct dc_client *c, const struct dc_client_req *r,
                    enum dc_client_what what, struct dc_client_event *e)
{
    *e = (struct dc_client_event){.what = what,
                                  .id = (unsigned)(r - c->req),
                                  .whole = !r->events,
                                  .n = 1,
                                  .attempt = r->attempt,
                                  .url = r->url,
                                  .ms = dc_clock_ms() - r->sent_ms};
}

/* ---- lost, and made again ---- */

bool dc_client_held(struct dc_client *c, struct dc_client_req *r,
                    struct dc_client_event *e)
{
    if (!c->cfg.announces)
        return false;
    if (r->n_member > 0) {
        dc_client_tell_members(c, r, DC_CLIENT_HELD, false);
        return false;
    }
    dc_client_fill(c, r, DC_CLIENT_HELD, e);
    return true;
}

bool dc_client_refused(struct dc_client *c, struct dc_client_req *r,
                       enum dc_client_what what, struct dc_client_event *e)
{
    dc_server_hide_key(r->why, c->cfg.key);
    if (r->n_member > 0) {
        dc_client_leave(c, r);
        dc_client_tell_members(c, r, what, true);
        return false;
    }
    dc_client_fill(c, r, what, e);
    e->words = r->why;
    dc_client_leave(c, r);
    return true;
}

void dc_client_give_up(struct dc_client *c, const struct dc_client_req *r,
                       const char *advice)
{
    if (c->fatal.status)
        return;
    dc_fail(&c->fatal, DC_BACKEND, "%s: %s%s", c->shown[r->url], r->why,
            advice);
    dc_server_hide_key(c->fatal.msg, c->cfg.key);
}

/* How long the n-th wait is, with a jitter that is the request's own. */
static double client_backoff(const struct dc_client *c,
                             const struct dc_client_req *r, unsigned n)
{
    const struct dc_rng_key key = {r->seed, r->n_sent};
    double ms =
        ldexp(c->cfg.backoff_ms, n < MAX_DOUBLINGS ? (int)n : MAX_DOUBLINGS);
    ms = fmin(ms, c->cfg.backoff_max_ms);
    return ms * (0.5 + 0.5 * dc_rng_uniform(&key, 0, 0));
}

/* Is there a URL that this request was not tried at since its last wait, and
 * that something may be sent to? */
static bool client_has_other(const struct dc_client *c,
                             const struct dc_client_req *r, double now)
{
    for (size_t i = 0; i < c->cfg.n_url; i++)
        if (!(r->tried >> i & 1) && now >= c->limit[i].hold_ms)
            return true;
    return false;
}

/* What the loss says about the URL. */
static void client_blame(struct dc_client *c, const struct dc_client_req *r,
                         enum dc_client_loss loss, double now)
{
    struct dc_limit *l = &c->limit[r->url];
    double asked = r->has_wait ? r->wait_ms : 0;
    double wait = now < l->hold_ms ? 0 : client_backoff(c, r, l->n_failed);
    if (loss == DC_CLIENT_LIMITED)
        dc_limit_refused(l, now, asked);
    else if (loss == DC_CLIENT_AWAY)
        dc_limit_away(l, now, fmax(asked, wait));
    else
        dc_limit_failed(l);
}

/* Is it to be made again? Else the client has its error. */
static bool client_may_retry(struct dc_client *c, struct dc_client_req *r,
                             enum dc_client_loss loss, double now)
{
    char advice[160];
    if (r->has_wait && r->wait_ms > ASKED_MAX_MS) {
        snprintf(advice, sizeof advice,
                 ": it asks to wait for %.0f s; go on after that",
                 r->wait_ms / 1e3);
        dc_client_give_up(c, r, advice);
        return false;
    }
    if (loss != DC_CLIENT_LIMITED) {
        r->was_limited = false;
        if (r->n_lost++ < c->cfg.retries)
            return true;
        snprintf(
            advice, sizeof advice,
            ": lost %u times, the last time so, and nothing was made of it; "
            "go on when the server is well",
            r->n_lost);
        dc_client_give_up(c, r, advice);
        return false;
    }
    if (!r->was_limited)
        r->limited_ms = now;
    r->was_limited = true;
    if (now - r->limited_ms <= c->cfg.limited_ms)
        return true;
    snprintf(advice, sizeof advice, ": nothing else for %.0f s; go on later",
             (now - r->limited_ms) / 1e3);
    dc_client_give_up(c, r, advice);
    return false;
}

/* The server is there, and this request is what it fails on. */
static bool client_fails_alone(const struct dc_client *c,
                               const struct dc_client_req *r,
                               enum dc_client_loss loss)
{
    return c->cfg.fails_alone && r->status != 0 &&
           r->n_lost >= c->cfg.retries &&
           (loss == DC_CLIENT_LOST || loss == DC_CLIENT_WRONG);
}

bool dc_client_once_more(struct dc_client *c, struct dc_client_req *r,
                         enum dc_client_loss loss, double now,
                         struct dc_client_event *e)
{
    double ready = now;
    bool drawn = loss == DC_CLIENT_LOST || loss == DC_CLIENT_WRONG;
    r->tried |= UINT64_C(1) << r->url;
    if (client_fails_alone(c, r, loss))
        return dc_client_refused(c, r, DC_CLIENT_FAILED, e);
    if (!client_may_retry(c, r, loss, now)) {
        client_enqueue(c, r, HUGE_VAL); /* it is not over, and never will be */
        return !drawn && dc_client_held(c, r, e);
    }
    if (!client_has_other(c, r, now)) {
        double wait = client_backoff(c, r, r->n_cycle++);
        ready += fmax(wait, r->has_wait ? r->wait_ms : 0);
        r->tried = 0;
    }
    r->n_sent++;
    c->counts.n_retry++;
    client_enqueue(c, r, ready);
    if (!drawn)
        return dc_client_held(c, r, e);
    r->attempt++;
    dc_client_fill(c, r, DC_CLIENT_RESTART, e);
    return true;
}

bool dc_client_again(struct dc_client *c, struct dc_client_req *r,
                     enum dc_client_loss loss, struct dc_client_event *e)
{
    double now = dc_clock_ms();
    bool drawn = loss == DC_CLIENT_LOST || loss == DC_CLIENT_WRONG;
    assert(r->state == DC_CLIENT_FLIES);
    dc_client_leave(c, r);
    client_blame(c, r, loss, now);
    c->counts.n_fault += loss == DC_CLIENT_WRONG;
    c->counts.n_limited += loss == DC_CLIENT_LIMITED;
    c->lost_whole = c->lost_whole || (drawn && r->asked_whole);
    if (r->n_member == 0)
        return dc_client_once_more(c, r, loss, now, e);
    dc_client_scatter(c, r, loss, now);
    return false;
}

void dc_client_reject(struct dc_client *c, unsigned id, const char *words)
{
    struct dc_client_req *r = client_req(c, id);
    struct dc_client_event e;
    assert(r->state == DC_CLIENT_FLIES);
    c->is_ending = false;
    snprintf(r->why, sizeof r->why, "%s", words);
    if (dc_client_again(c, r, DC_CLIENT_WRONG, &e))
        dc_client_tell(c, r, e.what);
}

/* ---- sending ---- */

/* The URL with the most room for r; n_url: none has any. */
static size_t client_choose(const struct dc_client *c,
                            const struct dc_client_req *r, double now)
{
    size_t best = c->cfg.n_url;
    double most = 0;
    for (size_t i = 0; i < c->cfg.n_url; i++) {
        const struct dc_limit *l = &c->limit[i];
        double room = 1 - l->in_flight / l->now;
        if (r->tried >> i & 1 || dc_limit_room(l, now) == 0 || room <= most)
            continue;
        best = i;
        most = room;
    }
    return best;
}

void dc_client_departs(struct dc_client *c, struct dc_client_req *r, size_t url,
                       double now)
{
    r->state = DC_CLIENT_LEAVES;
    c->n_waiting--;
    r->url = (unsigned)url;
    r->sent_ms = now;
}

/* Without a stream nothing is heard until an answer is whole. */
static unsigned client_silence_ms(const struct dc_client *c,
                                  const struct dc_client_req *r)
{
    bool whole = !c->cfg.stream || r->asked_whole;
    return c->cfg.silence_ms * (whole ? WHOLE_TIMES : 1);
}

bool dc_client_may_be_whole(const struct dc_client *c,
                            const struct dc_client_req *r, size_t url)
{
    const struct dc_limit *l = &c->limit[url];
    return r->body_whole.n > 0 && !c->lost_whole && l->now >= l->max;
}

void dc_client_flies(struct dc_client_req *r, bool whole, double now)
{
    r->state = DC_CLIENT_FLIES;
    r->asked_whole = whole;
    r->sent_ms = r->token_ms = now;
    r->status = 0;
    r->has_wait = r->events = r->begun = r->finished = r->done = false;
    r->n_finished = 0;
}

static void client_fly(struct dc_client *c, struct dc_client_req *r, double now)
{
    unsigned id = (unsigned)(r - c->req);
    struct dc_http_req q = dc_http_req_default(c->url[r->url]);
    bool whole = r->n > 1 || dc_client_may_be_whole(c, r, r->url);
    dc_client_flies(r, whole, now);
    q.body = whole ? r->body_whole.data : r->body.data;
    q.n_body = whole ? r->body_whole.n : r->body.n;
    q.bearer = c->cfg.key;
    q.connect_ms = c->cfg.connect_ms;
    q.silence_ms = client_silence_ms(c, r);
    enum dc_status st = dc_http_send(c->http, id, &q, NULL);
    assert(st == DC_OK); /* URL and key were checked */
    (void)st;
    dc_sse_clear(&r->sse);
    dc_buf_clear(&r->whole);
    if (r->n_member > 0)
        dc_client_group_flies(c, r, now);
    c->counts.n_in_flight += r->n;
    c->counts.n_request++;
}

static void client_fly_all(struct dc_client *c, double now)
{
    for (unsigned i = 0; i < c->n_all; i++)
        if (c->req[i].state == DC_CLIENT_LEAVES && !c->req[i].group)
            client_fly(c, &c->req[i], now);
}

static bool client_any_room(const struct dc_client *c, double now)
{
    for (size_t i = 0; i < c->cfg.n_url; i++)
        if (dc_limit_room(&c->limit[i], now) > 0)
            return true;
    return false;
}

/* The request that is due and came first, of those behind `after`. */
static struct dc_client_req *client_due(const struct dc_client *c, double now,
                                        uint64_t after)
{
    struct dc_client_req *first = NULL;
    for (unsigned i = 0; i < c->cfg.n_max; i++) {
        struct dc_client_req *r = &c->req[i];
        if (r->state == DC_CLIENT_WAITS && r->ready_ms <= now &&
            r->ticket >= after && (!first || r->ticket < first->ticket))
            first = r;
    }
    return first;
}

/* What is due leaves, as far as there is room for it; false: nothing does. */
static bool client_send_due(struct dc_client *c, double now)
{
    uint64_t after = 0;
    bool any = false;
    while (c->n_waiting > 0 && client_any_room(c, now)) {
        struct dc_client_req *r = client_due(c, now, after);
        if (!r)
            break;
        after = r->ticket + 1;
        if (!client_has_other(c, r, now))
            r->tried = 0; /* the others went away while it waited */
        size_t url = client_choose(c, r, now);
        if (url == c->cfg.n_url)
            continue;
        if (!dc_client_gather(c, r, url, now)) {
            dc_client_departs(c, r, url, now);
            dc_limit_sent(&c->limit[url], 1);
        }
        any = true;
    }
    return any;
}

/* ---- waiting ---- */

/* How long a request may yet say nothing, in ms. */
static double client_patience(const struct dc_client *c,
                              const struct dc_client_req *r, double now)
{
    double most = r->done || r->finished ? DC_CLIENT_LINGER_MS
                  : r->events            ? c->cfg.silence_ms
                                         : client_silence_ms(c, r);
    return r->token_ms + most - now;
}

/* Ms until something is to be done here, at most wait_ms. */
static unsigned client_wait_ms(const struct dc_client *c, unsigned wait_ms,
                               double now)
{
    double least = wait_ms;
    for (unsigned i = 0; i < c->n_all; i++) {
        const struct dc_client_req *r = &c->req[i];
        double left = least;
        if (r->state == DC_CLIENT_FLIES && r->status != 0)
            left = client_patience(c, r, now);
        else if (r->state == DC_CLIENT_WAITS && r->ready_ms > now)
            left = r->ready_ms - now;
        least = fmin(least, left);
    }
    for (size_t i = 0; c->n_waiting > 0 && i < c->cfg.n_url; i++)
        if (c->limit[i].hold_ms > now)
            least = fmin(least, c->limit[i].hold_ms - now);
    return least <= 0 ? 0 : (unsigned)ceil(least);
}

/* Requests that are silent though their connection may not be. */
static void client_lose_silent(struct dc_client *c, double now)
{
    size_t n = c->n_ev;
    for (unsigned i = 0; i < c->n_all; i++) {
        struct dc_client_req *r = &c->req[i];
        bool said = false;
        if (r->state != DC_CLIENT_FLIES || r->status == 0 ||
            client_patience(c, r, now) > 0)
            continue;
        for (size_t k = 0; k < n && !said; k++)
            said = c->ev[k].id == i;
        if (said)
            continue;
        dc_http_abort(c->http, i);
        c->ev[c->n_ev++] = (struct dc_http_event){
            .id = i,
            .what = DC_HTTP_LOST,
            .loss = DC_HTTP_LOSS_SILENCE,
            .words = "no token for as long as --timeout allows"};
    }
}

static void client_poll(struct dc_client *c, unsigned wait_ms, double now)
{
    c->n_ev =
        dc_http_poll(c->http, client_wait_ms(c, wait_ms, now), c->ev, c->n_all);
    c->phase = DC_CLIENT_HEAD;
    client_lose_silent(c, dc_clock_ms());
}

enum dc_status dc_client_wait(struct dc_client *c, unsigned wait_ms,
                              struct dc_err *err)
{
    assert(c->at == c->n_ev && c->n_told == 0 && !c->is_ending);
    assert(c->untold == c->cfg.n_max && !c->spreads);
    double now = dc_clock_ms();
    if (c->fatal.status) {
        if (err)
            *err = c->fatal;
        return c->fatal.status;
    }
    c->at = c->n_ev = 0;
    client_fly_all(c, now);
    if (client_send_due(c, now) && c->cfg.announces) {
        c->untold = 0; /* that they leave is to be told first */
        return DC_OK;
    }
    client_fly_all(c, now);
    client_poll(c, wait_ms, now);
    return DC_OK;
}

static bool client_tell_leaving(struct dc_client *c, struct dc_client_event *e)
{
    while (c->untold < c->cfg.n_max) {
        const struct dc_client_req *r = &c->req[c->untold++];
        if (r->state != DC_CLIENT_LEAVES)
            continue;
        dc_client_fill(c, r, DC_CLIENT_SENDING, e);
        return true;
    }
    return false;
}

static bool client_tell_told(struct dc_client *c, struct dc_client_event *e)
{
    for (unsigned i = 0; c->n_told > 0 && i < c->cfg.n_max; i++) {
        struct dc_client_req *r = &c->req[i];
        if (!r->has_told)
            continue;
        r->has_told = false;
        c->n_told--;
        dc_client_fill(c, r, r->told, e);
        if (r->state == DC_CLIENT_EMPTY)
            e->words = r->why;
        return true;
    }
    return false;
}

/* What is to be told before more is read. */
static bool client_tell(struct dc_client *c, struct dc_client_event *e)
{
    return client_tell_told(c, e) || client_tell_leaving(c, e) ||
           dc_client_spread(c, e);
}

/* The next thing that the net brought; false: there is none. */
static bool client_read_on(struct dc_client *c, struct dc_client_event *e)
{
    while (!c->fatal.status && c->at < c->n_ev) {
        if (dc_client_read(c, e)) {
            if (e->id < c->cfg.n_max)
                return true;
            c->spreads = true;
            c->spread = *e;
            c->spread_at = 0;
        } else if (!c->fatal.status) {
            c->at++;
            c->phase = DC_CLIENT_HEAD;
        }
        if (client_tell(c, e))
            return true;
    }
    c->at = c->n_ev;
    return false;
}

bool dc_client_next(struct dc_client *c, struct dc_client_event *e)
{
    client_settle(c);
    if (!client_tell(c, e) && !client_read_on(c, e))
        return false;
    c->is_ending = e->what == DC_CLIENT_WHOLE;
    c->ending = e->id;
    return true;
}

void dc_client_counts(const struct dc_client *c, struct dc_client_counts *out)
{
    *out = c->counts;
}
