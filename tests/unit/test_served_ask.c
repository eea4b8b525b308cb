/*
 * test_served_ask.c - a model at a server that is asked (ask.h), against
 * tests/servers/mock.py: replies, answers weighed in both ways, grammars, and
 * what a server can't do. What is lost on the way never shows in a reply.
 */
#include "base/mem.h"
#include "infer/ask.h"
#include "infer/server.h"
#include "judge/wildguard.h"
#include "mock_server.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct mock_server mock;
static char url[100];
static const char *const urls[] = {url};
static struct dc_server_cfg server;

enum { N = 3, MANY = 100 };
static const struct dc_ask_pair pair[N] = {
    {"Can I?", 6, "I'm sorry, but I can't help.", 28},
    {"Can I?", 6, "Sure: \xE2\x98\x95 \"here\".", 18},
    {NULL, 0, "No problem", 10},
};

static struct dc_ask_cfg cfg_of(const char *model)
{
    server = dc_server_cfg_default();
    server.url = urls;
    server.n_url = 1;
    return (struct dc_ask_cfg){.model = model,
                               .server = &server,
                               .form = dc_wildguard_form,
                               .max_tokens = 128};
}

static struct dc_ask *open_ask(const struct dc_ask_cfg *c)
{
    struct dc_ask *a = NULL;
    struct dc_err err = {.msg = ""};
    if (dc_ask_open(c, &a, &err))
        fail_msg("%s", err.msg);
    return a;
}

static void refused(const struct dc_ask_cfg *c, enum dc_status st,
                    const char *says)
{
    struct dc_ask *a = NULL;
    struct dc_err err = {.msg = ""};
    assert_int_equal(dc_ask_open(c, &a, &err), st);
    if (!strstr(err.msg, says))
        fail_msg("%s\nshould say: %s", err.msg, says);
}

/* ---- replies ---- */

static void replies(void **state)
{
    (void)state;
    struct dc_ask_cfg c = cfg_of("mock:judge");
    struct dc_ask *a = open_ask(&c);
    struct dc_ask_reply r[N];
    const struct dc_ask_info *info = dc_ask_info(a);
    assert_string_equal(info->model, "mock:judge@fp_mock");
    assert_string_equal(info->how, "served, markers read");
    assert_false(info->repeatable);
    assert_non_null(strstr(info->note, "marker"));
    assert_int_equal(dc_ask_reply(a, pair, N, r, NULL), DC_OK);
    for (size_t i = 0; i < N; i++) {
        char want[100];
        snprintf(want, sizeof want,
                 "Harmful request: no\nResponse refusal: %s\nHarmful "
                 "response: no",
                 i == 0 ? "yes" : "no");
        assert_int_equal(r[i].finish, DC_FINISH_STOP);
        assert_string_equal(r[i].text, want);
        assert_true(r[i].n_tok > 5);
    }
    dc_ask_close(a);
}

/* Each of many replies is of its own pair, whatever order they came in. */
static void many_at_once(void **state)
{
    (void)state;
    static struct dc_ask_pair many[MANY];
    static struct dc_ask_reply r[MANY];
    struct dc_ask_cfg c = cfg_of("mock:judge");
    for (size_t i = 0; i < MANY; i++)
        many[i] = pair[i * 7 % N];
    struct dc_ask *a = open_ask(&c);
    assert_int_equal(dc_ask_reply(a, many, MANY, r, NULL), DC_OK);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(strstr(r[i].text, "refusal: yes") != NULL,
                         i * 7 % N == 0);
    dc_ask_close(a);
}

/* A pair that its server fails on is asked about once more, and then said to
 * have failed; the others have their replies. */
static void failing_alone(void **state)
{
    (void)state;
    static const struct dc_ask_pair some[] = {
        {"Can I?", 6, "I'm sorry, but I can't help.", 28},
        {"Can I?", 6, "xyzzy", 5},
        {"Can I?", 6, "Sure", 4},
    };
    struct dc_ask_cfg c = cfg_of("mock:judge,status=500,only=xyzzy");
    server.retries = 1;
    struct dc_ask *a = open_ask(&c);
    struct dc_ask_reply r[DC_COUNT(some)];
    assert_int_equal(dc_ask_reply(a, some, DC_COUNT(some), r, NULL), DC_OK);
    for (size_t i = 0; i < DC_COUNT(some); i++) {
        assert_int_equal(r[i].failed, i == 1);
        assert_int_equal(r[i].finish,
                         i == 1 ? DC_FINISH_ERROR : DC_FINISH_STOP);
    }
    assert_string_equal(r[1].text, "");
    assert_int_equal(dc_ask_reply(a, some, 1, r, NULL), DC_OK);
    assert_false(r[0].failed);
    dc_ask_close(a);
}

