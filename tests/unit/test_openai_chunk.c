/*
 * test_openai_chunk.c - chunks as servers send them, in every shape, and as
 * nobody should: each read as what it says, with what is odd counted.
 */
#include "base/buf.h"
#include "base/finish_words.h"
#include "base/mem.h"
#include "infer/openai_chunk.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
/* clang-format off */
#include <cmocka.h>
/* clang-format on */

static struct dc_chunk_reader *reader;

static int make_reader(void **state)
{
    (void)state;
    reader = dc_chunk_reader_create(DC_CHUNK_MAX);
    return 0;
}

static int free_reader(void **state)
{
    (void)state;
    dc_chunk_reader_free(reader);
    return 0;
}

static const struct dc_chunk *read_n(const char *json, size_t n)
{
    const struct dc_chunk *c = NULL;
    struct dc_err err = {.msg = ""};
    /* A copy of this very size: a sanitizer sees reads behind it. */
    char *exact = dc_xmalloc(n ? n : 1);
    memcpy(exact, json, n);
    if (dc_chunk_read(reader, exact, n, &c, &err))
        fail_msg("%s", err.msg);
    free(exact); /* nothing of it is kept */
    return c;
}

static const struct dc_chunk *read_ok(const char *json)
{
    return read_n(json, strlen(json));
}

static uint32_t n_odd(const struct dc_chunk *c)
{
    uint32_t n = 0;
    for (size_t i = 0; i < DC_CHUNK_N_ODD; i++)
        n += c->odd[i];
    return n;
}

static bool is(struct dc_chunk_text t, const char *s)
{
    return t.s && t.n == strlen(s) && memcmp(t.s, s, t.n) == 0;
}

static void alt_is(const struct dc_chunk_alt *a, const char *bytes,
                   double logprob)
{
    assert_non_null(a->bytes);
    assert_int_equal(a->n, strlen(bytes));
    assert_memory_equal(a->bytes, bytes, a->n);
    assert_true(a->has_logprob);
    assert_true(a->logprob == logprob);
}

/* ---- servers ---- */

