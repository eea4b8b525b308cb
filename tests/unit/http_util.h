/*
 * http_util.h - requests of a test and what came of them.
 */
#ifndef DC_TEST_HTTP_UTIL_H
#define DC_TEST_HTTP_UTIL_H

#include "base/buf.h"
#include "mock_server.h"
#include "net/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { N_PLACE = 64 };

/* What came of a request. */
struct got {
    unsigned what; /* of all its events */
    int status;
    bool has_retry_after;
    double retry_after_s;
    char location[100], type[100], words[500];
    enum dc_http_loss loss;
    struct dc_buf body;
};

struct tester {
    struct mock_server mock;
    struct dc_http *h;
    struct got got[N_PLACE];
};

static inline void got_forget(struct got *g)
{
    dc_buf_release(&g->body);
    *g = (struct got){.what = 0};
    dc_buf_init(&g->body, (size_t)1 << 26);
}

static inline void tester_url(const struct tester *t, const char *path,
                              char url[100])
{
    snprintf(url, 100, "http://127.0.0.1:%u%s", t->mock.port, path);
}

/* Send r, and forget what came of an older request of this place. */
static inline void tester_send(struct tester *t, unsigned id,
                               const struct dc_http_req *r)
{
    struct dc_err err = {.msg = ""};
    got_forget(&t->got[id]);
    if (dc_http_send(t->h, id, r, &err))
        fail_msg("%s", err.msg);
    assert_true(dc_http_busy(t->h, id));
}

/* GET a path of the mock. */
static inline void tester_get(struct tester *t, unsigned id, const char *path)
{
    char url[100];
    tester_url(t, path, url);
    struct dc_http_req r = dc_http_req_default(url);
    tester_send(t, id, &r);
}

/* A chat request's body for a scenario of the mock. */
static inline size_t tester_chat(const char *scenario, unsigned seed,
                                 char body[500])
{
    int n = snprintf(body, 500,
                     "{\"model\":\"mock:%s\",\"stream\":true,\"seed\":%u,"
                     "\"logprobs\":true,\"top_logprobs\":5,\"messages\":"
                     "[{\"role\":\"user\",\"content\":\"hello\"}]}",
                     scenario, seed);
    return (size_t)n;
}

/* What is asked of the mock by POST; the rest as r has it, url and body not. */
static inline void tester_post(struct tester *t, unsigned id,
                               const char *scenario,
                               const struct dc_http_req *like)
{
    char url[100], body[500];
    tester_url(t, "/v1/chat/completions", url);
    struct dc_http_req r = like ? *like : dc_http_req_default(url);
    r.url = url;
    r.body = body;
    r.n_body = tester_chat(scenario, id, body);
    tester_send(t, id, &r);
}

static inline void got_take(struct got *g, const struct dc_http_event *e)
{
    assert_int_equal(g->what & (DC_HTTP_END | DC_HTTP_LOST), 0);
    assert_int_not_equal(e->what, 0);
    if (e->what & DC_HTTP_HEAD) {
        assert_int_equal(g->what & DC_HTTP_HEAD, 0);
        g->status = e->status;
        g->has_retry_after = e->has_retry_after;
        g->retry_after_s = e->retry_after_s;
        snprintf(g->location, sizeof g->location, "%s", e->location);
        snprintf(g->type, sizeof g->type, "%s", e->type);
    }
    g->what |= e->what;
    if (e->what & DC_HTTP_DATA) {
        assert_true(g->what & DC_HTTP_HEAD);
        assert_true(e->n > 0);
        dc_buf_add(&g->body, e->data, e->n);
    }
    if (e->what & DC_HTTP_LOST) {
        assert_int_equal(e->what & DC_HTTP_END, 0);
        g->loss = e->loss;
        snprintf(g->words, sizeof g->words, "%s", e->words);
        assert_true(*e->words != '\0');
    }
}

/* Poll once, max events at most. */
static inline size_t tester_poll(struct tester *t, size_t max)
{
    struct dc_http_event ev[N_PLACE];
    size_t n = dc_http_poll(t->h, 250, ev, max);
    uint64_t seen = 0;
    for (size_t i = 0; i < n; i++) {
        assert_false(seen >> ev[i].id & 1); /* one event a request */
        seen |= UINT64_C(1) << ev[i].id;
        got_take(&t->got[ev[i].id], &ev[i]);
    }
    return n;
}

/* Until the request of a place is over. */
static inline struct got *tester_finish(struct tester *t, unsigned id)
{
    while (dc_http_busy(t->h, id))
        tester_poll(t, N_PLACE);
    return &t->got[id];
}

/* One chat request of a scenario, to its end. */
static inline struct got *tester_play(struct tester *t, const char *scenario)
{
    tester_post(t, 0, scenario, NULL);
    return tester_finish(t, 0);
}

static inline void tester_start(struct tester *t, const char *const *option)
{
    if (!mock_server_start(&t->mock, option))
        exit(77);
    t->h = dc_http_create(N_PLACE);
    for (unsigned i = 0; i < N_PLACE; i++)
        dc_buf_init(&t->got[i].body, 0);
}

static inline void tester_end(struct tester *t)
{
    for (unsigned i = 0; i < N_PLACE; i++)
        dc_buf_release(&t->got[i].body);
    dc_http_free(t->h);
    mock_server_stop(&t->mock);
}

#endif
