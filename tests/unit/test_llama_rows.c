/*
 * test_llama_rows.c - which streams a step computes together: every run of busy
 * streams, for every number of slots.
 */
#include "infer/llama_rows.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { SLOTS = 40, GROUP = 4, LEAST = 8 };

static void test_streams(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= SLOTS; n++) {
        unsigned m = dc_rows_streams(n);
        assert_true(m >= n && m >= LEAST && m % GROUP == 0);
        assert_true(m == LEAST || m < n + GROUP);
        assert_int_equal(dc_rows_streams(m), m);
    }
}

static void test_every_run(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= SLOTS; n++)
        for (unsigned a = 0; a < n; a++)
            for (unsigned b = a + 1; b <= n; b++) {
                unsigned lo = a, hi = b, all = dc_rows_streams(n);
                dc_rows_widen(all, &lo, &hi);
                assert_true(lo <= a && b <= hi && hi <= all);
                assert_true((hi - lo) % GROUP == 0 && hi - lo >= LEAST);
                assert_true(hi - lo == LEAST || hi - lo < b - a + GROUP);
            }
}

/* Idle rows of a run suffice to bring its logits to the same numbers. */
static void test_logits(void **state)
{
    (void)state;
    for (unsigned run = LEAST; run <= SLOTS; run += GROUP)
        for (unsigned busy = 1; busy <= run; busy++) {
            unsigned out = busy;
            for (unsigned idle = busy; idle < run; idle++)
                out += dc_rows_needs_logits(out);
            assert_true(out % GROUP == 0 && out >= LEAST && out <= run);
            assert_true(out == LEAST || out < busy + GROUP);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_every_run),
        cmocka_unit_test(test_logits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