static void of_vllm(void **state)
{
    (void)state;
    const struct dc_chunk *c = read_ok(
        "{\"id\":\"chatcmpl-9a\",\"object\":\"chat.completion.chunk\","
        "\"created\":1796000000,\"model\":\"HuggingFaceTB/SmolLM2-135M\","
        "\"choices\":[{\"index\":2,\"delta\":{\"role\":\"assistant\","
        "\"content\":\"\"},\"logprobs\":null,\"finish_reason\":null}]}");
    assert_int_equal(c->n_choice, 1);
    assert_int_equal(c->choice[0].index, 2);
    assert_true(is(c->choice[0].text, "") && c->choice[0].n_tok == 0);
    assert_false(c->choice[0].has_list);
    assert_int_equal(c->choice[0].finish, DC_FINISH_NONE);
    assert_true(is(c->model, "HuggingFaceTB/SmolLM2-135M"));
    assert_true(is(c->id, "chatcmpl-9a") && !c->fingerprint.s);
    c = read_ok(
        "{\"id\":\"chatcmpl-9a\",\"choices\":[{\"index\":2,\"delta\":{"
        "\"content\":\" \\u20ac\"},\"logprobs\":{\"content\":[{\"token\":"
        "\" \\u20ac\",\"logprob\":-5.5,\"bytes\":[32,226,130,172],"
        "\"top_logprobs\":[{\"token\":\" \\u20ac\",\"logprob\":-5.5,\"bytes\":"
        "[32,226,130,172]},{\"token\":\" a\",\"logprob\":-0.25,\"bytes\":"
        "[32,97]}]}]},\"finish_reason\":\"stop\",\"stop_reason\":151645,"
        "\"token_ids\":[9999]}]}");
    assert_int_equal(c->n_tok, 1);
    alt_is(&c->tok[0].it, " \xE2\x82\xAC", -5.5);
    assert_int_equal(c->tok[0].it.id, 9999);
    assert_int_equal(c->tok[0].n_alt, 2);
    alt_is(&c->alt[c->tok[0].alt], " \xE2\x82\xAC", -5.5);
    alt_is(&c->alt[c->tok[0].alt + 1], " a", -0.25);
    assert_int_equal(c->choice[0].finish, DC_FINISH_STOP);
    assert_true(is(c->choice[0].words, "stop"));
    assert_true(is(c->choice[0].stop_reason, "151645"));
    /* the placeholder of a special token */
    c = read_ok("{\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":{"
                "\"content\":[{\"token\":\"\",\"logprob\":-9999.0,\"bytes\":[],"
                "\"top_logprobs\":[]}]},\"finish_reason\":\"length\"}]}");
    alt_is(&c->tok[0].it, "", -9999);
    assert_int_equal(c->tok[0].n_alt, 0);
    assert_int_equal(c->choice[0].finish, DC_FINISH_LENGTH);
    assert_null(c->choice[0].text.s);
    /* return_tokens_as_token_ids */
    c = read_ok("{\"choices\":[{\"index\":0,\"text\":\"x\",\"logprobs\":{"
                "\"text_offset\":[0],\"token_logprobs\":[-1.5],\"tokens\":["
                "\"token_id:42\"],\"top_logprobs\":[{\"token_id:42\":-1.5,"
                "\"token_id:7\":-0.5}]}}]}");
    assert_int_equal(c->tok[0].it.id, 42);
    assert_null(c->tok[0].it.bytes);
    assert_int_equal(c->alt[1].id, 7);
    assert_true(c->alt[1].logprob == -0.5);
    /* usage at the end */
    c = read_ok("{\"id\":\"chatcmpl-9a\",\"choices\":[],\"usage\":{"
                "\"prompt_tokens\":11,\"total_tokens\":20,"
                "\"completion_tokens\":9,\"prompt_tokens_details\":{"
                "\"cached_tokens\":8}}}");
    assert_int_equal(c->n_choice, 0);
    assert_true(c->usage.has_prompt && c->usage.prompt == 11);
    assert_true(c->usage.has_completion && c->usage.completion == 9);
    assert_true(c->usage.has_cached && c->usage.cached == 8);
    assert_false(c->usage.has_reasoning);
    assert_int_equal(n_odd(c), 0);
}

static void of_llama_server(void **state)
{
    (void)state;
    const struct dc_chunk *c = read_ok(
        "{\"choices\":[{\"finish_reason\":null,\"index\":0,\"delta\":{"
        "\"content\":\"No\"},\"logprobs\":{\"content\":[{\"id\":2822,"
        "\"token\":\"No\",\"bytes\":[78,111],\"logprob\":-0.5,"
        "\"top_logprobs\":[{\"id\":2822,\"token\":\"No\",\"bytes\":[78,111],"
        "\"logprob\":-0.5},{\"id\":0,\"token\":\"<|endoftext|>\",\"bytes\":[],"
        "\"logprob\":-2}]}]}}],\"created\":1796000000,\"id\":\"chatcmpl-b\","
        "\"model\":\"gpt-3.5-turbo\",\"system_fingerprint\":\"b6000-abc\","
        "\"object\":\"chat.completion.chunk\",\"timings\":{\"predicted_n\":1}"
        "}");
    assert_int_equal(c->tok[0].it.id, 2822);
    assert_int_equal(c->alt[1].id, 0);
    /* no bytes beside a text: the text says more */
    alt_is(&c->alt[1], "<|endoftext|>", -2);
    assert_true(is(c->fingerprint, "b6000-abc"));
    c = read_ok("{\"error\":{\"code\":400,\"message\":\"the request exceeds "
                "the available context size. try increasing it\",\"type\":"
                "\"exceed_context_size_error\",\"n_prompt_tokens\":99,"
                "\"n_ctx\":64}}");
    assert_int_equal(c->error.is, DC_CHUNK_CONTEXT);
    assert_int_equal(c->error.status, 400);
    assert_true(is(c->error.type, "exceed_context_size_error"));
    assert_int_equal(n_odd(c), 0);
}

static void of_sglang(void **state)
{
    (void)state;
    const struct dc_chunk *c = read_ok(
        "{\"id\":\"s\",\"object\":\"chat.completion.chunk\",\"choices\":[{"
        "\"index\":0,\"delta\":{\"role\":null,\"content\":\" a b\","
        "\"reasoning_content\":null,\"tool_calls\":null},\"logprobs\":{"
        "\"content\":[{\"token\":\" a\",\"bytes\":[32,97],\"logprob\":-1,"
        "\"top_logprobs\":[{\"token\":\" a\",\"bytes\":[32,97],\"logprob\":-1}"
        ",{\"token\":\" c\",\"bytes\":[32,99],\"logprob\":-2}]},{\"token\":"
        "\" b\",\"bytes\":[32,98],\"logprob\":-3.4028234663852886e+38,"
        "\"top_logprobs\":[]}]},\"finish_reason\":null,\"matched_stop\":null}]"
        ",\"usage\":null}");
    assert_int_equal(c->n_tok, 2);
    assert_int_equal(c->choice[0].n_tok, 2);
    assert_int_equal(c->tok[1].alt, 2);
    assert_int_equal(c->tok[1].n_alt, 0);
    assert_true(c->tok[1].it.has_logprob && c->tok[1].it.logprob < -3e38);
    assert_false(c->choice[0].calls_tools);
    assert_null(c->choice[0].reasoning.s);
    assert_false(c->usage.has_prompt);
    c = read_ok("{\"object\":\"error\",\"message\":\"The input (99 tokens) is "
                "longer than the model's context length (64 tokens).\","
                "\"type\":\"BadRequestError\",\"param\":null,\"code\":400}");
    assert_int_equal(c->error.is, DC_CHUNK_CONTEXT);
    assert_int_equal(c->error.status, 400);
    assert_int_equal(n_odd(c), 0);
}

static void of_openai(void **state)
{
    (void)state;
    const struct dc_chunk *c = read_ok(
        "{\"id\":\"chatcmpl-1\",\"object\":\"chat.completion\",\"model\":"
        "\"gpt-4o-2024-08-06\",\"choices\":[{\"index\":0,\"message\":{\"role\":"
        "\"assistant\",\"content\":null,\"refusal\":\"I can't\"},\"logprobs\":{"
        "\"content\":null,\"refusal\":[{\"token\":\"I\",\"logprob\":-0.0034,"
        "\"bytes\":[73],\"top_logprobs\":[]},{\"token\":\" can't\","
        "\"logprob\":0.0,\"bytes\":null,\"top_logprobs\":[]}]},"
        "\"finish_reason\":\"content_filter\"},{\"index\":1,\"message\":{"
        "\"content\":\"Yes\",\"refusal\":null,\"annotations\":[]},\"logprobs\":"
        "{\"content\":[{\"token\":\"Yes\",\"logprob\":-0.5,\"bytes\":[89,101,"
        "115],\"top_logprobs\":[{\"token\":\"Yes\",\"logprob\":-0.5,\"bytes\":["
        "89,101,115]}]}],\"refusal\":null},\"finish_reason\":\"stop\"}],"
        "\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3,"
        "\"completion_tokens_details\":{\"reasoning_tokens\":0}},"
        "\"system_fingerprint\":\"fp_1\"}");
    assert_int_equal(c->n_choice, 2);
    assert_true(is(c->choice[0].refusal, "I can't"));
    assert_null(c->choice[0].text.s);
    assert_int_equal(c->choice[0].n_tok, 2);
    alt_is(&c->tok[1].it, " can't", 0);
    assert_int_equal(c->choice[0].finish, DC_FINISH_FILTER);
    assert_int_equal(c->choice[1].tok, 2);
    alt_is(&c->tok[2].it, "Yes", -0.5);
    assert_true(c->usage.has_reasoning && c->usage.reasoning == 0);
    c = read_ok(
        "{\"error\":{\"message\":\"This model's maximum context length "
        "is 128000 tokens.\",\"type\":\"invalid_request_error\","
        "\"param\":\"messages\",\"code\":\"context_length_exceeded\"}}");
    assert_int_equal(c->error.is, DC_CHUNK_CONTEXT);
    assert_int_equal(c->error.status, 0);
    c = read_ok("{\"error\":{\"message\":\"filtered\",\"type\":null,\"code\":"
                "\"content_filter\",\"status\":400,\"innererror\":{\"code\":"
                "\"ResponsibleAIPolicyViolation\"}}}");
    assert_int_equal(c->error.is, DC_CHUNK_FILTER);
    assert_int_equal(n_odd(c), 0);
}

static void of_others(void **state)
{
    (void)state;
    /* Ollama: thoughts under another key */
    const struct dc_chunk *c = read_ok(
        "{\"id\":\"chatcmpl-2\",\"object\":\"chat.completion.chunk\","
        "\"model\":\"qwen3\",\"system_fingerprint\":\"fp_ollama\",\"choices\":"
        "[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\","
        "\"reasoning\":\"Hm\"},\"finish_reason\":null,\"logprobs\":{\"content\""
        ":[{\"token\":\"Hm\",\"logprob\":-1,\"bytes\":[72,109],"
        "\"top_logprobs\":[{\"token\":\"Hm\",\"logprob\":-1,\"bytes\":[72,109]}"
        "]}]}}]}");
    assert_true(is(c->choice[0].reasoning, "Hm"));
    c = read_ok("{\"error\":\"model \\\"x\\\" not found\"}");
    assert_int_equal(c->error.is, DC_CHUNK_ERROR);
    assert_true(is(c->error.message, "model \"x\" not found"));
    /* TGI: no bytes, words of its own */
    c = read_ok("{\"object\":\"chat.completion.chunk\",\"id\":\"\",\"model\":"
                "\"tgi\",\"system_fingerprint\":\"3.0-sha\",\"choices\":[{"
                "\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":"
                "\"No\"},\"logprobs\":{\"content\":[{\"token\":\"No\","
                "\"logprob\":-0.125,\"top_logprobs\":[{\"token\":\"No\","
                "\"logprob\":-0.125},{\"token\":\"Yes\",\"logprob\":-4}]}]},"
                "\"finish_reason\":\"eos_token\"}]}");
    alt_is(&c->tok[0].it, "No", -0.125);
    assert_int_equal(c->choice[0].finish, DC_FINISH_STOP);
    c = read_ok("{\"error\":\"Input validation error: `inputs` must have less "
                "than 1000 tokens. Given: 2000\",\"error_type\":"
                "\"validation\"}");
    assert_int_equal(c->error.is, DC_CHUNK_CONTEXT);
    assert_true(is(c->error.type, "validation"));
    /* FastAPI, Mistral, OpenRouter */
    c = read_ok(
        "{\"detail\":[{\"loc\":[\"body\",\"n\"],\"msg\":\"too many\"}]}");
    assert_true(is(c->error.message, "too many"));
    c = read_ok("{\"object\":\"error\",\"message\":{\"detail\":[{\"msg\":"
                "\"bad\"}]},\"type\":\"invalid_request_error\",\"code\":null}");
    assert_true(is(c->error.message, "bad"));
    c = read_ok("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"\"},"
                "\"finish_reason\":\"error\",\"error\":{\"code\":502,"
                "\"message\":\"upstream\"}}]}");
    assert_int_equal(c->error.is, DC_CHUNK_ERROR);
    assert_int_equal(c->error.status, 502);
    assert_int_equal(c->choice[0].finish, DC_FINISH_ERROR);
    /* no error */
    c = read_ok("{\"error\":null,\"choices\":[]}");
    assert_int_equal(c->error.is, DC_CHUNK_NO_TROUBLE);
    c = read_ok("{}");
    assert_true(c->error.is == DC_CHUNK_NO_TROUBLE && c->n_choice == 0);
    assert_int_equal(n_odd(c), 0);
}

static void of_older_completions(void **state)
{
    (void)state;
    const struct dc_chunk *c = read_ok(
        "{\"object\":\"text_completion\",\"choices\":[{\"text\":\" a\\u20ac\","
        "\"index\":1,\"logprobs\":{\"tokens\":[\" a\",\"bytes:\\\\xe2\\\\x82\","
        "\"bytes:\\\\xAC\"],\"token_logprobs\":[null,-1,-2],\"top_logprobs\":["
        "null,{\"bytes:\\\\xe2\\\\x82\":-1,\"x\":-0.5},{}],\"text_offset\":[0,2"
        ",2]},\"finish_reason\":\"\"}]}");
    assert_true(is(c->choice[0].text, " a\xE2\x82\xAC"));
    assert_int_equal(c->n_tok, 3);
    assert_false(c->tok[0].it.has_logprob);
    alt_is(&c->tok[1].it, "\xE2\x82", -1);
    alt_is(&c->tok[2].it, "\xAC", -2);
    assert_int_equal(c->tok[1].n_alt, 2);
    alt_is(&c->alt[0], "\xE2\x82", -1);
    alt_is(&c->alt[1], "x", -0.5);
    assert_int_equal(c->choice[0].finish, DC_FINISH_NONE);
    assert_int_equal(n_odd(c), 0);
    c = read_ok("{\"choices\":[{\"index\":0,\"text\":\"a\",\"logprobs\":{"
                "\"tokens\":[\"a\",7,null],\"token_logprobs\":[-1],"
                "\"top_logprobs\":5}}]}");
    assert_int_equal(c->n_tok, 3);
    assert_int_equal(c->tok[1].it.id, 7);
    assert_false(c->tok[1].it.has_logprob);
    assert_int_equal(c->odd[DC_CHUNK_ODD_LENGTHS], 1);
    assert_int_equal(c->odd[DC_CHUNK_ODD_LOGPROBS], 1);
    assert_int_equal(c->odd[DC_CHUNK_ODD_TOKEN], 1);
}

static void of_the_prompt(void **state)
{
    (void)state;
    const struct dc_chunk *c = read_ok(
        "{\"choices\":[{\"index\":0,\"text\":\" b\",\"prompt_logprobs\":["
        "null,{\"7\":{\"logprob\":-1.5,\"rank\":3,\"decoded_token\":\" yes\"}"
        ",\"8\":{\"logprob\":-0.5,\"rank\":1,\"decoded_token\":\" no\"}},"
        "{\"2147483647\":{\"logprob\":-2}}]},{\"index\":1,\"text\":\"\","
        "\"prompt_logprobs\":null},{\"index\":2,\"text\":\"\","
        "\"prompt_logprobs\":[{\"1\":{\"logprob\":-3}}]}]}");
    assert_int_equal(c->n_given, 4);
    assert_int_equal(c->choice[0].n_given, 3);
    assert_int_equal(c->given[0].id, -1);
    assert_false(c->given[0].has_logprob);
    assert_int_equal(c->given[1].id, 7);
    alt_is(&c->given[1], " yes", -1.5);
    assert_int_equal(c->given[2].id, INT32_MAX);
    assert_null(c->given[2].bytes);
    assert_int_equal(c->choice[1].n_given, 0);
    assert_int_equal(c->choice[2].given, 3);
    assert_int_equal(c->choice[2].n_given, 1);
    assert_true(c->given[3].logprob == -3);
    assert_int_equal(c->n_tok, 0);
    assert_int_equal(n_odd(c), 0);
    /* Keys that are no ids, entries that are none, a list that is none. */
    c = read_ok("{\"choices\":[{\"index\":0,\"text\":\"\",\"prompt_logprobs\":["
                "{\"a\":{\"logprob\":-1}},{\"\":{\"logprob\":-1}},"
                "{\"2147483648\":{\"logprob\":-1}},{\"-1\":{\"logprob\":-1}},"
                "{\"12345678901\":{\"logprob\":null}},{\"1\":5},{},[],7]},"
                "{\"index\":1,\"text\":\"\",\"prompt_logprobs\":{\"1\":2}}]}");
    assert_int_equal(c->n_given, 9);
    for (size_t i = 0; i < 9; i++)
        assert_int_equal(c->given[i].id, -1);
    assert_false(c->given[4].has_logprob);
    assert_int_equal(c->odd[DC_CHUNK_ODD_TOKEN], 4);
    assert_int_equal(c->odd[DC_CHUNK_ODD_LOGPROBS], 1);
}

/* ---- words, indices, ids ---- */

static void ends(void **state)
{
    static const struct {
        const char *word;
        enum dc_finish finish;
    } row[] = {
        {"\"stop\"", DC_FINISH_STOP},
        {"\"eos\"", DC_FINISH_STOP},
        {"\"length\"", DC_FINISH_LENGTH},
        {"\"content_filter\"", DC_FINISH_FILTER},
        {"\"tool_calls\"", DC_FINISH_ERROR},
        {"\"function_call\"", DC_FINISH_ERROR},
        {"\"abort\"", DC_FINISH_UNKNOWN},
        {"\"\\u0000stop\"", DC_FINISH_UNKNOWN},
        {"null", DC_FINISH_NONE},
        {"\"\"", DC_FINISH_NONE},
        {"7", DC_FINISH_NONE},
    };
    char json[200];
    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        snprintf(json, sizeof json,
                 "{\"choices\":[{\"index\":0,\"finish_reason\":%s}]}",
                 row[i].word);
        const struct dc_chunk *c = read_ok(json);
        assert_int_equal(c->choice[0].finish, row[i].finish);
        assert_true(c->choice[0].finish == DC_FINISH_NONE ||
                    c->choice[0].words.n > 0);
    }
    assert_true(is(read_ok("{\"choices\":[{\"index\":0,\"finish_reason\":"
                           "\"abort\",\"stop_reason\":\"</s>\"}]}")
                       ->choice[0]
                       .stop_reason,
                   "</s>"));
    assert_int_equal(dc_finish_of_word(NULL), DC_FINISH_NONE);
}

