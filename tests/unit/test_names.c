/*
 * test_names.c - names are counted, in the order of how often they came, in
 * steps that grow with their number and no faster.
 */
#include "base/names.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_counts_and_order(void **state)
{
    static const char *const come[] = {"b", "a", "", "b", "c", "a", "b", "d"};
    struct dc_names x = {.n = 0};
    struct dc_arena a;
    (void)state;
    dc_arena_init(&a);
    for (size_t i = 0; i < sizeof come / sizeof *come; i++)
        dc_names_add(&x, &a, come[i], 1);
    dc_names_sort(&x);
    assert_int_equal(x.n, 5);
    assert_string_equal(x.item[0].name, "b");
    assert_int_equal(x.item[0].n, 3);
    assert_string_equal(x.item[1].name, "a");
    assert_int_equal(x.item[1].n, 2);
    assert_string_equal(x.item[2].name, ""); /* equals by name */
    assert_string_equal(x.item[3].name, "c");
    assert_string_equal(x.item[4].name, "d");
    dc_names_fold(&x, &a, 4, "letters"); /* one more is no more to show */
    assert_int_equal(x.n, 5);
    assert_string_equal(x.item[4].name, "d");
    dc_names_fold(&x, &a, 2, "letters");
    assert_int_equal(x.n, 3);
    assert_string_equal(x.item[1].name, "a");
    assert_string_equal(x.item[2].name, "(3 other letters)");
    assert_int_equal(x.item[2].n, 3);
    dc_arena_release(&a);
}

/* Another reason for each of many traces; the table is at most half full, so
 * that a name is found in a few steps. */
static void test_many(void **state)
{
    enum { MANY = 50000 };
    struct dc_names x = {.n = 0};
    struct dc_arena a;
    char name[24];
    (void)state;
    dc_arena_init(&a);
    for (int twice = 0; twice < 2; twice++)
        for (int i = 0; i < MANY; i++) {
            snprintf(name, sizeof name, "reason %d", i);
            dc_names_add(&x, &a, name, 1);
            assert_true(2 * x.n <= x.n_slot);
        }
    assert_int_equal(x.n, MANY);
    size_t run = 0, longest = 0;
    for (size_t i = 0; i < x.n_slot; i++) {
        run = x.slot[i] ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    assert_true(longest < 100);
    dc_names_sort(&x);
    assert_string_equal(x.item[0].name, "reason 0");
    for (size_t i = 0; i < x.n; i++)
        assert_int_equal(x.item[i].n, 2);
    dc_arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts_and_order),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
