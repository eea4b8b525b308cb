/*
 * Counts as people read them.
 */
#include "base/plural.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_plural(void **state)
{
    (void)state;
    assert_string_equal(dc_plural(0), "s");
    assert_string_equal(dc_plural(1), "");
    assert_string_equal(dc_plural(2), "s");
}

static void test_grouped(void **state)
{
    (void)state;
    static const struct {
        uint64_t n;
        const char *want;
    } row[] = {
        {0, "0"},
        {999, "999"},
        {1000, "1,000"},
        {151936, "151,936"},
        {1000000, "1,000,000"},
        {UINT64_MAX, "18,446,744,073,709,551,615"},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        char out[DC_GROUPED];
        assert_string_equal(dc_grouped(row[i].n, out), row[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plural),
        cmocka_unit_test(test_grouped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
