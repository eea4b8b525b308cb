/*
 * test_wrap.c - folding text: widths kept, nothing lost, nothing acts on the
 * terminal, the marked span marked across folds.
 */
#include "base/utf8.h"
#include "base/wrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct dc_buf out;

static const char *wrap(const char *s, const struct dc_wrap *how)
{
    dc_buf_clear(&out);
    dc_wrap(&out, s, strlen(s), how);
    return out.data;
}

static void test_folds_at_spaces(void **state)
{
    (void)state;
    struct dc_wrap w = {.width = 26, .indent = 6, .head = "ab"};
    assert_string_equal(wrap("one two three four five six", &w),
                        "ab    one two three four\n"
                        "      five six\n");
    /* exactly as wide as the line */
    assert_string_equal(wrap("12345678901234567890 x", &w),
                        "ab    12345678901234567890\n"
                        "      x\n");
}

static void test_breaks_long_words(void **state)
{
    (void)state;
    struct dc_wrap w = {.width = 20};
    assert_string_equal(wrap("123456789012345678901234567890 x", &w),
                        "12345678901234567890\n1234567890 x\n");
    /* Behind a mark, unless that leaves half of the line empty. */
    assert_string_equal(wrap("stats.measures[mean].auroc x", &w),
                        "stats.measures[mean]\n.auroc x\n");
    assert_string_equal(wrap("own(20,mean_prob_x_y) x", &w),
                        "own(20,mean_prob_x_\ny) x\n");
    assert_string_equal(wrap("percentile(20,mean_prob) x", &w),
                        "percentile(20,\nmean_prob) x\n");
    assert_string_equal(wrap("show.rates.sensitivity x", &w),
                        "show.rates.\nsensitivity x\n");
    assert_string_equal(wrap("a.4567890123456789012345 x", &w),
                        "a.456789012345678901\n2345 x\n");
}

static void test_wide_head(void **state)
{
    (void)state;
    struct dc_wrap w = {.width = 26, .indent = 4, .head = "abcd"};
    assert_string_equal(wrap("x", &w), "abcd\n    x\n");
}

static void test_lines_and_limit(void **state)
{
    (void)state;
    struct dc_wrap w = {.width = 20, .max_lines = 2};
    dc_buf_clear(&out);
    assert_false(dc_wrap(&out, "a\n\nb\n", 5, &w));
    assert_string_equal(out.data, "a\n\n");
    dc_buf_clear(&out);
    assert_true(dc_wrap(&out, "a\r\n  b", 6, &w));
    assert_string_equal(out.data, "a\n  b\n");
    assert_string_equal(wrap("", &w), "\n");
    w = (struct dc_wrap){.width = 30, .indent = 2, .head = "x"};
    assert_string_equal(wrap("a\n\nb", &w), "x a\n\n  b\n");
}

static void test_wide_characters(void **state)
{
    (void)state;
    /* twelve characters of two columns in twenty: ten and two */
    static const char wide[] = "\u4e00\u4e00\u4e00\u4e00\u4e00\u4e00"
                               "\u4e00\u4e00\u4e00\u4e00\u4e00\u4e00";
    struct dc_wrap w = {.width = 20};
    const char *got = wrap(wide, &w);
    const char *nl = strchr(got, '\n');
    assert_non_null(nl);
    assert_int_equal(dc_utf8_width(got, (size_t)(nl - got)), 20);
    assert_int_equal(strlen(nl + 1), 2 * 3 + 1);
}

static void test_no_control_gets_out(void **state)
{
    (void)state;
    struct dc_wrap w = {.width = 40};
    const char *got = wrap("a\033[31mb\007\rc\t\xff"
                           "d \u202e e",
                           &w);
    for (const char *p = got; *p; p++)
        assert_true(*p == '\n' || (unsigned char)*p >= 0x20);
    assert_null(strstr(got, "\u202e"));
    assert_null(strchr(got, '\xff'));
}

static void test_mark(void **state)
{
    (void)state;
    struct dc_wrap w = {
        .width = 20, .mark_off = 4, .mark_len = 23, .on = "<", .off = ">"};
    assert_string_equal(wrap("one two three four five six seven", &w),
                        "one <two three four>\n<five six> seven\n");
    w.mark_off = 5;
    w.mark_len = 1;
    assert_string_equal(wrap("one two", &w), "one t<w>o\n");
    w.mark_len = 0;
    assert_string_equal(wrap("one two", &w), "one two\n");
    w.mark_off = 100; /* outside the text: nothing happens */
    w.mark_len = 5;
    assert_string_equal(wrap("one two", &w), "one two\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_folds_at_spaces),
        cmocka_unit_test(test_breaks_long_words),
        cmocka_unit_test(test_wide_head),
        cmocka_unit_test(test_lines_and_limit),
        cmocka_unit_test(test_wide_characters),
        cmocka_unit_test(test_no_control_gets_out),
        cmocka_unit_test(test_mark),
    };
    dc_buf_init(&out, 1 << 20);
    int rc = cmocka_run_group_tests(tests, NULL, NULL);
    dc_buf_release(&out);
    return rc;
}
