/*
 * Requests in flight, against tests/servers/mock.py: what comes back whole,
 * what is lost and why, what an abort does to the server and its neighbours.
 */
#include "base/mem.h"
#include "http_util.h"
#include "net/sse.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

static struct tester t;

static int start(void **state)
{
    (void)state;
    tester_start(&t, NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    tester_end(&t);
    return 0;
}

/* A counter of the mock, once `wait` (key=n) holds there. */
static unsigned long counter(const char *wait, const char *key)
{
    char path[100];
    snprintf(path, sizeof path, "/mock/wait?%s", wait);
    tester_get(&t, N_PLACE - 1, path);
    struct got *g = tester_finish(&t, N_PLACE - 1);
    assert_int_equal(g->status, 200);
    snprintf(path, sizeof path, "\"%s\": ", key);
    const char *at = strstr(g->body.data, path);
    assert_non_null(at);
    return strtoul(at + strlen(path), NULL, 10);
}

static void reset_counters(void)
{
    tester_get(&t, 0, "/mock/reset");
    assert_int_equal(tester_finish(&t, 0)->status, 200);
}

/* ---- what comes whole ---------------------------------------------------- */

static void gets_and_posts(void **state)
{
    (void)state;
    tester_get(&t, 3, "/v1/models");
    struct got *g = tester_finish(&t, 3);
    assert_int_equal(g->what, DC_HTTP_HEAD | DC_HTTP_DATA | DC_HTTP_END);
    assert_int_equal(g->status, 200);
    assert_string_equal(g->type, "application/json");
    assert_non_null(strstr(g->body.data, "\"mock:normal\""));
    g = tester_play(&t, "normal");
    assert_int_equal(g->what, DC_HTTP_HEAD | DC_HTTP_DATA | DC_HTTP_END);
    assert_string_equal(g->type, "text/event-stream; charset=utf-8");
    assert_false(g->has_retry_after);
    tester_get(&t, 0, "/mock/last");
    g = tester_finish(&t, 0);
    assert_non_null(strstr(g->body.data, "\"method\": \"POST\""));
    assert_non_null(strstr(g->body.data, "deepconf/" DC_VERSION));
    assert_non_null(strstr(g->body.data, "\"Content-Type\": "
                                         "\"application/json\""));
    assert_null(strstr(g->body.data, "Authorization"));
    assert_null(strstr(g->body.data, "Expect"));
}

/* The events of a stream; *done: the last was [DONE]. */
static unsigned count_events(const struct dc_buf *body, bool *done)
{
    struct dc_sse s;
    struct dc_sse_event e;
    struct dc_err err;
    unsigned n = 0;
    bool more = true;
    dc_sse_init(&s, 1 << 16);
    dc_sse_feed(&s, body->data, body->n);
    for (*done = false;; n++) {
        assert_int_equal(dc_sse_next(&s, &e, &more, &err), DC_OK);
        if (!more)
            break;
        assert_false(*done);
        *done = !strcmp(e.data, "[DONE]");
    }
    dc_sse_release(&s);
    return n;
}

static void send_all_places(void)
{
    for (unsigned i = 0; i < N_PLACE; i++)
        tester_post(&t, i, "slow,delay_ms=2,tokens=9", NULL);
    for (unsigned i = 0; i < N_PLACE; i++) {
        bool done;
        struct got *g = tester_finish(&t, i);
        assert_int_equal(g->what, DC_HTTP_HEAD | DC_HTTP_DATA | DC_HTTP_END);
        /* role, tokens, finish, [DONE] */
        assert_int_equal(count_events(&g->body, &done), 1 + 9 + 1 + 1);
        assert_true(done);
    }
}

static void has_64_in_flight_over_kept_connections(void **state)
{
    (void)state;
    reset_counters();
    send_all_places();
    unsigned long n = counter("finished=64", "connections");
    assert_true(n >= N_PLACE - 2); /* earlier tests may have left one or two */
    send_all_places();
    assert_int_equal(counter("finished=128", "connections"), n);
}

static void a_kept_connection_may_be_closed(void **state)
{
    (void)state;
    bool done;
    for (unsigned i = 0; i < 20; i++) {
        struct got *g = tester_play(&t, "close-after,tokens=1");
        assert_int_equal(g->what, DC_HTTP_HEAD | DC_HTTP_DATA | DC_HTTP_END);
        count_events(&g->body, &done);
        assert_true(done);
    }
}

static void hands_out_in_small_portions(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++)
        tester_post(&t, i, "normal,tokens=20", NULL);
    bool busy = true, done = false;
    while (busy) {
        assert_true(tester_poll(&t, 1) <= 1);
        busy = false;
        for (unsigned i = 0; i < 8; i++)
            busy = busy || dc_http_busy(t.h, i);
    }
    for (unsigned i = 0; i < 8; i++) {
        assert_int_equal(t.got[i].what,
                         DC_HTTP_HEAD | DC_HTTP_DATA | DC_HTTP_END);
        assert_int_equal(count_events(&t.got[i].body, &done), 23);
        assert_true(done);
    }
}

