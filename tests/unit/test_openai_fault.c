/*
 * test_openai_fault.c - every row of the retry table: what a status and an
 * error in the body mean, and what is said of them.
 */
#include "base/mem.h"
#include "infer/openai_fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
/* clang-format off */
#include <cmocka.h>
/* clang-format on */

static struct dc_chunk_reader *reader;

static const struct dc_chunk_error *error_of(const char *json)
{
    const struct dc_chunk *c = NULL;
    if (!json)
        return NULL;
    if (dc_chunk_read(reader, json, strlen(json), &c, NULL) || !c->error.is)
        fail_msg("no error: %s", json);
    return &c->error;
}

#define BODY(message, type, code)                                              \
    "{\"error\":{\"message\":\"" message "\",\"type\":\"" type                 \
    "\",\"code\":\"" code "\"}}"
#define TOO_LONG                                                               \
    BODY("This model's maximum context length is 64 tokens.", "",              \
         "context_length_exceeded")
#define FILTERED BODY("no", "", "content_filter")

static void test_rows(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body;
        enum dc_fault_act act;
    } row[] = {
        {500, NULL, DC_FAULT_RETRY},
        {502, NULL, DC_FAULT_RETRY},
        {503, NULL, DC_FAULT_RETRY},
        {504, NULL, DC_FAULT_RETRY},
        {529, NULL, DC_FAULT_RETRY},
        {408, NULL, DC_FAULT_RETRY},
        {409, NULL, DC_FAULT_RETRY},
        {425, NULL, DC_FAULT_RETRY},
        {500, BODY("dead", "EngineDeadError", "500"), DC_FAULT_RETRY},
        /* a server that is out of order says nothing about the prompt */
        {500, TOO_LONG, DC_FAULT_RETRY},
        {429, NULL, DC_FAULT_LIMITED},
        {429, BODY("slow down", "rate_limit_error", "429"), DC_FAULT_LIMITED},
        {429, BODY("pay", "insufficient_quota", "insufficient_quota"),
         DC_FAULT_FATAL},
        {400, TOO_LONG, DC_FAULT_CONTEXT},
        {413, TOO_LONG, DC_FAULT_CONTEXT},
        {422, TOO_LONG, DC_FAULT_CONTEXT},
        {400, FILTERED, DC_FAULT_FILTER},
        {403, BODY("flagged by moderation", "", "403"), DC_FAULT_FILTER},
        {400, NULL, DC_FAULT_FATAL},
        {400, BODY("Unknown parameter", "invalid_request_error", "x"),
         DC_FAULT_FATAL},
        {401, NULL, DC_FAULT_FATAL},
        {401, TOO_LONG, DC_FAULT_FATAL},
        {403, NULL, DC_FAULT_FATAL},
        {404, NULL, DC_FAULT_FATAL},
        {404, BODY("no such model", "NotFoundError", "404"), DC_FAULT_FATAL},
        {405, NULL, DC_FAULT_FATAL},
        {307, NULL, DC_FAULT_FATAL},
        {204, NULL, DC_FAULT_FATAL},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++)
        if (dc_openai_fault(row[i].status, error_of(row[i].body)) != row[i].act)
            fail_msg("row %zu: status %d", i, row[i].status);
}

static void says(int status, const char *json, const char *body,
                 const char *want)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_openai_fault_say(status, error_of(json), body, body ? strlen(body) : 0,
                        &b);
    assert_string_equal(b.data, want);
    dc_buf_release(&b);
}

static void test_words_are_the_servers_and_safe(void **state)
{
    (void)state;
    says(401, BODY("Wrong \\u001b[31mkey", "", "x"), NULL,
         "HTTP 401: \"Wrong \xEF\xBF\xBD[31mkey\"");
    says(502, NULL, "upstream\nis gone",
         "HTTP 502: \"upstream\xE2\x8F\x8Eis gone\"");
    says(500, NULL, NULL, "HTTP 500");
    says(500, BODY("", "x", "y"), "{}", "HTTP 500: \"{}\"");
    char long_text[5000], *end = long_text + sizeof long_text - 1;
    struct dc_buf b;
    memset(long_text, 'x', sizeof long_text);
    *end = '\0';
    dc_buf_init(&b, SIZE_MAX);
    dc_openai_fault_say(500, NULL, long_text, sizeof long_text - 1, &b);
    assert_true(b.n < 300);
    dc_buf_release(&b);
}

static void test_advice(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *body, *env, *says;
    } row[] = {
        {401, NULL, "MY_KEY", "the key in MY_KEY is refused"},
        {401, NULL, NULL, "--api-key-env"},
        {403, NULL, "MY_KEY", "the key in MY_KEY may not"},
        {403, NULL, NULL, "--api-key-env"},
        {404, NULL, NULL, "/v1"},
        {307, NULL, NULL, "not followed"},
        {429, BODY("pay", "insufficient_quota", ""), NULL, "nothing left"},
        {400, NULL, NULL, "every request"},
    };
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_buf b;
        dc_buf_init(&b, SIZE_MAX);
        dc_openai_fault_advise(row[i].status, error_of(row[i].body), row[i].env,
                               &b);
        if (!strstr(b.data, row[i].says))
            fail_msg("row %zu: %s", i, b.data);
        dc_buf_release(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_words_are_the_servers_and_safe),
        cmocka_unit_test(test_advice),
    };
    reader = dc_chunk_reader_create(DC_CHUNK_MAX);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    dc_chunk_reader_free(reader);
    return failed;
}
