/*
 * One request at a time, against tests/servers/mock.py: URLs, tries, streams
 * that are closed when enough has come, refusals in words.
 */
#include "base/mem.h"
#include "infer/openai_call.h"
#include "mock_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct mock_server mock;
static struct dc_call *call;

static struct dc_call_cfg cfg_of(void)
{
    static char url[100];
    snprintf(url, sizeof url, "http://127.0.0.1:%u/v1", mock.port);
    struct dc_call_cfg c = dc_call_cfg_default(url);
    c.tries = 1;
    return c;
}

static void open_as(const struct dc_call_cfg *c)
{
    struct dc_err err;
    dc_call_close(call);
    call = NULL;
    if (dc_call_open(c, &call, &err))
        fail_msg("%s", err.msg);
}

/* ---- URLs ---- */

static void builds_urls(void **state)
{
    static const char *const row[][3] = {
        {"http://a:1/v1", "models", "http://a:1/v1/models"},
        {"http://a:1/v1/", "models", "http://a:1/v1/models"},
        {"http://a:1/v1//", "/props", "http://a:1/props"},
        {"http://a:1", "models", "http://a:1/models"},
        {"http://a:1", "/props", "http://a:1/props"},
        {"https://a/x/v1", "/props", "https://a/x/props"},
        {"https://a/xv1", "/props", "https://a/xv1/props"},
        {"https://a/v1?key=s", "models", "https://a/v1/models?key=s"},
        {"https://a/v1/?key=s", "/props", "https://a/props?key=s"},
    };
    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        char *url = dc_openai_url(row[i][0], row[i][1]);
        assert_string_equal(url, row[i][2]);
        free(url);
    }
    char *shown = dc_openai_url_shown("https://a/v1/models?key=secret");
    assert_string_equal(shown, "https://a/v1/models?...");
    free(shown);
    shown = dc_openai_url_shown("https://a/\033[31m");
    assert_string_equal(shown, "https://a/\xEF\xBF\xBD[31m");
    free(shown);
}

static void refuses_what_is_no_url_or_key(void **state)
{
    (void)state;
    struct dc_call *c = NULL;
    struct dc_err err;
    struct dc_call_cfg cfg = dc_call_cfg_default("ftp://a/v1");
    assert_int_equal(dc_call_open(&cfg, &c, &err), DC_USAGE);
    cfg = dc_call_cfg_default("http://user:secret@a/v1");
    assert_int_equal(dc_call_open(&cfg, &c, &err), DC_USAGE);
    assert_null(strstr(err.msg, "secret"));
    cfg = dc_call_cfg_default("http://a/v1");
    cfg.key = "sec\nret";
    assert_int_equal(dc_call_open(&cfg, &c, &err), DC_USAGE);
    assert_null(strstr(err.msg, "ret\""));
    assert_null(c);
    dc_call_close(NULL);
}

/* ---- requests ---- */

struct taken {
    unsigned n_begun, n_chunk, n_tok, enough;
    char text[400];
};

static void add_text(struct taken *t, const struct dc_chunk_text *text)
{
    size_t n = strlen(t->text);
    snprintf(t->text + n, sizeof t->text - n, "%s", text->s ? text->s : "");
}

static bool take(void *arg, const struct dc_chunk *chunk)
{
    struct taken *t = arg;
    if (!chunk) {
        unsigned begun = t->n_begun + 1, enough = t->enough;
        *t = (struct taken){.n_begun = begun, .enough = enough};
        return true;
    }
    t->n_chunk++;
    t->n_tok += (unsigned)chunk->n_tok;
    for (size_t i = 0; i < chunk->n_choice; i++)
        add_text(t, &chunk->choice[i].text);
    return t->enough == 0 || t->n_chunk < t->enough;
}

static enum dc_status ask(const char *scenario, bool stream, struct taken *t,
                          struct dc_call_reply *r, struct dc_err *err)
{
    struct dc_buf body;
    dc_buf_init(&body, SIZE_MAX);
    dc_buf_addf(&body,
                "{\"model\":\"mock:%s\",\"stream\":%s,\"seed\":3,"
                "\"logprobs\":true,\"top_logprobs\":2,\"messages\":"
                "[{\"role\":\"user\",\"content\":\"hello\"}]}",
                scenario, stream ? "true" : "false");
    const struct dc_call_question q = {
        .path = "chat/completions", .body = &body, .take = take, .arg = t};
    enum dc_status st = dc_call_post(call, &q, r, err);
    dc_buf_release(&body);
    return st;
}

static void streams_and_wholes_are_alike(void **state)
{
    (void)state;
    static const char *const name[] = {"normal", "crlf",     "cr",
                                       "drip",   "comments", "open-done"};
    struct dc_call_cfg c = cfg_of();
    open_as(&c);
    for (size_t i = 0; i < DC_COUNT(name); i++) {
        char scenario[60];
        struct taken s = {0}, w = {0};
        struct dc_call_reply r;
        struct dc_err err;
        snprintf(scenario, sizeof scenario, "%s,tokens=6", name[i]);
        assert_int_equal(ask(scenario, true, &s, &r, &err), DC_OK);
        assert_true(r.streamed && r.done && !r.enough && r.status == 200);
        assert_int_equal(ask(scenario, false, &w, &r, &err), DC_OK);
        assert_true(!r.streamed && !r.done && r.n_body > 0);
        assert_string_equal(s.text, w.text);
        assert_int_equal(s.n_tok, 6);
        assert_int_equal(w.n_tok, 6);
        assert_true(s.n_chunk > 6 && w.n_chunk == 1);
    }
}

