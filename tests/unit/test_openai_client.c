/*
 * test_openai_client.c - every row of the retry table, played by
 * tests/servers/mock.py: what is made again, what is the prompt's own fault,
 * and what ends it all, with words that say where and what to do.
 */
#include "client_util.h"

static void send_to(struct dc_client *c, unsigned id, const char *scenario)
{
    send_bodies(c, id, body_of(scenario, true), NULL);
}

/* One request of a scenario. */
static struct heard play(const struct dc_client_cfg *cfg, const char *scenario)
{
    struct heard h = {.n_chunk = 0};
    struct dc_client *c = client(cfg);
    send_to(c, 0, scenario);
    listen_to(c, &h);
    dc_client_free(c);
    return h;
}

/* ---- made again ---- */

static void test_as_it_should_be(void **state)
{
    (void)state;
    struct dc_client_cfg cfg = quick();
    struct heard h = play(&cfg, "normal,tokens=5");
    assert_int_equal(h.st, DC_OK);
    assert_int_equal(h.n_whole, 1);
    assert_int_equal(h.n_restart, 0);
    assert_int_equal(h.n_chunk, 1 + 5 + 1); /* the role, tokens, the end */
    assert_int_equal(h.counts.n_request, 1);
    assert_int_equal(h.counts.n_in_flight, 0);
}

static void test_lost_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < DC_COUNT(once); i++) {
        struct dc_client_cfg cfg = quick();
        char scenario[80];
        if (strstr(once[i].scenario, "silence"))
            cfg.silence_ms = 100;
        snprintf(scenario, sizeof scenario, "%s,times=1", once[i].scenario);
        struct heard h = play(&cfg, scenario);
        if (h.st || h.n_whole != 1 || h.n_restart != once[i].drawn)
            fail_msg("%s: %u whole, %u restarts, %s", scenario, h.n_whole,
                     h.n_restart, h.err.msg);
        assert_int_equal(h.attempt, 1U + once[i].drawn);
        assert_int_equal(h.counts.n_request, 2);
        assert_int_equal(h.counts.n_retry, 1);
        assert_int_equal(h.counts.n_limited, 0);
        assert_int_equal(h.counts.n_fault, once[i].fault);
    }
}

/* Waiting for a server that has too much to do is no retry. */
static void test_too_many_requests(void **state)
{
    (void)state;
    static const char *const row[] = {"429,times=3", "429-ms,times=2"};
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_client_cfg cfg = quick();
        cfg.retries = 0;
        struct heard h = play(&cfg, row[i]);
        assert_int_equal(h.st, DC_OK);
        assert_int_equal(h.n_whole, 1);
        assert_int_equal(h.n_restart, 0);
        assert_int_equal(h.attempt, 1);
        assert_int_equal(h.counts.n_limited, 3 - i);
        assert_int_equal(h.counts.n_retry, 3 - i);
    }
}

/* Many at once against a server that takes four: each is answered in the end.
 */
static void test_a_limit_is_found(void **state)
{
    (void)state;
    struct dc_client_cfg cfg = quick();
    struct heard h = {.n_chunk = 0};
    cfg.retries = 0;
    struct dc_client *c = client(&cfg);
    for (unsigned i = 0; i < N_REQ; i++)
        send_to(c, i, "429-limit,retry_after=0.02,tokens=3,delay_ms=5");
    listen_to(c, &h);
    assert_int_equal(h.st, DC_OK);
    assert_int_equal(h.n_whole, N_REQ);
    assert_true(h.counts.n_limited > 0);
    assert_int_equal(h.counts.n_request, N_REQ + h.counts.n_limited);
    assert_int_equal(h.most_in_flight, 20); /* where it begins */
    dc_client_free(c);
}

