/*
 * client_util.h - requests of openai_client.h at tests/servers/mock.py, and
 * what came of them: for the tests of streams and of answers in one piece.
 */
#ifndef DC_TEST_CLIENT_UTIL_H
#define DC_TEST_CLIENT_UTIL_H

#include "base/mem.h"
#include "infer/openai_call.h"
#include "infer/openai_client.h"
#include "mock_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* clang-format off */
#include <cmocka.h>
/* clang-format on */

enum { N_REQ = 32 };

static struct mock_server mock;
static unsigned next_seed = 1; /* the mock knows a request by its body */

/* What came of the requests of a client. */
struct heard {
    unsigned n_chunk, n_whole, n_restart, n_context, n_filter;
    unsigned n_sending, n_held;
    unsigned n_piece;        /* chunks that are answers in one piece */
    unsigned attempt, url;   /* of the last event */
    unsigned n_url[2];       /* answers from each URL */
    unsigned most_in_flight; /* at any time */
    char words[500];
    enum dc_status st;
    struct dc_err err;
    struct dc_client_counts counts;
};

static const char *url_of(unsigned port, const char *path)
{
    static char url[4][64];
    static unsigned n;
    char *s = url[n++ % 4];
    snprintf(s, sizeof url[0], "http://127.0.0.1:%u%s", port, path);
    return s;
}

/* Short waits, two retries, one URL. */
static struct dc_client_cfg quick(void)
{
    static const char *url[1];
    struct dc_client_cfg c = dc_client_cfg_default();
    url[0] = url_of(mock.port, "/v1");
    c.url = url;
    c.n_url = 1;
    c.n_max = N_REQ;
    c.connect_ms = 5000;
    c.silence_ms = 20000;
    c.retries = 2;
    c.backoff_ms = 1;
    c.backoff_max_ms = 4;
    return c;
}

static struct dc_client *client(const struct dc_client_cfg *cfg)
{
    struct dc_client *c = NULL;
    struct dc_err err = {.msg = ""};
    if (dc_client_create(cfg, &c, &err))
        fail_msg("%s", err.msg);
    return c;
}

static const char *body_of(const char *scenario, bool stream)
{
    static char body[2][2000];
    char *s = body[stream];
    snprintf(s, sizeof body[0],
             "{\"model\":\"mock:%s\",\"stream\":%s,\"seed\":%u,"
             "\"logprobs\":true,\"top_logprobs\":3,\"messages\":"
             "[{\"role\":\"user\",\"content\":\"hello\"}]}",
             scenario, stream ? "true" : "false", next_seed);
    return s;
}

static void send_bodies(struct dc_client *c, unsigned id, const char *body,
                        const char *whole)
{
    const struct dc_client_ask ask = {.body = body,
                                      .n_body = strlen(body),
                                      .whole = whole,
                                      .n_whole = whole ? strlen(whole) : 0,
                                      .seed = next_seed++};
    dc_client_send(c, id, &ask);
    assert_true(dc_client_busy(c, id));
}

static void hear(struct dc_client *c, const struct dc_client_event *e,
                 struct heard *h)
{
    h->attempt = e->attempt;
    h->url = e->url;
    if (e->words)
        snprintf(h->words, sizeof h->words, "%s", e->words);
    h->n_chunk += e->what == DC_CLIENT_CHUNK;
    h->n_piece += e->what == DC_CLIENT_CHUNK && e->whole;
    h->n_whole += e->what == DC_CLIENT_WHOLE;
    h->n_restart += e->what == DC_CLIENT_RESTART;
    h->n_context += e->what == DC_CLIENT_CONTEXT;
    h->n_filter += e->what == DC_CLIENT_FILTER;
    h->n_sending += e->what == DC_CLIENT_SENDING;
    h->n_held += e->what == DC_CLIENT_HELD;
    h->n_url[e->url] += e->what == DC_CLIENT_WHOLE;
    assert_int_equal((e->what == DC_CLIENT_CHUNK), e->chunk != NULL);
    assert_int_equal(
        dc_client_busy(c, e->id),
        e->what == DC_CLIENT_CHUNK || e->what == DC_CLIENT_RESTART ||
            e->what == DC_CLIENT_SENDING || e->what == DC_CLIENT_HELD);
}

static bool any_busy(const struct dc_client *c)
{
    for (unsigned i = 0; i < N_REQ; i++)
        if (dc_client_busy(c, i))
            return true;
    return false;
}

/* Until nothing is under way, or it can't go on. */
static void listen_to(struct dc_client *c, struct heard *h)
{
    struct dc_client_event e;
    while (!h->st) {
        while (dc_client_next(c, &e))
            hear(c, &e, h);
        if (!any_busy(c))
            break;
        h->st = dc_client_wait(c, 250, &h->err);
        dc_client_counts(c, &h->counts);
        if (h->counts.n_in_flight > h->most_in_flight)
            h->most_in_flight = h->counts.n_in_flight;
    }
    dc_client_counts(c, &h->counts);
}

/* What fails once. drawn: the server may have sampled, so that it is another
 * attempt; fault: it counts as an answer that was wrong. */
static const struct {
    const char *scenario;
    bool drawn, fault;
} once[] = {
    {"500-then-fine", true, false},
    {"503,retry_after=0", false, false},
    {"408", true, false},
    {"409", true, false},
    {"425", true, false},
    {"engine-dead", true, false},
    {"cut", true, false},
    {"cut-utf8", true, false},
    {"reset", true, false},
    {"empty-reply", true, false},
    {"error-in-stream", true, false},
    {"silence", true, false},
    {"silence-at-once", true, false},
    {"silence-pings", true, false},
    {"not-http", true, false},
    {"no-finish", true, true},
    {"garbage", true, true},
    {"html", true, true},
    {"not-json", true, true},
};

/* GET a path of the mock and wait for the answer. Has it these words? */
static bool mock_says(const char *path, const char *const *words, size_t n)
{
    struct dc_call_cfg cfg = dc_call_cfg_default(url_of(mock.port, "/v1"));
    struct dc_call *call = NULL;
    struct dc_call_reply r;
    struct dc_err err = {.msg = ""};
    cfg.tries = 1;
    if (dc_call_open(&cfg, &call, &err) || dc_call_get(call, path, &r, &err))
        fail_msg("%s", err.msg);
    bool all = true;
    for (size_t i = 0; i < n; i++)
        all = all && strstr(r.body, words[i]);
    dc_call_close(call);
    return all;
}

static void mock_get(const char *path, const char *const *words, size_t n)
{
    assert_true(mock_says(path, words, n));
}

#endif
