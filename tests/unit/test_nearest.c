/*
 * test_nearest.c - edit distance, and the name that a mistyped one was to be.
 */
#include "base/mem.h"
#include "base/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_distance(void **state)
{
    (void)state;
    assert_int_equal(dc_edit_distance("", ""), 0);
    assert_int_equal(dc_edit_distance("", "abc"), 3);
    assert_int_equal(dc_edit_distance("abc", "abc"), 0);
    assert_int_equal(dc_edit_distance("kitten", "sitting"), 3);
    assert_int_equal(dc_edit_distance("rnu", "run"), 1); /* swapped */
    assert_int_equal(dc_edit_distance("ca", "abc"), 3);  /* restricted form */
    assert_int_equal(dc_edit_distance("shwo", "show"), 1);
    char name[65] = {0};
    memset(name, 'x', 64);
    assert_int_equal(dc_edit_distance(name, "x"), 65); /* too long: far */
    assert_int_equal(dc_edit_distance(name + 1, name + 2), 1);
}

static const char *nearest_of(const char *typed)
{
    static const char *const name[] = {"max-traces", "min-traces",
                                       "max-tokens"};
    struct dc_nearest n = {.typed = typed};
    for (size_t i = 0; i < DC_COUNT(name); i++)
        dc_nearest_offer(&n, name[i]);
    return n.name;
}

static void test_nearest(void **state)
{
    (void)state;
    assert_string_equal(nearest_of("max-trace"), "max-traces");
    assert_string_equal(nearest_of("min_traces"), "min-traces");
    assert_string_equal(nearest_of("max-tok"), "max-tokens"); /* cut short */
    assert_null(nearest_of("temperature"));
    assert_null(nearest_of(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance),
        cmocka_unit_test(test_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
