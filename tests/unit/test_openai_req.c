/*
 * test_openai_req.c - seeds that fit the choices of a request, bodies to the
 * byte, and which further arguments are taken.
 */
#include "base/mem.h"
#include "infer/openai_req.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
/* clang-format off */
#include <cmocka.h>
/* clang-format on */

/* ---- seeds ---- */

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Choice j of a request for trace i has the seed that trace i + j has alone. */
static void seeds_follow_on_each_other(void **state)
{
    (void)state;
    for (uint64_t stream = 0; stream < 2000; stream++) {
        uint32_t first = dc_request_seed(42, stream * 977, 0);
        assert_true(first < (UINT32_C(1) << 31) - DC_REQUEST_MAX_INDEX);
        for (uint32_t i = 0; i < 20; i++)
            assert_int_equal(dc_request_seed(42, stream * 977, i), first + i);
    }
}

static void seeds_are_pure(void **state)
{
    (void)state;
    uint32_t a = dc_request_seed(1, 2, 3);
    assert_int_equal(a, dc_request_seed(1, 2, 3));
    assert_int_not_equal(a, dc_request_seed(2, 2, 3));
    assert_int_not_equal(a, dc_request_seed(1, 3, 3));
    assert_int_not_equal(a, dc_request_seed(1, 2, 4));
    /* Known values: those of a run under way must not move. */
    assert_int_equal(dc_request_seed(0, 0, 0), 1299627486);
    assert_int_equal(dc_request_seed(42, UINT64_MAX, 9), 2101502170);
    dc_request_seed(UINT64_MAX, 7, DC_REQUEST_MAX_INDEX - 1);
}

/* Prompts share hardly any: 20,000 seeds of 2^31. */
static void seeds_of_prompts(void **state)
{
    enum { N = 20000 };
    static uint32_t s[N];
    uint32_t same = 0;
    (void)state;
    for (uint32_t i = 0; i < N; i++)
        s[i] = dc_request_seed(5, i, i % 10);
    qsort(s, N, sizeof *s, ascending);
    for (uint32_t i = 1; i < N; i++)
        same += s[i] == s[i - 1];
    assert_true(same < 5);
}

/* ---- bodies ---- */

static struct dc_openai_req request(void)
{
    return (struct dc_openai_req){
        .model = "m",
        .text = "Hi",
        .n_text = 2,
        .n = 1,
        .max_tokens = 16,
        .sampling = dc_sampling_default(),
    };
}