/* What is about to be sent is told before, and that the server took nothing. */
static void test_announced(void **state)
{
    (void)state;
    static const struct {
        const char *scenario;
        unsigned n_sending, n_held;
        enum dc_status st;
    } row[] = {
        {"normal,tokens=2", 1, 0, DC_OK},
        {"429,times=2,retry_after=0", 3, 2, DC_OK},
        {"503,times=1,retry_after=0", 2, 1, DC_OK},
        {"500-then-fine", 2, 0, DC_OK},
        {"401", 1, 1, DC_BACKEND},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_client_cfg cfg = quick();
        cfg.announces = true;
        struct heard h = play(&cfg, row[i].scenario);
        assert_int_equal(h.st, row[i].st);
        assert_int_equal(h.n_sending, row[i].n_sending);
        assert_int_equal(h.n_held, row[i].n_held);
        assert_int_equal(h.counts.n_request, row[i].n_sending);
    }
}

/* Told is not sent: what is given up in between never goes out, and its room is
 * free for another. */
static void test_announced_and_given_up(void **state)
{
    (void)state;
    struct dc_client_event e;
    struct dc_client_cfg cfg = quick();
    struct heard h = {.n_chunk = 0};
    struct dc_err err;
    cfg.announces = true;
    cfg.in_flight = 2;
    struct dc_client *c = client(&cfg);
    for (unsigned i = 0; i < 4; i++)
        send_to(c, i, "normal,tokens=2");
    assert_int_equal(dc_client_wait(c, 0, &err), DC_OK);
    for (unsigned i = 0; i < 2; i++) {
        assert_true(dc_client_next(c, &e));
        assert_int_equal(e.what, DC_CLIENT_SENDING);
        assert_int_equal(e.id, i);
    }
    assert_false(dc_client_next(c, &e));
    dc_client_counts(c, &h.counts);
    assert_int_equal(h.counts.n_request, 0);
    dc_client_abort(c, 0);
    listen_to(c, &h);
    assert_int_equal(h.n_whole, 3);
    assert_int_equal(h.counts.n_request, 3);
    assert_int_equal(h.counts.n_in_flight, 0);
    dc_client_free(c);
}

static void test_a_limit_is_kept(void **state)
{
    (void)state;
    struct heard h = {.n_chunk = 0}, told = {.n_chunk = 0};
    struct dc_client_cfg cfg = quick();
    cfg.in_flight = 3;
    struct dc_client *c = client(&cfg);
    for (unsigned i = 0; i < N_REQ; i++)
        send_to(c, i, "normal,tokens=2");
    listen_to(c, &h);
    assert_int_equal(h.n_whole, N_REQ);
    assert_int_equal(h.most_in_flight, 3);
    dc_client_free(c);
    /* the same where the server says how many it works on */
    cfg.in_flight = 0;
    cfg.n_slots = 2;
    c = client(&cfg);
    for (unsigned i = 0; i < N_REQ; i++)
        send_to(c, i, "normal,tokens=2");
    listen_to(c, &told);
    assert_int_equal(told.n_whole, N_REQ);
    assert_int_equal(told.most_in_flight, 2);
    dc_client_free(c);
}

/* ---- never made again ---- */

static void has(const struct heard *h, const char *scenario, const char *words)
{
    if (!strstr(h->err.msg, words))
        fail_msg("%s: \"%s\" is not in: %s", scenario, words, h->err.msg);
}

static void test_retries_spent(void **state)
{
    (void)state;
    static const struct {
        const char *scenario, *says;
    } row[] = {
        {"500", "HTTP 500: \"mock error\""},
        {"engine-dead", "EngineCore"},
        {"cut", "closed"},
        {"no-finish", "finish_reason"},
        {"garbage", "no JSON"},
        {"error-in-stream", "EngineCore"},
        {"html", "Sign in"},
        {"not-json", "upstream connect error"},
        {"silence-pings", "no token"},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_client_cfg cfg = quick();
        if (strstr(row[i].scenario, "silence"))
            cfg.silence_ms = 60;
        struct heard h = play(&cfg, row[i].scenario);
        assert_int_equal(h.st, DC_BACKEND);
        assert_int_equal(h.n_whole, 0);
        assert_int_equal(h.n_restart, 2);
        assert_int_equal(h.counts.n_request, 3);
        has(&h, row[i].scenario, row[i].says);
        has(&h, row[i].scenario, "lost 3 times");
        has(&h, row[i].scenario, url_of(mock.port, "/v1/chat/completions"));
    }
}