static void indices(void **state)
{
    (void)state;
    const struct dc_chunk *c =
        read_ok("{\"choices\":[{\"delta\":{\"content\":\"a\"}},{\"index\":-1},"
                "{\"index\":1.5},{\"index\":9999999},7,{\"index\":0}]}");
    assert_int_equal(c->n_choice, 5);
    for (uint32_t i = 0; i < 4; i++)
        assert_int_equal(c->choice[i].index, i);
    assert_int_equal(c->odd[DC_CHUNK_ODD_NO_INDEX], 4);
    assert_int_equal(c->odd[DC_CHUNK_ODD_SAME_INDEX], 1);
    assert_int_equal(c->odd[DC_CHUNK_ODD_CHOICE], 1);
    c = read_ok("{\"choices\":[{\"index\":3,\"delta\":{\"content\":\"a\"}},"
                "{\"index\":3,\"delta\":{\"content\":\"b\"}}]}");
    assert_true(is(c->choice[0].text, "a") && is(c->choice[1].text, "b"));
    assert_int_equal(c->odd[DC_CHUNK_ODD_SAME_INDEX], 1);
    c = read_ok("{\"choices\":[{\"index\":0,\"token_ids\":[1,2],\"logprobs\":{"
                "\"content\":[{\"token\":\"a\",\"logprob\":-1}]}}]}");
    assert_int_equal(c->tok[0].it.id, -1);
    assert_int_equal(c->odd[DC_CHUNK_ODD_LENGTHS], 1);
}

