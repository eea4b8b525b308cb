/*
 * test_server_opts.c - the options that name servers: which URLs, keys and
 * numbers they take, and that no message shows what may be a key.
 */
#include "base/mem.h"
#include "cli/server_opts.h"
#include "net/http.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct dc_arena arena;
static struct dc_err err;

static int set_up(void **state)
{
    (void)state;
    unsetenv("OPENAI_BASE_URL");
    unsetenv("OPENAI_API_KEY");
    dc_arena_init(&arena);
    err.msg[0] = '\0';
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    dc_arena_release(&arena);
    return 0;
}

/* Options with these URLs, up to a NULL. */
static struct dc_server_opts at(const char **url)
{
    struct dc_server_opts o = dc_server_opts_default();
    o.base_url.item = url;
    while (url[o.base_url.n])
        o.base_url.n++;
    return o;
}

static void refused(const struct dc_server_opts *o, const char *words)
{
    struct dc_servers s;
    assert_int_equal(dc_server_opts_make(o, true, &arena, &s, &err), DC_USAGE);
    dc_servers_release(&s);
    if (!strstr(err.msg, words))
        fail_msg("no \"%s\" in \"%s\"", words, err.msg);
}

static void refused_url(const char *url, const char *words)
{
    const char *list[] = {url, NULL};
    struct dc_server_opts o = at(list);
    refused(&o, words);
}

static void test_urls(void **state)
{
    (void)state;
    const char *url[] = {"http://a:8000/v1/", "https://b/v1", NULL};
    struct dc_server_opts o = at(url);
    struct dc_servers s;
    assert_int_equal(dc_server_opts_make(&o, true, &arena, &s, &err), DC_OK);
    assert_true(s.asked);
    assert_null(s.from);
    assert_int_equal(s.cfg.n_url, 2);
    assert_string_equal(s.cfg.url[0], "http://a:8000/v1");
    assert_string_equal(s.cfg.url[1], "https://b/v1");
    assert_null(s.cfg.key_env);
    assert_null(s.cfg.args);
    assert_int_equal(s.cfg.in_flight, 0);
    assert_int_equal(s.cfg.api, DC_API_CHAT);
    assert_int_equal(s.cfg.silence_s, dc_server_cfg_default().silence_s);
    dc_servers_release(&s);
}

static void test_bad_urls(void **state)
{
    (void)state;
    refused_url("localhost:8000/v1", "--base-url: a URL of 17 bytes");
    refused_url("localhost:8000/v1", "does not begin with http://");
    refused_url("", "--base-url: a URL of 0 bytes");
    refused_url("http://", "can't be read");
    refused_url("ftp://h/v1", "must begin with http://");
    refused_url("http://u:secret@h/v1", "a user or a password");
    assert_null(strstr(err.msg, "secret"));
    refused_url("http://h/v1?key=secret", "behind \"?\"");
    assert_null(strstr(err.msg, "secret"));
    refused_url("http://h/v1/chat/completions", "that of one request");
    refused_url("http://h/v1/models/", "that of one request");
    const char *twice[] = {"http://h/v1", "http://i/v1", "http://h/v1/", NULL};
    struct dc_server_opts o = at(twice);
    refused(&o, "URL 3 is URL 1 again");
    const char *many[66] = {NULL};
    for (int i = 0; i < 65; i++)
        many[i] = dc_arena_printf(&arena, "http://h%d/v1", i);
    o = at(many);
    refused(&o, "65 URLs, and 64 are the most");
}

static void test_environment(void **state)
{
    (void)state;
    struct dc_server_opts o = dc_server_opts_default();
    struct dc_servers s;
    assert_int_equal(dc_server_opts_make(&o, true, &arena, &s, &err), DC_OK);
    assert_false(s.asked);
    dc_servers_release(&s);
    setenv("OPENAI_BASE_URL", "", 1);
    assert_int_equal(dc_server_opts_make(&o, true, &arena, &s, &err), DC_OK);
    assert_false(s.asked);
    dc_servers_release(&s);
    setenv("OPENAI_BASE_URL", "http://e/v1/", 1);
    assert_int_equal(dc_server_opts_make(&o, true, &arena, &s, &err), DC_OK);
    assert_true(s.asked);
    assert_string_equal(s.from, "OPENAI_BASE_URL");
    assert_string_equal(s.cfg.url[0], "http://e/v1");
    dc_servers_release(&s);
    assert_int_equal(dc_server_opts_make(&o, false, &arena, &s, &err), DC_OK);
    assert_false(s.asked);
    dc_servers_release(&s);
    const char *url[] = {"http://o/v1", NULL};
    o = at(url); /* an option goes before the environment */
    assert_int_equal(dc_server_opts_make(&o, true, &arena, &s, &err), DC_OK);
    assert_null(s.from);
    assert_string_equal(s.cfg.url[0], "http://o/v1");
    dc_servers_release(&s);
    setenv("OPENAI_BASE_URL", "ftp://e", 1);
    o = dc_server_opts_default();
    refused(&o, "OPENAI_BASE_URL: the URL");
}