static void says_how_long_to_wait(void **state)
{
    (void)state;
    struct got *g = tester_play(&t, "429-seconds");
    assert_int_equal(g->status, 429);
    assert_true(g->has_retry_after && g->retry_after_s == 2);
    assert_non_null(strstr(g->body.data, "mock error"));
    g = tester_play(&t, "429-date"); /* of a clock that is an hour ahead */
    assert_true(g->has_retry_after && g->retry_after_s == 3);
    g = tester_play(&t, "429-ms");
    assert_true(g->has_retry_after && g->retry_after_s == 0.25);
    g = tester_play(&t, "429");
    assert_int_equal(g->status, 429);
    assert_false(g->has_retry_after);
    g = tester_play(&t, "500-then-fine");
    assert_int_equal(g->status, 500);
    g = tester_play(&t, "500-then-fine");
    assert_int_equal(g->status, 200);
}

static void reports_a_redirect_and_stays(void **state)
{
    (void)state;
    struct got *g = tester_play(&t, "redirect");
    assert_int_equal(g->what, DC_HTTP_HEAD | DC_HTTP_END);
    assert_int_equal(g->status, 307);
    assert_string_equal(g->location, "http://other.invalid/v1");
}

/* ---- abort --------------------------------------------------------------- */

static void wait_for_data(unsigned id)
{
    while (!(t.got[id].what & DC_HTTP_DATA))
        tester_poll(&t, N_PLACE);
}

static void an_abort_reaches_the_server_alone(void **state)
{
    (void)state;
    reset_counters();
    for (unsigned i = 0; i < 8; i++)
        tester_post(&t, i, "silence", NULL);
    for (unsigned i = 0; i < 8; i++)
        wait_for_data(i);
    for (unsigned i = 0; i < 8; i += 2) {
        dc_http_abort(t.h, i);
        assert_false(dc_http_busy(t.h, i));
        dc_http_abort(t.h, i); /* an empty place stays empty */
    }
    assert_int_equal(counter("aborted=4", "running"), 4);
    for (unsigned i = 0; i < 8; i += 2)
        assert_int_equal(t.got[i].what, DC_HTTP_HEAD | DC_HTTP_DATA);
    for (unsigned i = 1; i < 8; i += 2) {
        assert_true(dc_http_busy(t.h, i));
        dc_http_abort(t.h, i);
    }
    assert_int_equal(counter("aborted=8", "running"), 0);
}

static void a_place_is_used_again_at_once(void **state)
{
    (void)state;
    struct dc_http_event ev[N_PLACE];
    size_t n = 0, n_abort = 0;
    tester_post(&t, 0, "silence", NULL);
    while (n_abort < 5) {
        n = dc_http_poll(t.h, 250, ev, N_PLACE);
        for (size_t i = 0; i < n; i++) {
            if (!(ev[i].what & DC_HTTP_DATA))
                continue;
            dc_http_abort(t.h, ev[i].id);
            tester_post(&t, ev[i].id, n_abort < 4 ? "silence" : "normal", NULL);
            n_abort++;
            /* what is at hand stays whole */
            assert_non_null(memchr(ev[i].data, '{', ev[i].n));
        }
    }
    struct got *g = tester_finish(&t, 0);
    bool done;
    assert_int_equal(g->what, DC_HTTP_HEAD | DC_HTTP_DATA | DC_HTTP_END);
    count_events(&g->body, &done);
    assert_true(done);
    assert_memory_equal(g->body.data, "data: ", 6);
}

/* ---- what is lost -------------------------------------------------------- */

static void loses(const char *scenario, enum dc_http_loss loss)
{
    struct got *g = tester_play(&t, scenario);
    assert_true(g->what & DC_HTTP_LOST);
    assert_int_equal(g->loss, loss);
}