static void contents(void **state)
{
    (void)state;
    const struct dc_chunk *c = read_ok(
        "{\"choices\":[{\"index\":0,\"message\":{\"content\":[{\"type\":"
        "\"text\",\"text\":\"Hel\"},{\"type\":\"image\"},{\"type\":\"text\","
        "\"text\":\"lo\"}],\"reasoning_content\":\"r\",\"reasoning\":\"r\","
        "\"tool_calls\":[{\"id\":\"1\"}]}},{\"index\":1,\"delta\":{\"content\":"
        "5}}]}");
    assert_true(is(c->choice[0].text, "Hello"));
    assert_true(is(c->choice[0].reasoning, "r"));
    assert_true(c->choice[0].calls_tools);
    assert_int_equal(c->odd[DC_CHUNK_ODD_TEXT], 2);
    c = read_ok("{\"choices\":[{\"index\":0,\"delta\":{},\"logprobs\":{"
                "\"values\":[1]}},{\"index\":1,\"logprobs\":\"x\"},{\"index\":2"
                ",\"logprobs\":{}},{\"index\":3,\"logprobs\":{\"content\":null}"
                "}]}");
    assert_int_equal(c->odd[DC_CHUNK_ODD_LOGPROBS], 2);
    assert_int_equal(c->n_tok, 0);
    c = read_ok("{\"choices\":[],\"usage\":{\"prompt_tokens\":-1,"
                "\"completion_tokens\":1e3}}");
    assert_int_equal(c->odd[DC_CHUNK_ODD_COUNT], 2);
    assert_false(c->usage.has_prompt);
    /* counts of no text in the world, which no run file holds */
    c = read_ok("{\"choices\":[],\"usage\":{\"prompt_tokens\":"
                "1000000000000000,\"completion_tokens\":9223372036854775808}}");
    assert_int_equal(c->odd[DC_CHUNK_ODD_COUNT], 2);
    assert_false(c->usage.has_prompt || c->usage.has_completion);
    c = read_ok("{\"choices\":[],\"timings\":{\"prompt_n\":"
                "4611686018427387904}}");
    assert_int_equal(c->odd[DC_CHUNK_ODD_COUNT], 1);
    assert_false(c->has_computed);
    c = read_ok("{\"choices\":[],\"timings\":{\"prompt_n\":12}}");
    assert_true(c->has_computed && c->computed == 12);
}