static void test_key(void **state)
{
    (void)state;
    const char *url[] = {"http://localhost:8000/v1", NULL};
    struct dc_server_opts o = at(url);
    struct dc_servers s;
    setenv("OPENAI_API_KEY", "sk-default", 1);
    assert_int_equal(dc_server_opts_make(&o, true, &arena, &s, &err), DC_OK);
    assert_string_equal(s.cfg.key_env, "OPENAI_API_KEY");
    dc_servers_release(&s);
    setenv("DC_TEST_KEY", "sk-other", 1);
    o.key_env = "DC_TEST_KEY";
    assert_int_equal(dc_server_opts_make(&o, true, &arena, &s, &err), DC_OK);
    assert_string_equal(s.cfg.key_env, "DC_TEST_KEY");
    dc_servers_release(&s);
    setenv("DC_TEST_KEY", "sk-secret\n", 1);
    refused(&o, "--api-key-env DC_TEST_KEY: the key for the server can't");
    assert_null(strstr(err.msg, "secret"));
    setenv("DC_TEST_KEY", "", 1);
    refused(&o, "is empty");
    unsetenv("DC_TEST_KEY");
    refused(&o, "no variable DC_TEST_KEY is set");
    o.key_env = NULL;
    setenv("OPENAI_API_KEY", "sk secret", 1);
    refused(&o, "the variable OPENAI_API_KEY: the key");
    assert_null(strstr(err.msg, "secret"));
}

/* A key where its variable's name belongs is not shown. */
static void test_key_for_a_name(void **state)
{
    (void)state;
    static const char *const key[] = {"sk-AbC123secret", "hf_secretsecret",
                                      "secret key"};
    const char *url[] = {"http://localhost:8000/v1", NULL};
    for (size_t i = 0; i < DC_COUNT(key); i++) {
        struct dc_server_opts o = at(url);
        o.key_env = key[i];
        refused(&o, "not shown");
        assert_null(strstr(err.msg, "secret"));
    }
}

static void test_numbers_and_words(void **state)
{
    (void)state;
    const char *url[] = {"http://h/v1", NULL};
    const char *arg[] = {"a=1", "b.c=\"x\""};
    struct dc_server_opts o = at(url);
    struct dc_servers s;
    struct dc_buf b;
    o.in_flight = "12";
    o.api = "completions";
    o.timeout = 7;
    o.request_arg = (struct dc_opt_list){arg, 2};
    assert_int_equal(dc_server_opts_make(&o, true, &arena, &s, &err), DC_OK);
    assert_int_equal(s.cfg.in_flight, 12);
    assert_int_equal(s.cfg.api, DC_API_COMPLETIONS);
    assert_int_equal(s.cfg.silence_s, 7);
    dc_buf_init(&b, SIZE_MAX);
    dc_request_args_json(s.cfg.args, &b);
    assert_string_equal(b.data, "{\"a\":1,\"b\":{\"c\":\"x\"}}");
    dc_buf_release(&b);
    dc_servers_release(&s);
    static const char *const bad[] = {"0",  "1025", "-1", "",
                                      "4x", "AUTO", "1e2"};
    for (size_t i = 0; i < DC_COUNT(bad); i++) {
        o = at(url);
        o.in_flight = bad[i];
        refused(&o, "expected auto, or a whole number, 1 to 1024");
    }
    o = at(url);
    o.api = "responses";
    refused(&o, "--api responses: expected chat or completions");
    o = at(url);
    arg[1] = "temperature=1";
    o.request_arg = (struct dc_opt_list){arg, 2};
    refused(&o, "it is --temperature");
}

static void test_without_a_server(void **state)
{
    (void)state;
    const char *arg[] = {"a=1"};
    struct dc_server_opts o = dc_server_opts_default();
    o.key_env = "X";
    refused(&o, "--api-key-env has no effect without a server");
    o = dc_server_opts_default();
    o.in_flight_given = true;
    refused(&o, "--in-flight has no effect");
    o = dc_server_opts_default();
    o.request_arg = (struct dc_opt_list){arg, 1};
    refused(&o, "--request-arg has no effect");
    o = dc_server_opts_default();
    o.api_given = true;
    refused(&o, "--api has no effect");
    o = dc_server_opts_default();
    o.timeout_given = true;
    refused(&o, "--timeout has no effect");
}

static void test_clear(void **state)
{
    (void)state;
    static const struct {
        const char *url;
        bool clear;
    } row[] = {
        {"http://localhost:8000/v1", false},
        {"http://LOCALHOST/v1", false},
        {"http://a.localhost/v1", false},
        {"http://127.0.0.1:1/v1", false},
        {"http://127.9.9.9/v1", false},
        {"http://[::1]:8000/v1", false},
        {"https://api.openai.com/v1", false},
        {"http://api.openai.com/v1", true},
        {"http://notlocalhost/v1", true},
        {"http://10.0.0.1/v1", true},
        {"http://127.0.0.1.evil.org/", true},
        {"http://[::2]/v1", true},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++)
        if (dc_http_is_clear(row[i].url) != row[i].clear)
            fail_msg("%s", row[i].url);
}

static void test_local_models(void **state)
{
    (void)state;
    char here[] = "server-opts-XXXXXX";
    int fd = mkstemp(here);
    assert_true(fd >= 0);
    close(fd);
    assert_true(dc_server_model_is_local("smollm2"));
    assert_true(dc_server_model_is_local("./nosuch"));
    assert_true(dc_server_model_is_local("/no/such"));
    assert_true(dc_server_model_is_local("a/nosuch.gguf"));
    assert_true(dc_server_model_is_local(here));
    assert_false(dc_server_model_is_local("Qwen/Qwen3-0.6B"));
    assert_false(dc_server_model_is_local("gpt-4o-mini"));
    unlink(here);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(test_urls),
        T(test_bad_urls),
        T(test_environment),
        T(test_key),
        T(test_key_for_a_name),
        T(test_numbers_and_words),
        T(test_without_a_server),
        T(test_clear),
        T(test_local_models),
    };
#undef T
    return cmocka_run_group_tests(tests, NULL, NULL);
}
