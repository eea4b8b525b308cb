/*
 * http.c - requests in flight over libcurl's multi interface.
 *
 * A handle may leave the multi handle at any time but inside a callback, so the
 * callbacks (http_send.c) only store, and everything is decided here between
 * two calls of libcurl. Nothing is read while events of an earlier read wait to
 * be handed out, and of each connection no more than DC_HTTP_PILE at a time
 * (libcurl would read 100 times BUFFERSIZE in one call), which bounds what a
 * fast server can pile up in memory.
 *
 * Silence has a clock of its own, as libcurl's LOW_SPEED_TIME counts averages
 * in whole seconds and counts the time to connect too.
 */
#include "net/http.h"

#include "base/clock.h"
#include "base/mem.h"
#include "net/http_priv.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

struct dc_http_req dc_http_req_default(const char *url)
{
    return (struct dc_http_req){
        .url = url,
        .connect_ms = 15000,
        .silence_ms = 300000,
        .max_body = (size_t)1 << 30,
    };
}

static void http_multi_must(CURLMcode rc)
{
    if (rc == CURLM_OUT_OF_MEMORY)
        dc_out_of_memory();
    /* A poll() of libcurl's that a signal ended is no error of anyone. */
    assert(rc == CURLM_OK || rc == CURLM_UNRECOVERABLE_POLL);
}

/* libcurl counts who uses it, in older builds without a lock. */
static void http_global(bool begins)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    CURLcode rc = CURLE_OK;

    pthread_mutex_lock(&lock);
    if (begins)
        rc = curl_global_init(CURL_GLOBAL_DEFAULT);
    else
        curl_global_cleanup();
    pthread_mutex_unlock(&lock);
    if (rc != CURLE_OK)
        dc_out_of_memory();
}

struct dc_http *dc_http_create(unsigned n_max)
{
    struct dc_http *h = dc_xcalloc(1, sizeof *h);

    assert(n_max > 0);
    http_global(true);
    h->multi = curl_multi_init();
    if (!h->multi)
        dc_out_of_memory();
    http_multi_must(
        curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)n_max));
    h->n_max = n_max;
    h->place = dc_xcalloc(n_max, sizeof *h->place);
    for (unsigned i = 0; i < n_max; i++) {
        dc_buf_init(&h->place[i].body, SIZE_MAX);
        dc_buf_init(&h->place[i].words, 4 * DC_HTTP_WORDS);
    }
    return h;
}

/* The end of a request for libcurl; an unfinished one's connection closes. */
static void http_take_back(struct dc_http *h, struct dc_http_place *p)
{
    http_multi_must(curl_multi_remove_handle(h->multi, p->easy));
    curl_easy_cleanup(p->easy);
    curl_slist_free_all(p->header);
    p->easy = NULL;
    p->header = NULL;
    p->state = DC_HTTP_OVER;
}

void dc_http_free(struct dc_http *h)
{
    if (!h)
        return;
    for (unsigned i = 0; i < h->n_max; i++) {
        struct dc_http_place *p = &h->place[i];
        dc_http_abort(h, i);
        dc_buf_release(&p->body);
        dc_buf_release(&p->words);
    }
    curl_multi_cleanup(h->multi);
    http_global(false);
    free(h->place);
    free(h);
}

enum dc_status dc_http_send(struct dc_http *h, unsigned id,
                            const struct dc_http_req *r, struct dc_err *err)
{
    assert(id < h->n_max && h->place[id].state == DC_HTTP_EMPTY);
    assert(r->connect_ms > 0 && r->silence_ms > 0);
    struct dc_http_place *p = &h->place[id];
    enum dc_status st = dc_http_check_url(r->url, err);

    if (!st && r->bearer)
        st = dc_http_check_key(r->bearer, err);
    if (st)
        return st;
    dc_http_prepare(p, r);
    /* body, words and the strings of head may be those of an event that the
     * caller still looks at: they stay until the next poll. */
    p->head.done = p->head_told = false;
    p->n_body = 0;
    p->max_body = r->max_body;
    p->too_large = p->lost = p->connected = p->paused = false;
    p->silence_ms = r->silence_ms;
    p->n_sent = 0;
    http_multi_must(curl_multi_add_handle(h->multi, p->easy));
    p->state = DC_HTTP_FLYING;
    return DC_OK;
}

void dc_http_abort(struct dc_http *h, unsigned id)
{
    assert(id < h->n_max);
    struct dc_http_place *p = &h->place[id];

    if (p->state == DC_HTTP_FLYING)
        http_take_back(h, p);
    p->state = DC_HTTP_EMPTY;
    p->body_told = true;
}

bool dc_http_busy(const struct dc_http *h, unsigned id)
{
    assert(id < h->n_max);
    return h->place[id].state != DC_HTTP_EMPTY;
}

/* Is there something to hand out? */
static bool http_has_news(const struct dc_http_place *p)
{
    return p->state == DC_HTTP_OVER ||
           (p->state == DC_HTTP_FLYING &&
            ((p->head.done && !p->head_told) || p->body.n > 0));
}

static bool http_any_news(const struct dc_http *h)
{
    for (unsigned i = 0; i < h->n_max; i++)
        if (http_has_news(&h->place[i]))
            return true;
    return false;
}

/* There is room again: libcurl hands over what it held back at once, and goes
 * on reading. */