/* ---- hostile ---- */

#define TOKEN(x)                                                               \
    "{\"choices\":[{\"index\":0,\"logprobs\":{\"content\":[" x "]}}]}"

static void numbers(void **state)
{
    (void)state;
    static const char *const odd[] = {"NaN", "Infinity", "-Infinity", "1e999",
                                      "-1e999"};
    char json[200];
    for (size_t i = 0; i < DC_COUNT(odd); i++) {
        snprintf(json, sizeof json, TOKEN("{\"token\":\"a\",\"logprob\":%s}"),
                 odd[i]);
        const struct dc_chunk *c = read_ok(json);
        assert_int_equal(c->n_tok, 1);
        assert_true(c->tok[0].it.has_logprob);
        assert_true(!isfinite(c->tok[0].it.logprob));
        assert_int_equal(c->odd[DC_CHUNK_ODD_NOT_FINITE], 1);
    }
    const struct dc_chunk *c =
        read_ok(TOKEN("{\"token\":\"a\",\"logprob\":\"-1\"},{\"token\":\"b\","
                      "\"logprob\":-99999999999999999999999999999999,\"id\":"
                      "99999999999999999999},{\"token\":\"c\",\"logprob\":null,"
                      "\"id\":-4}"));
    assert_false(c->tok[0].it.has_logprob);
    assert_true(c->tok[1].it.logprob == -1e32 && c->tok[1].it.id == -1);
    assert_false(c->tok[2].it.has_logprob);
}