static void tells_losses_apart(void **state)
{
    (void)state;
    loses("cut", DC_HTTP_LOSS_RESET);
    assert_true(t.got[0].what & DC_HTTP_DATA);
    loses("cut-utf8,refuse=0", DC_HTTP_LOSS_RESET);
    loses("reset", DC_HTTP_LOSS_RESET);
    loses("empty-reply", DC_HTTP_LOSS_RESET);
    loses("not-http", DC_HTTP_LOSS_NOT_HTTP);
    assert_false(t.got[0].what & DC_HTTP_DATA);
}

static struct got *lost_at(const char *url, unsigned connect_ms)
{
    struct dc_http_req r = dc_http_req_default(url);
    r.connect_ms = connect_ms;
    r.bearer = "sk-secret";
    tester_send(&t, 0, &r);
    struct got *g = tester_finish(&t, 0);
    assert_true(g->what == DC_HTTP_LOST);
    assert_null(strstr(g->words, "secret"));
    return g;
}

/* A port of loopback where nobody listens, or (listening) nobody answers. */
static int quiet_port(bool listening, unsigned *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t n = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, n), 0);
    if (listening)
        assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

static void says_why_there_is_no_connection(void **state)
{
    (void)state;
    char url[100];
    unsigned port;
    int fd = quiet_port(false, &port);
    snprintf(url, sizeof url, "http://127.0.0.1:%u/v1?key=secret", port);
    assert_int_equal(lost_at(url, 5000)->loss, DC_HTTP_LOSS_CONNECT);
    close(fd);
    assert_int_equal(lost_at("http://far.invalid/", 100)->loss,
                     DC_HTTP_LOSS_DNS);
    snprintf(url, sizeof url, "https://127.0.0.1:%u/", t.mock.port);
    assert_int_equal(lost_at(url, 5000)->loss, DC_HTTP_LOSS_TLS);
    /* Somebody listens, and no TLS ever comes. */
    fd = quiet_port(true, &port);
    snprintf(url, sizeof url, "https://127.0.0.1:%u/", port);
    assert_int_equal(lost_at(url, 100)->loss, DC_HTTP_LOSS_CONNECT);
    close(fd);
}

static void gives_up_on_silence_alone(void **state)
{
    (void)state;
    struct dc_http_req r = dc_http_req_default("");
    bool done;
    reset_counters();
    r.silence_ms = 100;
    tester_post(&t, 0, "silence", &r);
    tester_post(&t, 1, "silence-at-once", &r);
    tester_post(&t, 3, "normal,heads=1", &r);
    r.silence_ms = 20000;
    tester_post(&t, 2, "slow,tokens=8", &r); /* 0.5 s in all */
    struct got *g = tester_finish(&t, 0);
    assert_int_equal(g->what, DC_HTTP_HEAD | DC_HTTP_DATA | DC_HTTP_LOST);
    assert_int_equal(g->loss, DC_HTTP_LOSS_SILENCE);
    assert_non_null(strstr(g->words, "no byte for 0.1 s"));
    g = tester_finish(&t, 1);
    assert_int_equal(g->what, DC_HTTP_HEAD | DC_HTTP_LOST);
    assert_int_equal(g->loss, DC_HTTP_LOSS_SILENCE);
    g = tester_finish(&t, 2);
    assert_int_equal(g->what, DC_HTTP_HEAD | DC_HTTP_DATA | DC_HTTP_END);
    count_events(&g->body, &done);
    assert_true(done);
    g = tester_finish(&t, 3);
    assert_int_equal(g->what, DC_HTTP_LOST);
    assert_int_equal(g->loss, DC_HTTP_LOSS_SILENCE);
    assert_non_null(strstr(g->words, "no whole header for 0.1 s"));
    /* The server learns of it. */
    assert_int_equal(counter("aborted=3", "running"), 0);
}

