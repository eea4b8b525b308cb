/*
 * test_client_whole.c - answers in one piece: what is lost of them is a stream
 * the next time, what was not drawn is not lost, and streams are left alone
 * where their beginnings are needed.
 */
#include "client_util.h"

/* It may be answered in one piece, too. */
static void send_either(struct dc_client *c, unsigned id, const char *scenario)
{
    send_bodies(c, id, body_of(scenario, true), body_of(scenario, false));
}

/* A server that does not stream answers in one piece. */
static void test_not_streamed(void **state)
{
    (void)state;
    struct dc_client_cfg cfg = quick();
    struct heard h = {.n_chunk = 0};
    cfg.stream = false;
    struct dc_client *c = client(&cfg);
    send_bodies(c, 0, body_of("normal", false), NULL);
    listen_to(c, &h);
    assert_int_equal(h.st, DC_OK);
    assert_int_equal(h.n_chunk, 1);
    assert_int_equal(h.n_piece, 1);
    assert_int_equal(h.n_whole, 1);
    dc_client_free(c);
}

/* A limit that the user set is known to go well. */
static struct dc_client_cfg settled(void)
{
    struct dc_client_cfg c = quick();
    c.in_flight = 4;
    return c;
}

static void test_in_one_piece(void **state)
{
    (void)state;
    static const char *const row[] = {"normal", "drip", "no-usage", "slow"};
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_client_cfg cfg = settled();
        struct heard h = {.n_chunk = 0};
        cfg.silence_ms = 200; /* "slow" takes longer */
        struct dc_client *c = client(&cfg);
        send_either(c, 0, row[i]);
        listen_to(c, &h);
        assert_int_equal(h.st, DC_OK);
        assert_int_equal(h.n_chunk + h.n_piece + h.n_whole, 3);
        assert_int_equal(h.n_restart, 0);
        dc_client_free(c);
    }
}

/* It is made again as a stream, and so are all that follow; one that nothing
 * was drawn for is not lost. */
static void test_lost_in_one_piece(void **state)
{
    (void)state;
    for (size_t i = 0; i < DC_COUNT(once); i++) {
        struct dc_client_cfg cfg = settled();
        struct heard h = {.n_chunk = 0}, next = {.n_chunk = 0};
        char scenario[80];
        if (strstr(once[i].scenario, "silence"))
            cfg.silence_ms = 200; /* ten times as much of an answer like this */
        snprintf(scenario, sizeof scenario, "%s,times=1", once[i].scenario);
        struct dc_client *c = client(&cfg);
        send_either(c, 0, scenario);
        listen_to(c, &h);
        if (h.st || h.n_whole != 1 || h.n_restart != once[i].drawn ||
            (h.n_chunk > 2) != once[i].drawn)
            fail_msg("%s: %u whole, %u restarts, %u chunks, %s", scenario,
                     h.n_whole, h.n_restart, h.n_chunk, h.err.msg);
        assert_int_equal(h.attempt, 1U + once[i].drawn);
        assert_int_equal(h.counts.n_request, 2);
        assert_int_equal(h.counts.n_fault, once[i].fault);
        send_either(c, 0, "normal");
        listen_to(c, &next);
        assert_int_equal(next.n_whole, 1);
        assert_int_equal(next.n_piece, !once[i].drawn);
        dc_client_free(c);
    }
}

static void test_429_in_one_piece(void **state)
{
    (void)state;
    struct dc_client_cfg cfg = settled();
    struct heard h = {.n_chunk = 0};
    cfg.in_flight = 1; /* which no refusal makes less */
    struct dc_client *c = client(&cfg);
    send_either(c, 0, "429,times=3");
    listen_to(c, &h);
    assert_int_equal(h.st, DC_OK);
    assert_int_equal(h.n_whole + h.n_piece, 2);
    assert_int_equal(h.n_restart, 0);
    assert_int_equal(h.counts.n_limited, 3);
    dc_client_free(c);
}

static void test_at_once_in_one_piece(void **state)
{
    (void)state;
    static const char *const row[] = {"401", "404-model", "400", "redirect"};
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_client_cfg cfg = settled();
        struct heard h = {.n_chunk = 0};
        struct dc_client *c = client(&cfg);
        send_either(c, 0, row[i]);
        listen_to(c, &h);
        assert_int_equal(h.st, DC_BACKEND);
        assert_int_equal(h.counts.n_request, 1);
        dc_client_free(c);
    }
}

/* A stream that nobody asked for is one. */
static void test_streamed_all_the_same(void **state)
{
    (void)state;
    struct dc_client_cfg cfg = settled();
    struct heard h = {.n_chunk = 0};
    struct dc_client *c = client(&cfg);
    send_either(c, 0, "normal,stream=always,tokens=5");
    listen_to(c, &h);
    assert_int_equal(h.n_whole, 1);
    assert_int_equal(h.n_piece, 0);
    assert_int_equal(h.n_chunk, 1 + 5 + 1);
    dc_client_free(c);
}

/* While it shows how many go well, answers have to begin. */
static void test_streams_while_a_limit_grows(void **state)
{
    (void)state;
    struct dc_client_cfg cfg = quick();
    struct heard h = {.n_chunk = 0}, next = {.n_chunk = 0};
    struct dc_client *c = client(&cfg);
    for (unsigned i = 0; i < N_REQ; i++)
        send_either(c, i, "normal,tokens=3");
    listen_to(c, &h);
    assert_int_equal(h.n_whole, N_REQ);
    assert_true(h.n_piece <= N_REQ - 20);
    for (unsigned i = 0; i < N_REQ; i++)
        send_either(c, i, "normal,tokens=3");
    listen_to(c, &next);
    assert_int_equal(next.n_piece, N_REQ);
    assert_int_equal(next.n_chunk, N_REQ);
    dc_client_free(c);
}

static void test_abort_in_one_piece(void **state)
{
    (void)state;
    static const char *const running[] = {"\"running\": 1"};
    struct dc_client_cfg cfg = settled();
    struct dc_client *c = client(&cfg);
    struct dc_client_event e;
    struct dc_err err = {.msg = ""};
    mock_get("/mock/reset", NULL, 0);
    send_either(c, 3, "silence-at-once");
    do {
        assert_false(dc_client_next(c, &e));
        assert_int_equal(dc_client_wait(c, 10, &err), DC_OK);
    } while (!mock_says("/mock/state", running, 1));
    dc_client_abort(c, 3);
    mock_get("/mock/wait?aborted=1", NULL, 0);
    dc_client_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_not_streamed),
        cmocka_unit_test(test_in_one_piece),
        cmocka_unit_test(test_lost_in_one_piece),
        cmocka_unit_test(test_429_in_one_piece),
        cmocka_unit_test(test_at_once_in_one_piece),
        cmocka_unit_test(test_streamed_all_the_same),
        cmocka_unit_test(test_streams_while_a_limit_grows),
        cmocka_unit_test(test_abort_in_one_piece),
    };
    if (!mock_server_start(&mock, NULL))
        return 77;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    mock_server_stop(&mock);
    return failed;
}