static void texts(void **state)
{
    (void)state;
    /* bytes that are none: the text instead */
    const struct dc_chunk *c =
        read_ok(TOKEN("{\"token\":\"a\",\"bytes\":[97,256]},{\"token\":\"b\","
                      "\"bytes\":[[98]]},{\"bytes\":[99]},{\"token\":\"d\","
                      "\"bytes\":\"x\"},7,{}"));
    assert_int_equal(c->odd[DC_CHUNK_ODD_BYTES], 2);
    assert_int_equal(c->odd[DC_CHUNK_ODD_TOKEN], 1);
    assert_int_equal(c->n_tok, 5);
    assert_memory_equal(c->tok[0].it.bytes, "a", 1);
    assert_memory_equal(c->tok[1].it.bytes, "b", 1);
    assert_memory_equal(c->tok[2].it.bytes, "c", 1);
    assert_memory_equal(c->tok[3].it.bytes, "d", 1);
    assert_null(c->tok[4].it.bytes);
    /* texts that only begin like a notation */
    c = read_ok(TOKEN("{\"token\":\"bytes:\"},{\"token\":\"bytes: abc\"},"
                      "{\"token\":\"token_id:\"},{\"token\":\"token_id:x\"},"
                      "{\"token\":\"token_id:99999999999\"},"
                      "{\"token\":\"token_id:4294967296\"},"
                      "{\"token\":\"bytes: \\\\xe2z\\\\x8\"}"));
    assert_memory_equal(c->tok[1].it.bytes, "bytes: abc", 10);
    for (size_t i = 2; i < 6; i++)
        assert_true(c->tok[i].it.bytes && c->tok[i].it.id == -1);
    assert_int_equal(c->tok[6].it.n, 6);
    assert_memory_equal(c->tok[6].it.bytes, " \xE2z\\x8", 6);
    /* NULs stay */
    c = read_ok(TOKEN("{\"token\":\"a\\u0000b\"}"));
    assert_int_equal(c->tok[0].it.n, 3);
    assert_memory_equal(c->tok[0].it.bytes, "a\0b", 3);
    assert_int_equal(n_odd(c), 0);
}