static void gets_bodies(void **state)
{
    (void)state;
    struct dc_call_cfg c = cfg_of();
    struct dc_call_reply r;
    struct dc_err err;
    open_as(&c);
    assert_int_equal(dc_call_get(call, "models", &r, &err), DC_OK);
    assert_int_equal(r.status, 200);
    assert_non_null(strstr(r.body, "\"mock:normal\""));
    assert_int_equal(dc_call_get(call, "/version", &r, &err), DC_OK);
    assert_non_null(strstr(r.body, "0.32.0+mock"));
    assert_int_equal(dc_call_get(call, "nothing", &r, &err), DC_OK);
    assert_int_equal(r.status, 404);
    assert_int_equal(dc_call_refused(&r, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "/v1/nothing answers 404"));
}

static void closes_when_it_is_enough(void **state)
{
    (void)state;
    struct dc_call_cfg c = cfg_of();
    struct dc_call_reply r;
    struct dc_err err;
    open_as(&c);
    for (unsigned n = 1; n < 12; n++) {
        /* in one piece, or over many: both end at the same chunk */
        struct taken t = {.enough = n};
        assert_int_equal(ask(n % 2 ? "normal,tokens=9" : "slow,tokens=9", true,
                             &t, &r, &err),
                         DC_OK);
        assert_int_equal(t.n_chunk, n);
        assert_true(r.enough);
    }
    struct taken t = {.enough = 3};
    assert_int_equal(ask("silence,hold=3", true, &t, &r, &err), DC_OK);
    assert_true(r.enough);
}

static void tries_again_and_forgets(void **state)
{
    (void)state;
    struct dc_call_cfg c = cfg_of();
    struct dc_call_reply r;
    struct dc_err err;
    struct taken t = {0}, plain = {0};
    c.tries = 2;
    open_as(&c);
    assert_int_equal(ask("normal,tokens=9", true, &plain, &r, &err), DC_OK);
    assert_int_equal(ask("cut,tokens=9,times=1", true, &t, &r, &err), DC_OK);
    assert_int_equal(t.n_begun, 2);
    assert_string_equal(t.text, plain.text);
    t = (struct taken){0};
    assert_int_equal(ask("500-then-fine", false, &t, &r, &err), DC_OK);
    assert_int_equal(r.status, 200);
    t = (struct taken){0};
    assert_int_equal(ask("429-ms,times=1", false, &t, &r, &err), DC_OK);
    assert_int_equal(r.status, 200);
    /* Its time would be over before the pause that the server asks for. */
    c.total_ms = 1500;
    c.tries = 3;
    open_as(&c);
    t = (struct taken){0};
    assert_int_equal(ask("429-seconds", false, &t, &r, &err), DC_OK);
    assert_int_equal(r.status, 429);
    assert_int_equal(t.n_begun, 1);
}

static void is_bounded(void **state)
{
    (void)state;
    struct dc_call_cfg c = cfg_of();
    struct dc_call_reply r;
    struct dc_err err;
    struct taken t = {0};
    c.total_ms = 300;
    open_as(&c);
    assert_int_equal(ask("silence", true, &t, &r, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "took too long"));
    c = cfg_of();
    c.silence_ms = 200;
    open_as(&c);
    assert_int_equal(ask("silence", true, &t, &r, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "silence"));
    c = cfg_of();
    open_as(&c);
    assert_int_equal(ask("big", true, &t, &r, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, "too large"));
}

static void stops_when_it_is_told(void **state)
{
    (void)state;
    static atomic_int stop;
    struct dc_call_cfg c = cfg_of();
    struct dc_call_reply r;
    struct dc_err err;
    struct taken t = {0};
    c.stop = &stop;
    open_as(&c);
    assert_int_equal(ask("normal", true, &t, &r, &err), DC_OK);
    atomic_store(&stop, 1);
    assert_int_equal(ask("silence", true, &t, &r, &err), DC_INTERRUPTED);
}

static void sends_the_key_and_never_shows_it(void **state)
{
    (void)state;
    struct dc_call_cfg c = cfg_of();
    struct dc_call_reply r;
    struct dc_err err;
    struct taken t = {0};
    c.key = "sk-very-secret";
    open_as(&c);
    assert_int_equal(ask("401", true, &t, &r, &err), DC_OK);
    assert_int_equal(t.n_chunk, 0);
    assert_int_equal(dc_call_refused(&r, &err), DC_BACKEND);
    assert_null(strstr(err.msg, "secret"));
    assert_int_equal(ask("401,echo=1", true, &t, &r, &err), DC_OK);
    assert_non_null(strstr(r.words, "provided. Bearer **************"));
    assert_int_equal(dc_call_get(call, "/mock/last", &r, &err), DC_OK);
    assert_non_null(strstr(r.body, "Bearer sk-very-secret"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(builds_urls),
        cmocka_unit_test(refuses_what_is_no_url_or_key),
        cmocka_unit_test(streams_and_wholes_are_alike),
        cmocka_unit_test(gets_bodies),
        cmocka_unit_test(closes_when_it_is_enough),
        cmocka_unit_test(tries_again_and_forgets),
        cmocka_unit_test(is_bounded),
        cmocka_unit_test(stops_when_it_is_told),
        cmocka_unit_test(sends_the_key_and_never_shows_it),
    };
    if (!mock_server_start(&mock, NULL))
        return 77;
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    dc_call_close(call);
    mock_server_stop(&mock);
    return rc;
}
