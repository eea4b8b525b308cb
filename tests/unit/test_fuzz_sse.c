/*
 * The fuzz target of server-sent events over random lines: the same inputs
 * every time, from counter-based numbers.
 */
#include "../../fuzz/fuzz_sse.c"
#include "base/rng.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { N_INPUT = 20000, MAX_PIECES = 16 };

/* Short and long, whole and not: an input is up to 16 of these in a row. */
static const char *const pieces[] = {
    "data: {\"a\": 1}",
    "data:",
    "data",
    "data: \xC3",
    "\xA9",
    "event: x",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    "\r\r",
    ": c",
    "id: 7",
    "retry",
    "\xEF\xBB\xBF",
    "data: [DONE]\n\n",
    ":",
    "data:  ",
    "\xEF\xBB",
    "\n\r",
    "data: 0123456789 0123456789 0123456789 0123456789",
};

static void survives_random_lines(void **state)
{
    (void)state;
    fuzz_n_event = fuzz_n_cut = fuzz_n_error = 0;
    for (uint32_t i = 0; i < N_INPUT; i++) {
        const struct dc_rng_key key = {.seed = 21, .stream = i};
        char text[MAX_PIECES * 64];
        size_t n = 0;
        uint32_t at = 0, n_piece = dc_rng_below(&key, 0, at++, MAX_PIECES);
        for (uint32_t k = 0; k < n_piece; k++) {
            uint32_t pick =
                dc_rng_below(&key, 0, at++, (uint32_t)DC_COUNT(pieces));
            memcpy(text + n, pieces[pick], strlen(pieces[pick]));
            n += strlen(pieces[pick]);
        }
        assert_int_equal(LLVMFuzzerTestOneInput((const uint8_t *)text, n), 0);
    }
    /* Inputs that all fail, or never do, would test little. */
    assert_true(fuzz_n_event > N_INPUT);
    assert_true(fuzz_n_cut > N_INPUT / 10);
    assert_true(fuzz_n_error > N_INPUT / 10);
}

static void takes_nothing(void **state)
{
    (void)state;
    assert_int_equal(LLVMFuzzerTestOneInput(NULL, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_nothing),
        cmocka_unit_test(survives_random_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
