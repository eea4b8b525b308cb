/*
 * test_json_feed.c - what other programs write comes out as jansson takes it,
 * whatever the size of the pieces it comes in, and nothing else is touched.
 */
#include "base/json.h"
#include "base/json_feed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define BIG(digits) "{\"deepconf:digits\":\"" digits "\"}"

static uint64_t comes_out(const char *in, const char *want)
{
    struct dc_json_feed f;
    uint64_t n = 0;
    for (size_t step = 1; step < 9; step++) {
        dc_json_feed_init(&f);
        for (size_t i = 0; i < strlen(in); i += step) {
            size_t left = strlen(in) - i;
            dc_json_feed_put(&f, in + i, left < step ? left : step);
        }
        dc_json_feed_end(&f);
        assert_string_equal(f.out.data, want);
        n = f.n_not_finite;
        dc_json_feed_release(&f);
    }
    return n;
}

static void numbers(void **state)
{
    (void)state;
    comes_out("[1, -0, 1.5e3, 1e308, true, null]",
              "[1, -0, 1.5e3, 1e308, true, null]");
    comes_out("[9223372036854775807,-9223372036854775808]",
              "[9223372036854775807,-9223372036854775808]");
    comes_out(
        "[9223372036854775808, -9223372036854775809]",
        "[" BIG("9223372036854775808") ", " BIG("-9223372036854775809") "]");
    comes_out("18446744073709551615", BIG("18446744073709551615"));
    comes_out("0018446744073709551615", "0018446744073709551615");
    assert_int_equal(comes_out("[NaN,Infinity,-Infinity,1e999,-2.5E+4000]",
                               "[null,null,null,null,null]"),
                     5);
    assert_int_equal(comes_out("[Nan,1e9,\"NaN\",\"1e999\",1e-999]",
                               "[Nan,1e9,\"NaN\",\"1e999\",1e-999]"),
                     0);
}

static void halves(void **state)
{
    (void)state;
    comes_out("\"\\ud83d\\ude00 \\u00e9\\\\ud83d\"",
              "\"\\ud83d\\ude00 \\u00e9\\\\ud83d\"");
    comes_out("\"x\\ud83d\"", "\"x\\u0000\"");
    comes_out("\"\\uD83Dx\"", "\"\\u0000x\"");
    comes_out("\"\\ud83d\\n\"", "\"\\u0000\\n\"");
    comes_out("\"\\ud83d\\ud83d\\ude00\"", "\"\\u0000\\ud83d\\ude00\"");
    comes_out("\"\\ude00\\ud83d\"", "\"\\u0000\\u0000\"");
    comes_out("\"\\u12g4\"", "\"\\ug4\""); /* jansson says no to it */
    comes_out("{\"\\ud83d\":\"\\ud83d\",\"\\u0000\":[\"\\u0000\"]}",
              "{\"\xEF\xBF\xBD\":\"\\u0000\",\"\xEF\xBF\xBD\":[\"\\u0000\"]}");
}

static void keys(void **state)
{
    static const char text[] = "{\"a\":{\"b\":1,\"b\":2},\"c\":[\"a\",\"a\"],"
                               "\"d\":1, \"d\" :2}";
    struct dc_json_feed f;
    json_error_t why;
    (void)state;
    dc_json_feed_init(&f);
    json_t *v = dc_json_feed_load(&f, text, sizeof text - 1, 0, &why);
    assert_non_null(v);
    assert_false(dc_json_feed_twice(&f, "a"));
    assert_false(dc_json_feed_twice(&f, "b"));
    assert_true(dc_json_feed_twice(&f, "d"));
    assert_false(dc_json_feed_twice(&f, "e"));
    json_decref(v);
    v = dc_json_feed_load(&f, "{\"d\":1}", 7, 0, &why);
    assert_false(dc_json_feed_twice(&f, "d"));
    json_decref(v);
    dc_json_feed_release(&f);
}

static void big(void **state)
{
    struct dc_json_feed f;
    json_error_t why;
    static const char text[] = "[-123456789012345678901234567890, 5, "
                               "{\"deepconf:digits\": \"x\"}]";
    (void)state;
    dc_json_feed_init(&f);
    json_t *v = dc_json_feed_load(&f, text, sizeof text - 1, 0, &why);
    assert_string_equal(dc_json_big(json_array_get(v, 0)),
                        "-123456789012345678901234567890");
    assert_null(dc_json_big(json_array_get(v, 1)));
    assert_null(dc_json_big(json_array_get(v, 2)));
    assert_null(dc_json_big(NULL));
    json_decref(v);
    dc_json_feed_release(&f);
}

/* Deeper and longer than what is kept: passed on for jansson to refuse. */
static void limits(void **state)
{
    struct dc_json_feed f;
    struct dc_buf in;
    (void)state;
    dc_buf_init(&in, 1 << 20);
    for (int i = 0; i < 2 * DC_JF_MAX_DEPTH; i++)
        dc_buf_adds(&in, "[{\"a\":");
    for (int i = 0; i < 3 * DC_JF_MAX_TOKEN; i++)
        dc_buf_addc(&in, '7');
    dc_json_feed_init(&f);
    dc_json_feed_put(&f, in.data, in.n);
    dc_json_feed_end(&f);
    assert_true(f.out.n >= in.n);
    dc_json_feed_release(&f);
    dc_buf_release(&in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers), cmocka_unit_test(halves),
        cmocka_unit_test(keys),    cmocka_unit_test(big),
        cmocka_unit_test(limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
