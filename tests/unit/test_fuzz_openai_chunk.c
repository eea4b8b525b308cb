/*
 * The fuzz target of servers' chunks over mutated seeds: the same inputs every
 * time.
 */
#include "../../fuzz/fuzz_openai_chunk.c"
#include "base/mem.h"
#include "fuzz_mutate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { N_INPUT = 4000 };

#define ENTRY(t, lp)                                                           \
    "{\"token\":\"" t "\",\"logprob\":" lp ",\"bytes\":[97,98]}"

static const char *const seeds[] = {
    ("{\"id\":\"a\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{"
     "\"content\":\"a\"},\"logprobs\":{\"content\":[{\"token\":\"a\","
     "\"logprob\":-0.5,\"bytes\":[97],\"top_logprobs\":[" ENTRY(
         "a", "-0.5") "," ENTRY("b", "-1.5") "]}]},\"finish_reason\":null}]}"),
    ("{\"choices\":[{\"index\":1,\"text\":\"\\u20ac\",\"logprobs\":{\"tokens\":"
     "[\"bytes:\\\\xe2\",\"token_id:12\"],\"token_logprobs\":[-1,null],"
     "\"top_logprobs\":[{\"x\":-1,\"y\":-2},null],\"text_offset\":[0,1]},"
     "\"finish_reason\":\"length\",\"stop_reason\":5,\"token_ids\":[1,2]}]}"),
    ("{\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,"
     "\"completion_tokens_details\":{\"reasoning_tokens\":3}}}"),
    ("{\"error\":{\"message\":\"maximum context length\",\"type\":\"t\","
     "\"code\":400}}"),
    "{\"detail\":[{\"msg\":\"no\"}]}",
    "{\"error\":{\"message\":[1,2],\"code\":{\"a\":1}},\"id\":[3]}",
    ("{\"choices\":[{\"message\":{\"content\":[{\"type\":\"text\",\"text\":"
     "\"a\"}],\"reasoning\":\"r\",\"refusal\":\"n\"},\"logprobs\":{\"content\":"
     "null,\"refusal\":[" ENTRY("n", "0") "]},\"finish_reason\":\"stop\"},{"
                                          "\"index\":0,\"error\":\"x\"}]}"),
};
static const char *const pieces[] = {
    "\"",         "{",       "}",         "[",          "]",     ",",
    ":",          "null",    "NaN",       "-Infinity",  "1e999", "-9999",
    "\\ud83d",    "\\u0000", "\\\\x",     "\xE2",       "\x1B",  "[97]",
    "\"bytes\":", "0.9",     "{\"a\":1}", "\"index\":", "true",  "[[[[[[[[",
};

static void survives_mutated_inputs(void **state)
{
    (void)state;
    fuzz_n_chunk = fuzz_n_tok = fuzz_n_odd = fuzz_n_fault = fuzz_n_error = 0;
    for (uint32_t i = 0; i < N_INPUT; i++) {
        struct mutator m = {.key = {.seed = 21, .stream = i},
                            .piece = pieces,
                            .n_piece = DC_COUNT(pieces)};
        char buf[FUZZ_MAX_INPUT];
        const char *seed = seeds[i % DC_COUNT(seeds)];
        size_t len = strlen(seed);
        memcpy(buf, seed, len);
        for (size_t k = below(&m, 4); k > 0; k--)
            len = mutate(&m, buf, len);
        assert_int_equal(LLVMFuzzerTestOneInput((const uint8_t *)buf, len), 0);
    }
    /* Inputs that all fail, or never do, would test little. */
    assert_true(fuzz_n_chunk > N_INPUT / 4);
    assert_true(fuzz_n_tok > N_INPUT / 4);
    assert_true(fuzz_n_odd > N_INPUT / 20);
    assert_true(fuzz_n_fault > N_INPUT / 20);
    assert_true(fuzz_n_error > N_INPUT / 4);
}

static void takes_the_seeds(void **state)
{
    (void)state;
    fuzz_n_chunk = fuzz_n_tok = fuzz_n_error = 0;
    for (size_t i = 0; i < DC_COUNT(seeds); i++)
        LLVMFuzzerTestOneInput((const uint8_t *)seeds[i], strlen(seeds[i]));
    assert_int_equal(fuzz_n_chunk, 2 * DC_COUNT(seeds));
    assert_int_equal(fuzz_n_tok, 2 * (1 + 2 + 1));
    assert_int_equal(fuzz_n_error, 0);
    LLVMFuzzerTestOneInput(NULL, 0);
    assert_int_equal(fuzz_n_error, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_seeds),
        cmocka_unit_test(survives_mutated_inputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