static void bad_unicode(void **state)
{
    (void)state;
    const struct dc_chunk *c = read_ok(
        "{\"choices\":[{\"index\":0,\"text\":\"a\\ud83dz\\\\ud83d\\ude00"
        "\\ud83d\\ude00\\uD83D\"}]}");
    assert_true(is(c->choice[0].text, "a\xEF\xBF\xBDz\\ud83d\xEF\xBF\xBD"
                                      "\xF0\x9F\x98\x80\xEF\xBF\xBD"));
    assert_int_equal(c->odd[DC_CHUNK_ODD_SURROGATE], 3);
    assert_int_equal(c->odd[DC_CHUNK_ODD_NO_UTF8], 0);
    c = read_ok("{\"choices\":[{\"index\":0,\"text\":\"\xE2\x82\"},{\"index\":1"
                ",\"text\":\"\xAC\x01\\udc00\"}]}");
    assert_true(is(c->choice[0].text, "\xE2\x82"));
    assert_true(is(c->choice[1].text, "\xAC\x01\xEF\xBF\xBD"));
    assert_int_equal(c->odd[DC_CHUNK_ODD_NO_UTF8], 1);
    assert_int_equal(c->odd[DC_CHUNK_ODD_SURROGATE], 1);
    c = read_ok("{\"choices\":[]}");
    assert_int_equal(n_odd(c), 0);
}

static void no_chunk(void **state)
{
    static const struct {
        const char *json, *says;
    } row[] = {
        {"", "no JSON"},
        {" ", "no JSON"},
        {"[DONE]", "no JSON"},
        {"[]", "no object"},
        {"\"x\"", "no object"},
        {"{\"a\":1", "no JSON"},
        {"{\"a\":\"\xE2", "no JSON"},
        {"{\"a\":\"\\ud83d", "no JSON"},
        {"{\"a\":1} x\x1B[2J", "at byte 8 of 13"},
        {"{\"a\":01}", "no JSON"},
        {"<html>502 Bad Gateway</html>", "502 Bad"},
        {"\xEF\xBB\xBF{}", "byte order mark"},
    };
    struct dc_err err;
    const struct dc_chunk *c = NULL;
    (void)state;
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        assert_int_equal(
            dc_chunk_read(reader, row[i].json, strlen(row[i].json), &c, &err),
            DC_DATA);
        if (!strstr(err.msg, row[i].says))
            fail_msg("%s", err.msg);
        assert_null(strchr(err.msg, '\x1B'));
    }
    assert_null(c);
    struct dc_chunk_reader *small = dc_chunk_reader_create(8);
    assert_int_equal(dc_chunk_read(small, "{\"a\":1 }", 8, &c, &err), DC_OK);
    assert_int_equal(dc_chunk_read(small, "{\"a\":12 }", 9, &c, &err), DC_DATA);
    assert_non_null(strstr(err.msg, "at most 8"));
    dc_chunk_reader_free(small);
}

/* n times s between two texts; the caller frees. */
static char *many(const char *head, const char *s, size_t n, const char *tail)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&b, head);
    for (size_t i = 0; i < n; i++)
        dc_buf_adds(&b, s);
    dc_buf_adds(&b, tail);
    return dc_buf_detach(&b);
}