static void refuses_what_is_too_large(void **state)
{
    (void)state;
    struct dc_http_req r = dc_http_req_default("");
    r.max_body = 1 << 20;
    tester_post(&t, 0, "big", &r); /* counted as it comes */
    struct got *g = tester_finish(&t, 0);
    assert_int_equal(g->loss, DC_HTTP_LOSS_TOO_LARGE);
    assert_true(g->body.n <= r.max_body);
    assert_non_null(strstr(g->words, "1048576"));
    r.max_body = 20;
    tester_post(&t, 0, "html", &r); /* told by its length */
    g = tester_finish(&t, 0);
    assert_int_equal(g->loss, DC_HTTP_LOSS_TOO_LARGE);
    assert_int_equal(g->body.n, 0);
    r.max_body = (size_t)1 << 30;
    tester_post(&t, 0, "big", &r);
    g = tester_finish(&t, 0);
    assert_int_equal(g->what, DC_HTTP_HEAD | DC_HTTP_DATA | DC_HTTP_END);
    assert_int_equal(g->body.n, 6 + (8 << 20) + 2);
}

/* A byte too much in what libcurl held back while there was enough here. */
static void counts_what_was_held_back(void **state)
{
    (void)state;
    const size_t size = 6 + (8 << 20) + 2;
    struct dc_http_req r = dc_http_req_default("");
    for (size_t less = 0; less < 3; less++) {
        r.max_body = size - less;
        tester_post(&t, 0, "big", &r);
        struct got *g = tester_finish(&t, 0);
        if (less == 0)
            assert_int_equal(g->body.n, size);
        else
            assert_int_equal(g->loss, DC_HTTP_LOSS_TOO_LARGE);
        assert_int_equal(g->what & DC_HTTP_END, less ? 0 : DC_HTTP_END);
    }
}

/* No event has more than is kept of a response, however fast it comes. */
static void piles_up_little(void **state)
{
    (void)state;
    struct dc_http_event ev[N_PLACE];
    size_t most = 0, sum = 0;
    tester_post(&t, 0, "big", NULL);
    while (dc_http_busy(t.h, 0)) {
        size_t n = dc_http_poll(t.h, 250, ev, N_PLACE);
        for (size_t i = 0; i < n; i++) {
            most = ev[i].n > most ? ev[i].n : most;
            sum += ev[i].n;
        }
    }
    assert_int_equal(sum, 6 + (8 << 20) + 2);
    assert_true(most <= 64 << 10);
}

/* ---- signals ------------------------------------------------------------- */

static volatile sig_atomic_t n_signal;

static void on_alarm(int sig)
{
    (void)sig;
    n_signal++;
}

static void a_signal_ends_the_wait(void **state)
{
    (void)state;
    /* Again and again, so that none can be missed between look and wait. */
    const struct itimerval often = {{0, 20000}, {0, 20000}}, never = {{0}, {0}};
    struct sigaction sa = {.sa_handler = on_alarm};
    struct dc_http_event ev[N_PLACE];
    sigemptyset(&sa.sa_mask);
    assert_int_equal(sigaction(SIGALRM, &sa, NULL), 0);
    for (int busy = 0; busy < 2; busy++) {
        if (busy) {
            /* Behind its header nothing comes that would be an event. */
            tester_post(&t, 0, "silence-at-once", NULL);
            while (!(t.got[0].what & DC_HTTP_HEAD))
                tester_poll(&t, N_PLACE);
        }
        n_signal = 0;
        assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
        /* Without the signal this would take longer than the test may. */
        while (n_signal == 0)
            assert_int_equal(dc_http_poll(t.h, 3600000, ev, N_PLACE), 0);
        assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    }
    dc_http_abort(t.h, 0);
}

/* ---- secrets, proxies ---------------------------------------------------- */

static void sends_the_key_in_its_header(void **state)
{
    (void)state;
    struct dc_http_req r = dc_http_req_default("");
    r.bearer = "sk-secret";
    tester_post(&t, 0, "normal", &r);
    tester_finish(&t, 0);
    tester_get(&t, 0, "/mock/last");
    struct got *g = tester_finish(&t, 0);
    assert_non_null(strstr(g->body.data, "\"Bearer sk-secret\""));
    /* The next request of the place has none of it. */
    tester_get(&t, 0, "/v1/models");
    tester_finish(&t, 0);
    tester_get(&t, 0, "/mock/last");
    assert_null(strstr(tester_finish(&t, 0)->body.data, "secret"));
}

static const char *const bad_urls[] = {
    "",
    "127.0.0.1:8000/v1",
    "localhost/secret",
    "http://",
    "http://@127.0.0.1/secret",
    "http://secret@127.0.0.1/v1",
    "https://user:secret@host/v1",
    "https://:secret@host/v1",
    "http://host/v1#secret",
    "http://host/secret v1",
    "http://host/secret\r\nX: y",
    "http://host:99999/secret",
    "file:///secret",
    "ftp://host/secret",
    "gopher://host/secret",
    "secret://host/",
};