static void test_at_once(void **state)
{
    (void)state;
    static const struct {
        const char *scenario, *says;
    } row[] = {
        {"401", "401: \"Incorrect API key provided.\": the key in MOCK_KEY is"},
        {"403", "403: \"You are not allowed"},
        {"404-model",
         "404: \"The model `nope` does not exist.\": no such model"},
        {"400", "400: \"Unknown parameter: 'top_k'.\""},
        {"400-reasoning", "logprobs are not supported"},
        {"400-gemini", "not supported"},
        {"400-mistral", "not enabled"},
        {"401,echo=1", "provided. Bearer ****"},
        {"400,echo=1", "'top_k'. Bearer ****"},
        {"redirect", "HTTP 307: it sends on"},
        {"429,retry_after=86400", "asks to wait for 86400 s"},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_client_cfg cfg = quick();
        cfg.key = "sk-mock-0123456789";
        cfg.key_env = "MOCK_KEY";
        struct heard h = play(&cfg, row[i].scenario);
        assert_int_equal(h.st, DC_BACKEND);
        assert_int_equal(h.n_restart + h.n_whole, 0);
        assert_int_equal(h.counts.n_request, 1);
        has(&h, row[i].scenario, row[i].says);
        has(&h, row[i].scenario, url_of(mock.port, "/v1/chat/completions"));
        assert_null(strstr(h.err.msg, cfg.key));
    }
}

/* It stays so, and loses no event that came before. */
static void test_the_error_stays(void **state)
{
    (void)state;
    struct dc_client_cfg cfg = quick();
    struct dc_client *c = client(&cfg);
    struct heard h = {.n_chunk = 0};
    struct dc_err again = {.msg = ""};
    send_to(c, 0, "401");
    listen_to(c, &h);
    assert_int_equal(h.st, DC_BACKEND);
    assert_int_equal(dc_client_wait(c, 250, &again), DC_BACKEND);
    assert_string_equal(again.msg, h.err.msg);
    dc_client_free(c);
}

static void test_nothing_but_429(void **state)
{
    (void)state;
    struct dc_client_cfg cfg = quick();
    cfg.limited_ms = 20;
    struct heard h = play(&cfg, "429");
    assert_int_equal(h.st, DC_BACKEND);
    assert_true(h.counts.n_limited > 1);
    has(&h, "429", "nothing else for");
}

static void test_the_prompt_is_at_fault(void **state)
{
    (void)state;
    static const struct {
        const char *scenario;
        bool filter;
        const char *says;
    } row[] = {
        {"400-context", false, "maximum context length is 64 tokens"},
        {"400-context-vllm", false, "maximum context length"},
        {"400-context-llama", false, "exceeds the available context size"},
        {"400-policy", true, "content management policy"},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_client_cfg cfg = quick();
        char scenario[80];
        /* the mock's n_ctx is that of a prompt's tokens */
        snprintf(scenario, sizeof scenario, "%s,n_ctx=1", row[i].scenario);
        struct heard h = play(&cfg, scenario);
        assert_int_equal(h.st, DC_OK);
        assert_int_equal(h.n_context, !row[i].filter);
        assert_int_equal(h.n_filter, row[i].filter);
        assert_int_equal(h.counts.n_request, 1);
        if (!strstr(h.words, row[i].says))
            fail_msg("%s: %s", scenario, h.words);
    }
}

/* ---- several servers ---- */

/* A port that nobody listens at. */
static unsigned dead_port(void)
{
    struct mock_server m;
    assert_true(mock_server_start(&m, NULL));
    mock_server_stop(&m);
    return m.port;
}

static void test_nobody_there(void **state)
{
    (void)state;
    struct dc_client_cfg cfg = quick();
    unsigned port = dead_port();
    const char *url[] = {url_of(port, "/v1")};
    cfg.url = url;
    struct heard h = play(&cfg, "normal");
    assert_int_equal(h.st, DC_BACKEND);
    assert_int_equal(h.counts.n_request, 3);
    has(&h, "nobody", "no connection");
    has(&h, "nobody", url[0]);
}