/* What is odd of one pair is said of it alone, and lost answers are asked for
 * again. */
static void odd_ends(void **state)
{
    static const struct {
        const char *model;
        enum dc_finish finish;
    } row[] = {
        {"mock:judge,finish=content_filter", DC_FINISH_FILTER},
        {"mock:judge,finish=length", DC_FINISH_LENGTH},
        {"mock:judge,finish=weather", DC_FINISH_UNKNOWN},
        {"mock:judge,finish=tool_calls", DC_FINISH_ERROR},
        {"mock:judge,stream=always", DC_FINISH_STOP},
        {"mock:judge,status=500,times=1", DC_FINISH_STOP},
        {"mock:judge,cut=0,times=1", DC_FINISH_STOP},
        {"mock:judge,body=text,after=20,fail_first=25", DC_FINISH_STOP},
        {"mock:judge,status=429,retry_after_ms=10,times=1", DC_FINISH_STOP},
    };
    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_ask_cfg c = cfg_of(row[i].model);
        struct dc_ask *a = open_ask(&c);
        struct dc_ask_reply r[N];
        for (size_t round = 0; round < 10; round++) {
            assert_int_equal(dc_ask_reply(a, pair, N, r, NULL), DC_OK);
            for (size_t k = 0; k < N; k++) {
                assert_int_equal(r[k].finish, row[i].finish);
                assert_int_equal(strstr(r[k].text, "refusal: yes") != NULL,
                                 k == 0);
            }
        }
        dc_ask_close(a);
    }
}

/* A pair that the server finds too long, between two that it does not. */
static void too_long(void **state)
{
    (void)state;
    static char text[20000];
    struct dc_ask_pair p[N] = {pair[0], {"Can I?", 6, text, 0}, pair[1]};
    for (size_t i = 0; i + 1 < sizeof text; i++)
        text[i] = "the a of to and "[i % 16];
    p[1].n_response = sizeof text - 1;
    struct dc_ask_cfg c = cfg_of("mock:judge,n_ctx=512,error=context-openai");
    struct dc_ask *a = open_ask(&c);
    struct dc_ask_reply r[N];
    assert_int_equal(dc_ask_reply(a, p, N, r, NULL), DC_OK);
    assert_int_equal(r[0].finish, DC_FINISH_STOP);
    assert_int_equal(r[1].finish, DC_FINISH_CONTEXT);
    assert_string_equal(r[1].text, "");
    assert_int_equal(r[2].finish, DC_FINISH_STOP);
    dc_ask_close(a);
}

/* ---- answers ---- */

static const struct dc_ask_question question[] = {
    {"Harmful request:", {" yes", " no"}, 2},
    {"\nResponse refusal:", {" yes", " no", " n/a"}, 3},
};

static void choose(const char *model, struct dc_ask_reply *r)
{
    struct dc_ask_cfg c = cfg_of(model);
    c.question = question;
    c.n_question = 2;
    struct dc_ask *a = open_ask(&c);
    assert_int_equal(dc_ask_choose(a, pair, N, r, NULL), DC_OK);
    for (size_t i = 0; i < N; i++) {
        char want[100];
        snprintf(want, sizeof want, "Harmful request: no\nResponse refusal: %s",
                 i == 0 ? "yes" : "no");
        assert_int_equal(r[i].finish, DC_FINISH_STOP);
        assert_string_equal(r[i].text, want);
    }
    dc_ask_close(a);
}

/* The mock's own figures, by prompt_logprobs and from lists. */
static void weighs_answers(void **state)
{
    (void)state;
    struct dc_ask_reply forced[N], listed[N], streamed[N];
    choose("mock:judge", forced);
    choose("mock:judge-listed", listed);
    choose("mock:judge-listed,stream=always", streamed);
    for (size_t i = 0; i < N; i++) {
        double yes = i == 0 ? 0.8 : 0.05;
        const double want[2][2] = {{0.1, 0.87}, {yes, 0.97 - yes}};
        for (size_t q = 0; q < 2; q++)
            for (size_t k = 0; k < 2; k++) {
                assert_true(fabs(forced[i].logprob[q][k] - log(want[q][k])) <
                            1e-9);
                assert_true(forced[i].logprob[q][k] == listed[i].logprob[q][k]);
                assert_true(streamed[i].logprob[q][k] ==
                            listed[i].logprob[q][k]);
            }
        /* " n/a" is more tokens than the list's first of it */
        assert_true(forced[i].logprob[1][2] < log(0.01));
        assert_true(fabs(listed[i].logprob[1][2] - log(0.01)) < 1e-9);
    }
}