static void refuses_urls_and_keys(void **state)
{
    (void)state;
    static const char *const bad_keys[] = {"", "secret\n", "secret\r\nX: y",
                                           "the secret", "secret\xC3\xA9"};
    struct dc_http_req r = dc_http_req_default("");
    struct dc_err err;
    for (size_t i = 0; i < DC_COUNT(bad_urls); i++) {
        r.url = bad_urls[i];
        err.msg[0] = '\0';
        assert_int_equal(dc_http_send(t.h, 0, &r, &err), DC_USAGE);
        assert_false(dc_http_busy(t.h, 0));
        assert_non_null(strstr(err.msg, "URL"));
        assert_null(strstr(err.msg, "/secret"));
        assert_null(strstr(err.msg, "secret@"));
    }
    r.url = "http://127.0.0.1/";
    for (size_t i = 0; i < DC_COUNT(bad_keys); i++) {
        r.bearer = bad_keys[i];
        assert_int_equal(dc_http_send(t.h, 0, &r, &err), DC_USAGE);
        assert_non_null(strstr(err.msg, "key"));
        assert_null(strstr(err.msg, "secret"));
    }
    assert_int_equal(dc_http_check_url("https://host:8000/v1", &err), DC_OK);
    assert_int_equal(dc_http_check_url("http://[::1]:8000/v1", &err), DC_OK);
}

static void goes_through_a_proxy(void **state)
{
    (void)state;
    char proxy[100];
    struct dc_http_req r = dc_http_req_default("http://far.invalid/v1/models");
    tester_url(&t, "", proxy);
    setenv("http_proxy", proxy, 1);
    setenv("no_proxy", "127.0.0.1", 1);
    tester_send(&t, 0, &r);
    struct got *g = tester_finish(&t, 0);
    assert_int_equal(g->status, 200);
    tester_get(&t, 0, "/mock/last");
    assert_non_null(strstr(tester_finish(&t, 0)->body.data,
                           "\"http://far.invalid/v1/models\""));
    setenv("no_proxy", "127.0.0.1,far.invalid", 1);
    assert_int_equal(lost_at(r.url, 100)->loss, DC_HTTP_LOSS_DNS);
    /* A proxy that makes no tunnel, and is not shown the key. */
    setenv("https_proxy", proxy, 1);
    g = lost_at("https://near.invalid/v1", 5000);
    assert_int_equal(g->loss, DC_HTTP_LOSS_CONNECT);
    assert_non_null(strstr(g->words, "403"));
    /* libcurl quotes the whole of a proxy that it can't read. */
    setenv("http_proxy", "http://user:secret@host:999999", 1);
    unsetenv("no_proxy");
    lost_at(r.url, 5000);
    unsetenv("http_proxy");
    unsetenv("https_proxy");
    unsetenv("no_proxy");
    tester_get(&t, 0, "/mock/last");
    g = tester_finish(&t, 0);
    assert_non_null(strstr(g->body.data, "\"CONNECT\""));
    assert_null(strstr(g->body.data, "secret"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gets_and_posts),
        cmocka_unit_test(has_64_in_flight_over_kept_connections),
        cmocka_unit_test(a_kept_connection_may_be_closed),
        cmocka_unit_test(hands_out_in_small_portions),
        cmocka_unit_test(says_how_long_to_wait),
        cmocka_unit_test(reports_a_redirect_and_stays),
        cmocka_unit_test(an_abort_reaches_the_server_alone),
        cmocka_unit_test(a_place_is_used_again_at_once),
        cmocka_unit_test(tells_losses_apart),
        cmocka_unit_test(says_why_there_is_no_connection),
        cmocka_unit_test(gives_up_on_silence_alone),
        cmocka_unit_test(refuses_what_is_too_large),
        cmocka_unit_test(counts_what_was_held_back),
        cmocka_unit_test(piles_up_little),
        cmocka_unit_test(a_signal_ends_the_wait),
        cmocka_unit_test(sends_the_key_in_its_header),
        cmocka_unit_test(refuses_urls_and_keys),
        cmocka_unit_test(goes_through_a_proxy),
    };
    return cmocka_run_group_tests(tests, start, end);
}