/* The other URL is asked at once, without a retry's wait. */
static void test_another_url_first(void **state)
{
    (void)state;
    struct dc_client_cfg cfg = quick();
    unsigned port = dead_port();
    const char *url[] = {url_of(port, "/v1"), url_of(mock.port, "/v1")};
    struct heard h = {.n_chunk = 0};
    cfg.url = url;
    cfg.n_url = 2;
    cfg.backoff_ms = cfg.backoff_max_ms =
        3600 * 1000; /* nobody waits so long */
    struct dc_client *c = client(&cfg);
    for (unsigned i = 0; i < 8; i++)
        send_to(c, i, "normal,tokens=2");
    listen_to(c, &h);
    assert_int_equal(h.st, DC_OK);
    assert_int_equal(h.n_whole, 8);
    assert_int_equal(h.n_url[1], 8);
    /* those that were sent before the first was lost */
    assert_int_equal(h.counts.n_retry, 4);
    assert_int_equal(h.n_restart, 0); /* nobody has drawn anything */
    dc_client_free(c);
}

static void test_two_urls_share(void **state)
{
    (void)state;
    struct dc_client_cfg cfg = quick();
    const char *url[] = {url_of(mock.port, "/v1"),
                         url_of(mock.port, "/other/v1/")};
    struct heard h = {.n_chunk = 0};
    cfg.url = url;
    cfg.n_url = 2;
    cfg.in_flight = 4;
    struct dc_client *c = client(&cfg);
    for (unsigned i = 0; i < N_REQ; i++)
        send_to(c, i, "normal,tokens=2");
    listen_to(c, &h);
    assert_int_equal(h.n_whole, N_REQ);
    assert_int_equal(h.most_in_flight, 8);
    assert_true(h.n_url[0] >= 4 && h.n_url[1] >= 4);
    dc_client_free(c);
}

/* ---- the caller's part ---- */

static void test_reject(void **state)
{
    (void)state;
    struct dc_client_cfg cfg = quick();
    struct dc_client *c = client(&cfg);
    struct dc_client_event e;
    struct heard h = {.n_chunk = 0};
    struct dc_err err = {.msg = ""};
    send_to(c, 0, "normal");
    while (!dc_client_next(c, &e))
        assert_int_equal(dc_client_wait(c, 250, &err), DC_OK);
    assert_int_equal(e.what, DC_CLIENT_CHUNK);
    dc_client_reject(c, 0, "not to my taste");
    assert_true(dc_client_next(c, &e)); /* before anything else */
    assert_int_equal(e.what, DC_CLIENT_RESTART);
    assert_int_equal(e.attempt, 2);
    /* once more, when it is whole */
    do {
        while (!dc_client_next(c, &e))
            assert_int_equal(dc_client_wait(c, 250, &err), DC_OK);
    } while (e.what != DC_CLIENT_WHOLE);
    dc_client_reject(c, 0, "not to my taste");
    assert_true(dc_client_busy(c, 0));
    listen_to(c, &h);
    assert_int_equal(h.n_restart, 1);
    assert_int_equal(h.n_whole, 1);
    assert_int_equal(h.attempt, 3);
    assert_int_equal(h.counts.n_fault, 2);
    /* and the third time there is no third retry */
    send_to(c, 0, "normal");
    for (unsigned i = 0; i < 3; i++) {
        do {
            while (!dc_client_next(c, &e))
                assert_int_equal(dc_client_wait(c, 250, &err), DC_OK);
        } while (e.what != DC_CLIENT_CHUNK);
        dc_client_reject(c, 0, "not to my taste");
    }
    assert_false(dc_client_next(c, &e));
    assert_int_equal(dc_client_wait(c, 250, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "not to my taste"));
    dc_client_free(c);
}