static void large(void **state)
{
    enum { N = 100000 };
    const struct dc_chunk *c;
    struct dc_err err;
    (void)state;
    char *json = many("{\"choices\":", "[", N, "");
    assert_int_equal(dc_chunk_read(reader, json, strlen(json), &c, &err),
                     DC_DATA);
    free(json);
    json = many("{\"choices\":[{\"index\":0,\"logprobs\":", "{\"content\":", N,
                "");
    assert_int_equal(dc_chunk_read(reader, json, strlen(json), &c, &err),
                     DC_DATA);
    free(json);
    json = many("{\"x\":", "[", N, "");
    size_t n = strlen(json);
    json = dc_xrealloc(json, n + N + 2, 1);
    memset(json + n, ']', N);
    memcpy(json + n + N, "}", 2);
    assert_int_equal(read_ok(json)->n_choice, 0); /* deep, and of no concern */
    free(json);
    json = many("{\"choices\":[", "{},", N, "{}]}");
    c = read_ok(json);
    assert_int_equal(c->n_choice, DC_CHUNK_MAX_CHOICE);
    assert_int_equal(c->odd[DC_CHUNK_ODD_CHOICE], N + 1 - DC_CHUNK_MAX_CHOICE);
    free(json);
    json = many("{\"choices\":[{\"index\":0,\"logprobs\":{\"content\":[{"
                "\"top_logprobs\":[",
                "{},", N, "{}]}]}}]}");
    c = read_ok(json);
    assert_int_equal(c->tok[0].n_alt, DC_CHUNK_MAX_ALT);
    assert_int_equal(c->odd[DC_CHUNK_ODD_MANY], N + 1 - DC_CHUNK_MAX_ALT);
    free(json);
    json = many("{\"choices\":[{\"index\":0,\"logprobs\":{\"content\":[", "{},",
                N, "{}]}}]}");
    assert_int_equal(read_ok(json)->n_tok, N + 1);
    free(json);
    json = many("{\"choices\":[{\"index\":0,\"logprobs\":{\"content\":[{"
                "\"bytes\":[",
                "7,", N, "7]}]}}]}");
    assert_int_equal(read_ok(json)->tok[0].it.n, N + 1);
    free(json);
    /* a small one after it */
    of_vllm(NULL);
}

/* Values of another kind where a text is looked for are none. */
static void other_kinds(void **state)
{
    static const char *const other[] = {"[1,2,3]", "{\"a\":1}", "7", "true"};
    char json[600];
    (void)state;
    for (size_t i = 0; i < DC_COUNT(other); i++) {
        const char *x = other[i];
        snprintf(json, sizeof json,
                 "{\"id\":%s,\"model\":%s,\"system_fingerprint\":%s,"
                 "\"error\":{\"message\":%s,\"type\":%s,\"code\":%s},"
                 "\"choices\":[{\"index\":0,\"finish_reason\":%s,"
                 "\"logprobs\":{\"content\":[{\"token\":%s,\"bytes\":[]}]}}]}",
                 x, x, x, x, x, x, x, x);
        const struct dc_chunk *c = read_ok(json);
        const struct dc_chunk_text none[] = {
            c->id,         c->model,      c->fingerprint,    c->error.message,
            c->error.type, c->error.code, c->choice[0].words};
        for (size_t k = 0; k < DC_COUNT(none); k++)
            assert_true(!none[k].s && none[k].n == 0);
        assert_int_equal(c->choice[0].finish, DC_FINISH_NONE);
        assert_int_equal(c->error.is, DC_CHUNK_ERROR);
        assert_int_equal(c->n_tok, 1);
        assert_int_equal(c->tok[0].it.n, 0);
    }
}

static void every_odd_has_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < DC_CHUNK_N_ODD; i++)
        assert_true(strlen(dc_chunk_odd_text((enum dc_chunk_odd)i)) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_vllm),
        cmocka_unit_test(of_llama_server),
        cmocka_unit_test(of_sglang),
        cmocka_unit_test(of_openai),
        cmocka_unit_test(of_others),
        cmocka_unit_test(of_older_completions),
        cmocka_unit_test(of_the_prompt),
        cmocka_unit_test(ends),
        cmocka_unit_test(indices),
        cmocka_unit_test(contents),
        cmocka_unit_test(numbers),
        cmocka_unit_test(texts),
        cmocka_unit_test(bad_unicode),
        cmocka_unit_test(no_chunk),
        cmocka_unit_test(large),
        cmocka_unit_test(other_kinds),
        cmocka_unit_test(every_odd_has_words),
    };
    return cmocka_run_group_tests(tests, make_reader, free_reader);
}