static void body_is(const struct dc_openai_req *r, const char *want)
{
    struct dc_buf b;
    struct dc_err err;
    dc_buf_init(&b, 1 << 20);
    if (dc_openai_body(r, &b, &err))
        fail_msg("%s", err.msg);
    assert_string_equal(b.data, want);
    json_t *v =
        json_loads(b.data, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
    assert_non_null(v);
    json_decref(v);
    dc_buf_release(&b);
}

static void refused(const struct dc_openai_req *r, const char *says)
{
    struct dc_buf b;
    struct dc_err err;
    dc_buf_init(&b, 1 << 20);
    assert_int_equal(dc_openai_body(r, &b, &err), DC_USAGE);
    if (!strstr(err.msg, says))
        fail_msg("%s", err.msg);
    assert_int_equal(b.n, 0);
    dc_buf_release(&b);
}

static void of_chat(void **state)
{
    (void)state;
    struct dc_openai_req r = request();
    body_is(&r, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
                "\"Hi\"}],\"n\":1,\"max_tokens\":16,\"temperature\":1,"
                "\"top_p\":1,\"stream\":false}");
    r.system = "Be \"brief\".";
    r.text = "a\nb\x1B\xFF\0c"; /* hostile, and not UTF-8 */
    r.n_text = 7;
    r.n = 8;
    r.has_seed = true;
    r.seed = 2147482624;
    r.sampling = (struct dc_sampling){0.6, 0.95, 0.05, 20};
    r.takes = 127;
    r.logprobs = true;
    r.n_top = 21;
    r.stream = true;
    r.stop = (const char *const[]){"\n\n", "END"};
    r.n_stop = 2;
    r.think = DC_THINK_OFF;
    body_is(&r,
            "{\"model\":\"m\",\"messages\":[{\"role\":\"system\",\"content\":"
            "\"Be \\\"brief\\\".\"},{\"role\":\"user\",\"content\":"
            "\"a\\nb\\u001b\xEF\xBF\xBD\\u0000c\"}],\"n\":8,\"seed\":"
            "2147482624,\"max_completion_tokens\":16,\"temperature\":0.6,"
            "\"top_p\":0.95,\"top_k\":20,\"min_p\":0.05,"
            "\"repetition_penalty\":1,\"stop\":[\"\\n\\n\",\"END\"],"
            "\"logprobs\":true,\"top_logprobs\":21,\"return_token_ids\":true,"
            "\"stream\":true,\"stream_options\":{\"include_usage\":true},"
            "\"chat_template_kwargs\":{\"enable_thinking\":false}}");
    r = request();
    r.takes = DC_TAKES_TOP_K | DC_TAKES_MIN_P; /* off is said */
    r.logprobs = true;
    r.sampling.temperature = 0;
    body_is(&r, "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":"
                "\"Hi\"}],\"n\":1,\"max_tokens\":16,\"temperature\":0,"
                "\"top_p\":1,\"top_k\":-1,\"min_p\":0,\"logprobs\":true,"
                "\"stream\":false}");
}

static void of_completions(void **state)
{
    (void)state;
    struct dc_openai_req r = request();
    r.api = DC_API_COMPLETIONS;
    r.logprobs = true;
    r.n_top = 5;
    body_is(&r, "{\"model\":\"m\",\"prompt\":\"Hi\",\"n\":1,\"max_tokens\":16,"
                "\"temperature\":1,\"top_p\":1,\"logprobs\":5,"
                "\"stream\":false}");
    r.system = "s";
    refused(&r, "--system has no effect");
    r.system = NULL;
    r.think = DC_THINK_ON;
    r.takes = DC_TAKES_TEMPLATE_ARGS;
    refused(&r, "--think");
}

static void not_taken(void **state)
{
    (void)state;
    struct dc_openai_req r = request();
    r.sampling.top_k = 40;
    refused(&r, "takes no top_k, as its probe found: leave out --top-k");
    r.sampling = dc_sampling_default();
    r.sampling.min_p = 0.1;
    refused(&r, "--min-p");
    r.sampling = dc_sampling_default();
    r.think = DC_THINK_ON;
    refused(&r, "--think");
}

/* ---- further arguments ---- */

static struct dc_request_args *args(const char *const *arg, size_t n)
{
    struct dc_request_args *a = dc_request_args_create();
    for (size_t i = 0; i < n; i++) {
        struct dc_err err;
        if (dc_request_args_add(a, arg[i], &err))
            fail_msg("%s", err.msg);
    }
    return a;
}

static void arguments(void **state)
{
    static const char *const arg[] = {
        "provider.order=[\"a\",\"b\"]",
        "provider.allow=false",
        "chat_template_kwargs.x={\"y\":null}",
        "user=\"\\u00e9 \xE2\x82\xAC\"",
        "eos=1.5",
        "big=9007199254740993",
    };
    struct dc_buf b;
    (void)state;
    struct dc_request_args *a = args(arg, DC_COUNT(arg));
    struct dc_openai_req r = request();
    r.args = a;
#define HEAD                                                                   \
    "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"Hi\"}],"  \
    "\"n\":1,\"max_tokens\":16,\"temperature\":1,\"top_p\":1,"                 \
    "\"stream\":false,"
    body_is(&r, HEAD "\"provider\":{\"order\":[\"a\",\"b\"],\"allow\":false},"
                     "\"chat_template_kwargs\":{\"x\":{\"y\":null}},"
                     "\"user\":\"\xC3\xA9 \xE2\x82\xAC\",\"eos\":1.5,"
                     "\"big\":9007199254740993}");
    r.think = DC_THINK_ON;
    r.takes = DC_TAKES_TEMPLATE_ARGS;
    body_is(&r, HEAD "\"provider\":{\"order\":[\"a\",\"b\"],\"allow\":false},"
                     "\"user\":\"\xC3\xA9 \xE2\x82\xAC\",\"eos\":1.5,"
                     "\"big\":9007199254740993,\"chat_template_kwargs\":{"
                     "\"x\":{\"y\":null},\"enable_thinking\":true}}");
    dc_buf_init(&b, 1 << 16);
    dc_request_args_json(a, &b);
    assert_string_equal(b.data, "{\"big\":9007199254740993,"
                                "\"chat_template_kwargs\":{\"x\":{\"y\":null}},"
                                "\"eos\":1.5,\"provider\":{\"allow\":false,"
                                "\"order\":[\"a\",\"b\"]},\"user\":"
                                "\"\xC3\xA9 \xE2\x82\xAC\"}");
    dc_buf_release(&b);
    dc_request_args_free(a);
    dc_request_args_free(NULL);
}

static void arguments_that_meet(void **state)
{
    static const char *const thinks[] = {
        "chat_template_kwargs.enable_thinking=false"};
    static const char *const stop[] = {"stop=[\"x\"]",
                                       "repetition_penalty=1.1"};
    (void)state;
    struct dc_request_args *a = args(thinks, 1);
    struct dc_openai_req r = request();
    r.args = a;
    r.think = DC_THINK_ON;
    r.takes = DC_TAKES_TEMPLATE_ARGS;
    refused(&r, "--think sets it, too");
    dc_request_args_free(a);
    a = args(stop, 2);
    r = request();
    r.args = a;
    r.takes = DC_TAKES_REPETITION; /* the user's stands once */
    body_is(&r, HEAD "\"stop\":[\"x\"],\"repetition_penalty\":1.1}");
    r.stop = (const char *const[]){"y"};
    r.n_stop = 1;
    refused(&r, "--request-arg stop");
    dc_request_args_free(a);
}

static void arguments_refused(void **state)
{
    static const struct {
        const char *arg, *says;
    } row[] = {
        {"temperature=0.7", "deepconf sets this key itself: it is "
                            "--temperature"},
        {"stream_options.include_usage=false", "itself"},
        {"n=4", "the policy decides"},
        {"best_of=2", "choose among responses"},
        {"x", "expected KEY=JSON"},
        {"=1", "expected KEY=JSON"},
        {"", "expected KEY=JSON"},
        {"x=", "no JSON"},
        {"x=abc", "a text needs its quotes"},
        {"x={\"a\":1,\"a\":2}", "no JSON"},
        {"x=NaN", "no JSON"},
        {"x=1e999", "no JSON"},
        {"x=99999999999999999999999", "no JSON"},
        {"x.=1", "part of the key is empty"},
        {".x=1", "part of the key is empty"},
        {"x..y=1", "part of the key is empty"},
        {"there=2", "given before"},
        {"there.more=2", "given a value before"},
        {"\xFF=2", "no UTF-8"},
        {"x=[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "levels"},
        {"x\x1B[2J=\x1B", "no JSON"},
    };
    static const char *const there[] = {"there=1"};
    (void)state;
    struct dc_request_args *a = args(there, 1);
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        struct dc_err err = {.msg = ""};
        if (dc_request_args_add(a, row[i].arg, &err) != DC_USAGE)
            fail_msg("taken: %s", row[i].arg);
        if (!strstr(err.msg, row[i].says) || strchr(err.msg, '\x1B'))
            fail_msg("%s", err.msg);
    }
    char *longer = dc_xmalloc(70000);
    memset(longer, 'x', 69999);
    longer[1] = '=';
    longer[69999] = '\0';
    assert_int_equal(dc_request_args_add(a, longer, NULL), DC_USAGE);
    free(longer);
    struct dc_buf b; /* what was refused has left nothing */
    dc_buf_init(&b, 1 << 10);
    dc_request_args_json(a, &b);
    assert_string_equal(b.data, "{\"there\":1}");
    dc_buf_release(&b);
    dc_request_args_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(seeds_follow_on_each_other),
        cmocka_unit_test(seeds_are_pure),
        cmocka_unit_test(seeds_of_prompts),
        cmocka_unit_test(of_chat),
        cmocka_unit_test(of_completions),
        cmocka_unit_test(not_taken),
        cmocka_unit_test(arguments),
        cmocka_unit_test(arguments_that_meet),
        cmocka_unit_test(arguments_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