static void test_abort_closes_the_connection(void **state)
{
    (void)state;
    struct dc_client_cfg cfg = quick();
    struct dc_client *c = client(&cfg);
    struct dc_client_event e;
    struct dc_err err = {.msg = ""};
    mock_get("/mock/reset", NULL, 0);
    send_to(c, 3, "silence");
    while (!dc_client_next(c, &e))
        assert_int_equal(dc_client_wait(c, 250, &err), DC_OK);
    dc_client_abort(c, 3);
    assert_false(dc_client_busy(c, 3));
    assert_false(dc_client_next(c, &e));
    mock_get("/mock/wait?aborted=1", NULL, 0);
    /* the place is for another, and waiting ones go without a trace, too */
    struct heard h = {.n_chunk = 0};
    send_to(c, 3, "normal");
    send_to(c, 4, "normal");
    dc_client_abort(c, 4);
    listen_to(c, &h);
    assert_int_equal(h.n_whole, 1);
    assert_int_equal(h.counts.n_request, 2);
    dc_client_free(c);
}

static void test_the_key_travels_in_the_header(void **state)
{
    (void)state;
    struct dc_client_cfg cfg = quick();
    static const char *const sent[] = {"Bearer sk-mock-0123456789",
                                       "/v1/chat/completions"};
    cfg.key = "sk-mock-0123456789";
    play(&cfg, "normal");
    mock_get("/mock/last", sent, DC_COUNT(sent));
}

static void test_what_can_not_be_sent(void **state)
{
    (void)state;
    struct dc_client_cfg cfg = quick();
    struct dc_client *c = NULL;
    struct dc_err err = {.msg = ""};
    const char *bad[] = {"ftp://x/v1"}, *with_key[] = {"http://me:pw@x/v1"};
    cfg.url = bad;
    assert_int_equal(dc_client_create(&cfg, &c, &err), DC_USAGE);
    cfg.url = with_key;
    cfg.key = "sk-mock-0123456789";
    cfg.key_env = "MOCK_KEY";
    assert_int_equal(dc_client_create(&cfg, &c, &err), DC_USAGE);
    assert_null(strstr(err.msg, "pw"));
    assert_null(strstr(err.msg, "MOCK_KEY")); /* it is not the key's fault */
    cfg = quick();
    cfg.key = "two lines\nX-Evil: 1";
    cfg.key_env = "MOCK_KEY";
    assert_int_equal(dc_client_create(&cfg, &c, &err), DC_USAGE);
    assert_non_null(strstr(err.msg, "MOCK_KEY"));
    assert_null(strstr(err.msg, "Evil"));
    cfg.n_url = 0;
    assert_int_equal(dc_client_create(&cfg, &c, &err), DC_USAGE);
}

/* ---- streams ---- */

static void test_ends_of_streams(void **state)
{
    (void)state;
    static const char *const row[] = {
        "no-done",        "open-done",     "no-usage",
        "comments",       "crlf",          "cr",
        "drip",           "eos",           "sorted",
        "index-missing",  "empty-choices", "close-after",
        "role-with-text", "usage-unasked", "three-a-chunk"};
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_client_cfg cfg = quick();
        struct heard h = play(&cfg, row[i]);
        if (h.st || h.n_whole != 1 || h.n_restart)
            fail_msg("%s: %u whole, %u restarts, %s", row[i], h.n_whole,
                     h.n_restart, h.err.msg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_it_should_be),
        cmocka_unit_test(test_lost_once),
        cmocka_unit_test(test_too_many_requests),
        cmocka_unit_test(test_a_limit_is_found),
        cmocka_unit_test(test_announced),
        cmocka_unit_test(test_announced_and_given_up),
        cmocka_unit_test(test_a_limit_is_kept),
        cmocka_unit_test(test_retries_spent),
        cmocka_unit_test(test_at_once),
        cmocka_unit_test(test_the_error_stays),
        cmocka_unit_test(test_nothing_but_429),
        cmocka_unit_test(test_the_prompt_is_at_fault),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_another_url_first),
        cmocka_unit_test(test_two_urls_share),
        cmocka_unit_test(test_reject),
        cmocka_unit_test(test_abort_closes_the_connection),
        cmocka_unit_test(test_the_key_travels_in_the_header),
        cmocka_unit_test(test_what_can_not_be_sent),
        cmocka_unit_test(test_ends_of_streams),
    };
    if (!mock_server_start(&mock, NULL))
        return 77;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    mock_server_stop(&mock);
    return failed;
}
