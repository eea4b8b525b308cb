/*
 * The fuzz target of the data readers over mutated seeds: the same inputs every
 * time, from counter-based numbers.
 */
#include "../../fuzz/fuzz_csv.c"
#include "base/mem.h"
#include "fuzz_mutate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { N_INPUT = 2000 };

static const char *const seeds[] = {
    "id,prompt,label,category\n1,\"a, b\",safe,x\n2,\"two\nlines\",1,y\n",
    "\xEF\xBB\xBFid,prompt,label\r\n\"q\",\"say \"\"hi\"\"\",refuse\r\n",
    "prompt\n\n\nfirst\n\nsecond\n",
    ("{\"id\": 7, \"prompt\": \"a \\u00e9\", \"label\": \"safe\"}\n"
     "{\"id\": null, \"prompt\": \"b\", \"label\": 1, \"category\": true}\n"),
    "\xEF\xBB\xBF{\"prompt\": \"x\", \"label\": null}\n\n",
    "id,prompt\n\xE2\x82\xAC,\xF0\x9F\x98\x80\n",
};
static const char *const pieces[] = {
    "\"", "\"\"", ",",       "\n",      "\r\n",  "\r",
    "{",  "}",    "\\u0000", "\x1B[2J", "\xE2",  "\xEF\xBB\xBF",
    ":",  "null", "prompt",  "[1]",     "1e999", "\xC2\x9B",
};

static void survives_mutated_inputs(void **state)
{
    (void)state;
    fuzz_n_record = fuzz_n_item = fuzz_n_error = 0;
    for (uint32_t i = 0; i < N_INPUT; i++) {
        struct mutator m = {.key = {.seed = 20, .stream = i},
                            .piece = pieces,
                            .n_piece = DC_COUNT(pieces)};
        char buf[FUZZ_MAX_INPUT];
        const char *seed = seeds[i % DC_COUNT(seeds)];
        size_t len = strlen(seed);
        memcpy(buf, seed, len);
        for (size_t k = below(&m, 8); k > 0; k--)
            len = mutate(&m, buf, len);
        assert_int_equal(LLVMFuzzerTestOneInput((const uint8_t *)buf, len), 0);
    }
    /* Inputs that all fail, or never do, would test little. */
    assert_true(fuzz_n_record > N_INPUT);
    assert_true(fuzz_n_item > N_INPUT / 4);
    assert_true(fuzz_n_error > N_INPUT / 4);
}

static void takes_the_seeds(void **state)
{
    (void)state;
    fuzz_n_item = 0;
    for (size_t i = 0; i < DC_COUNT(seeds); i++)
        LLVMFuzzerTestOneInput((const uint8_t *)seeds[i], strlen(seeds[i]));
    /* A first '{' is JSONL whatever the name says: read twice. */
    assert_int_equal(fuzz_n_item, 2 + 1 + 2 + 2 * (2 + 1) + 1);
    LLVMFuzzerTestOneInput(NULL, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_the_seeds),
        cmocka_unit_test(survives_mutated_inputs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