static void unlisted_answers(void **state)
{
    (void)state;
    struct dc_ask_cfg c = cfg_of("mock:judge-unlisted");
    struct dc_ask_reply r[N];
    c.question = question;
    c.n_question = 2;
    struct dc_ask *a = open_ask(&c);
    assert_int_equal(dc_ask_choose(a, pair, N, r, NULL), DC_OK);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(r[i].finish, DC_FINISH_ERROR);
        assert_true(r[i].unlisted);
    }
    dc_ask_close(a);
}

/* ---- grammars ---- */

static void grammars(void **state)
{
    static const struct {
        const char *model, *how, *reply;
    } row[] = {
        {"mock:judge-grammar", "served, markers read", "R\"1"},
        {"mock:judge-structured", "served, markers read", "R\"1"},
        {"mock:judge", "served, markers read, no grammar", "refused"},
        {"mock:judge,refuses=grammar+structured_outputs+guided_grammar",
         "served, markers read, no grammar", "refused"},
    };
    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_ask_cfg c = cfg_of(row[i].model);
        struct dc_ask_reply r[N];
        c.form = "Q: {prompt}\nA: {response}\nRefused?";
        c.grammar = "root ::= \"R\\\"1\" | \"C\"";
        struct dc_ask *a = open_ask(&c);
        assert_string_equal(dc_ask_info(a)->how, row[i].how);
        assert_int_equal(dc_ask_reply(a, pair, N, r, NULL), DC_OK);
        if (i < 2)
            assert_int_equal(strstr(r[0].text, "R") != NULL, 1);
        else
            assert_string_equal(r[0].text, row[i].reply);
        assert_string_equal(r[1].text, i < 2 ? "C" : "answered");
        dc_ask_close(a);
    }
}

/* ---- what can't be asked ---- */

static void open_errors(void **state)
{
    (void)state;
    struct dc_ask_cfg c = cfg_of("mock:chat-only");
    refused(&c, DC_BACKEND, "takes chats only");
    c = cfg_of("nope");
    refused(&c, DC_BACKEND, "does not exist");
    c = cfg_of("mock:401");
    refused(&c, DC_BACKEND, "401");
    c = cfg_of("mock:judge-listed,lp=missing");
    c.question = question;
    c.n_question = 2;
    refused(&c, DC_BACKEND, "neither prompt_logprobs nor a list");
    c = cfg_of("mock:judge");
    server.key_env = "DEEPCONF_TEST_NO_SUCH_KEY";
    refused(&c, DC_USAGE, "DEEPCONF_TEST_NO_SUCH_KEY is not set");
    server.key_env = NULL;
    static const char *const bad[] = {"http://u:secret@h/v1"};
    server.url = bad;
    refused(&c, DC_USAGE, "password");
}

/* A chat, with what it is told. */
static void chats(void **state)
{
    (void)state;
    struct dc_ask_cfg c = cfg_of("mock:judge");
    struct dc_ask_reply r[N];
    c.form = "Q: {prompt}\nA: {response}\nRefused?";
    c.chat = true;
    c.system = "Be strict.";
    struct dc_ask *a = open_ask(&c);
    assert_int_equal(dc_ask_reply(a, pair, N, r, NULL), DC_OK);
    assert_string_equal(r[0].text, "refused");
    assert_string_equal(r[1].text, "answered");
    assert_string_equal(dc_ask_info(a)->how, "served");
    assert_null(dc_ask_info(a)->note);
    dc_ask_close(a);
}

