/*
 * test_answer_norm.c - which answers are the same, and which are not.
 */
#include "vote/answer_norm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_same(void **state)
{
    static const char *const pair[][2] = {
        {"42", " 42 "},
        {"42", "$42$"},
        {"42", "$ 42 $."},
        {"42", "42."},
        {"1", "1.0"},
        {"1", "+1.00"},
        {"7", "007"},
        {"0", "-0.0"},
        {"0.5", ".5"},
        {"1234567", "1,234,567"},
        {"1234.5", "1,234.50"},
        {"-12", "-12.0"},
        {"\\frac{1}{2}", "\\dfrac{1}{2}"},
        {"\\frac12+\\frac13", "$\\tfrac12+\\dfrac13$"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        if (!dc_answer_same(pair[i][0], pair[i][1]) ||
            !dc_answer_same(pair[i][1], pair[i][0]))
            fail_msg("\"%s\" is not \"%s\"", pair[i][0], pair[i][1]);
    }
}

static void test_different(void **state)
{
    static const char *const pair[][2] = {
        {"", ""},         {"$$", ""},          {"42", "43"},
        {"1/2", "0.5"},   {"1,23", "123"},     {"12,34", "1234"},
        {"0,123", "123"}, {"1,2", "1, 2"},     {"10", "1"},
        {"100", "1"},     {"-1", "1"},         {"1.2.3", "1.23"},
        {"-", "0"},       {"1,2345", "12345"}, {"A", "a"},
        {"$5", "5"},      {"\\dfra", "\\fra"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pair / sizeof *pair; i++) {
        if (dc_answer_same(pair[i][0], pair[i][1]))
            fail_msg("\"%s\" is \"%s\"", pair[i][0], pair[i][1]);
    }
}

/* The normal form is its own normal form. */
static void test_normal_form_is_stable(void **state)
{
    static const char *const text[] = {
        "$ 1,000.0 $ .", ".50", "\\dfrac{a}{b}", "x = 3.", "", "$", "..",
        "1,000,00"};
    (void)state;
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        struct dc_buf once, twice;
        dc_buf_init(&once, 1 << 10);
        dc_buf_init(&twice, 1 << 10);
        dc_answer_norm(&once, text[i], strlen(text[i]));
        dc_answer_norm(&twice, once.data, once.n);
        assert_string_equal(once.data, twice.data);
        assert_true(once.n <= strlen(text[i]) + 1);
        dc_buf_release(&once);
        dc_buf_release(&twice);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same),
        cmocka_unit_test(test_different),
        cmocka_unit_test(test_normal_form_is_stable),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