static void http_unpause(struct dc_http *h, struct dc_http_place *p)
{
    if (p->state != DC_HTTP_FLYING || !p->paused)
        return;
    p->paused = false;
    CURLcode rc = curl_easy_pause(p->easy, CURLPAUSE_CONT);
    if (rc == CURLE_OK)
        return;
    /* libcurl has dropped what it could not hand over, and would go on. */
    dc_http_explain(p, rc);
    http_take_back(h, p);
}

static void http_forget_told(struct dc_http *h)
{
    for (unsigned i = 0; i < h->n_max; i++)
        if (h->place[i].body_told) {
            dc_buf_clear(&h->place[i].body);
            h->place[i].body_told = false;
            http_unpause(h, &h->place[i]);
        }
}

/* Let libcurl send and receive, and take back what it is done with. */
static void http_work(struct dc_http *h)
{
    int n = 0;
    const CURLMsg *m;

    http_multi_must(curl_multi_perform(h->multi, &n));
    while ((m = curl_multi_info_read(h->multi, &n)) != NULL) {
        struct dc_http_place *p = NULL;
        CURLcode rc = m->data.result;
        if (m->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&p);
        if (rc != CURLE_OK)
            dc_http_explain(p, rc);
        http_take_back(h, p);
    }
}

/* Milliseconds until p is to be given up for its silence; 0: now. */
static double http_patience(struct dc_http_place *p, double now)
{
    curl_off_t sent = 0;

    if (now - p->last_ms < p->silence_ms)
        return p->last_ms + p->silence_ms - now;
    /* A long prompt over a slow line is not silence. */
    curl_easy_getinfo(p->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    if (sent == p->n_sent)
        return 0;
    p->n_sent = sent;
    p->last_ms = now;
    return p->silence_ms;
}

static void http_lose_silent(struct dc_http *h)
{
    double now = dc_clock_ms();

    for (unsigned i = 0; i < h->n_max; i++) {
        struct dc_http_place *p = &h->place[i];
        if (p->state != DC_HTTP_FLYING || !p->connected ||
            http_patience(p, now) > 0)
            continue;
        http_take_back(h, p);
        p->lost = true;
        p->loss = DC_HTTP_LOSS_SILENCE;
        dc_buf_clear(&p->words);
        dc_buf_addf(&p->words, "no %s for %g s, after %llu bytes",
                    p->head.done ? "byte" : "whole header", p->silence_ms / 1e3,
                    (unsigned long long)p->n_body);
    }
}

/* How long to wait: no longer than until the first silence is one. */
static unsigned http_wait_ms(struct dc_http *h, unsigned wait_ms)
{
    double now = dc_clock_ms(), most = wait_ms;

    for (unsigned i = 0; i < h->n_max; i++) {
        struct dc_http_place *p = &h->place[i];
        if (p->state != DC_HTTP_FLYING || !p->connected)
            continue;
        double left = http_patience(p, now);
        if (left < most)
            most = left;
    }
    return (unsigned)most + (most < wait_ms);
}

static void http_tell(struct dc_http_place *p, unsigned id,
                      struct dc_http_event *e)
{
    *e = (struct dc_http_event){.id = id};
    e->location = e->type = e->length = e->range = "";
    e->etag = e->linked_etag = e->commit = "";
    if (p->head.done && !p->head_told) {
        e->what |= DC_HTTP_HEAD;
        e->status = p->head.status;
        e->has_retry_after = dc_http_head_retry_after(
            &p->head, (double)time(NULL), &e->retry_after_s);
        e->location = p->head.location;
        e->type = p->head.type;
        e->length = p->head.length;
        e->range = p->head.range;
        e->etag = p->head.etag;
        e->linked_etag = p->head.linked_etag;
        e->commit = p->head.commit;
        p->head_told = true;
    }
    if (p->body.n > 0) {
        e->what |= DC_HTTP_DATA;
        e->data = p->body.data;
        e->n = p->body.n;
        p->body_told = true;
    }
    if (p->state != DC_HTTP_OVER)
        return;
    e->what |= p->lost ? DC_HTTP_LOST : DC_HTTP_END;
    if (p->lost) {
        e->loss = p->loss;
        e->words = p->words.data;
    }
    p->state = DC_HTTP_EMPTY;
}

static size_t http_hand_out(struct dc_http *h, struct dc_http_event *ev,
                            size_t max)
{
    size_t n = 0;

    for (unsigned k = 0; k < h->n_max && n < max; k++) {
        unsigned id = h->first;
        h->first = (h->first + 1) % h->n_max;
        if (http_has_news(&h->place[id]))
            http_tell(&h->place[id], id, &ev[n++]);
    }
    return n;
}

size_t dc_http_poll(struct dc_http *h, unsigned wait_ms,
                    struct dc_http_event *ev, size_t max)
{
    assert(max > 0);
    http_forget_told(h);
    if (!http_any_news(h)) {
        http_work(h);
        unsigned wait = http_any_news(h) ? 0 : http_wait_ms(h, wait_ms);
        if (wait > 0) {
            http_multi_must(
                curl_multi_poll(h->multi, NULL, 0, (int)wait, NULL));
            http_work(h);
        }
        http_lose_silent(h);
    }
    return http_hand_out(h, ev, max);
}