/* The share of "yes" where the reply has its answer, from the mock's lists. */
static void scores(void **state)
{
    (void)state;
    static const char *const model[] = {"mock:judge",
                                        "mock:judge,stream=always"};
    struct dc_ask_reply r[N];
    for (size_t m = 0; m < DC_COUNT(model); m++) {
        struct dc_ask_cfg c = cfg_of(model[m]);
        c.score = (struct dc_ask_score){"response REFUSAL:", {"Yes", "No"}};
        struct dc_ask *a = open_ask(&c);
        assert_int_equal(dc_ask_reply(a, pair, N, r, NULL), DC_OK);
        for (size_t i = 0; i < N; i++) {
            double yes = i == 0 ? 0.8 : 0.05;
            assert_true(r[i].has_score);
            assert_true(fabs(r[i].score - yes / 0.97) < 1e-9);
        }
        dc_ask_close(a);
    }
    struct dc_ask_cfg c = cfg_of("mock:judge,lp=missing");
    c.score = (struct dc_ask_score){"Response refusal:", {"yes", "no"}};
    struct dc_ask *a = open_ask(&c);
    assert_non_null(strstr(dc_ask_info(a)->note, "replies have no score"));
    assert_int_equal(dc_ask_reply(a, pair, N, r, NULL), DC_OK);
    assert_int_equal(r[0].finish, DC_FINISH_STOP);
    assert_false(r[0].has_score);
    dc_ask_close(a);
}

/* A chat that ends with the response is asked where a server closes that turn,
 * and refused where it goes on with it. */
static void pairs(void **state)
{
    (void)state;
    struct dc_ask_cfg c = cfg_of("mock:judge");
    struct dc_ask_reply r[N];
    char there[120];
    const char *const list[] = {there};
    c.form = "{prompt}";
    c.answered = "{response}";
    c.chat = true;
    refused(&c, DC_BACKEND, "--no-prefill-assistant");
    c.then = "Was that a refusal?";
    struct dc_ask *a = open_ask(&c);
    assert_int_equal(dc_ask_reply(a, pair, N, r, NULL), DC_OK);
    assert_string_equal(r[0].text, "refused");
    assert_string_equal(r[1].text, "answered");
    dc_ask_close(a);
    c.then = NULL;
    /* as others than llama-server answer, which know no knobs by their names */
    static const char *const option[] = {"--scenario", "judge", NULL};
    struct mock_server other;
    if (!mock_server_start(&other, option))
        return;
    server.url = list;
    c.model = "mock";
    snprintf(there, sizeof there, "http://127.0.0.1:%u/ollama/v1", other.port);
    refused(&c, DC_BACKEND, "Ollama");
    snprintf(there, sizeof there, "http://127.0.0.1:%u/vllm/v1", other.port);
    a = open_ask(&c);
    assert_int_equal(dc_ask_reply(a, pair, N, r, NULL), DC_OK);
    assert_string_equal(r[0].text, "refused");
    assert_string_equal(r[1].text, "answered");
    dc_ask_close(a);
    mock_server_stop(&other);
}

/* A server that gives up in the midst: a status, and no reply is made up. */
static void gives_up(void **state)
{
    (void)state;
    struct dc_ask_cfg c = cfg_of("mock:judge");
    struct dc_ask_reply r[N];
    struct dc_err err = {.msg = ""};
    struct mock_server gone;
    if (!mock_server_start(&gone, NULL))
        return;
    static char there[100];
    static const char *const list[] = {there};
    snprintf(there, sizeof there, "http://127.0.0.1:%u/v1", gone.port);
    server.url = list;
    server.retries = 0;
    struct dc_ask *a = open_ask(&c);
    mock_server_stop(&gone);
    assert_int_equal(dc_ask_reply(a, pair, N, r, &err), DC_BACKEND);
    assert_non_null(strstr(err.msg, there));
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(r[i].finish, DC_FINISH_NONE);
        assert_string_equal(r[i].text, "");
    }
    dc_ask_close(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies),          cmocka_unit_test(many_at_once),
        cmocka_unit_test(failing_alone),    cmocka_unit_test(odd_ends),
        cmocka_unit_test(too_long),         cmocka_unit_test(weighs_answers),
        cmocka_unit_test(unlisted_answers), cmocka_unit_test(grammars),
        cmocka_unit_test(open_errors),      cmocka_unit_test(chats),
        cmocka_unit_test(scores),           cmocka_unit_test(pairs),
        cmocka_unit_test(gives_up),
    };
    if (!mock_server_start(&mock, NULL))
        return 77;
    snprintf(url, sizeof url, "http://127.0.0.1:%u/v1", mock.port);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    mock_server_stop(&mock);
    return rc;
}
