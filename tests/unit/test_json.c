/*
 * test_json.c - what has no value in JSON is null, and how it is printed.
 */
#include "base/json.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_no_value_is_null(void **state)
{
    (void)state;
    struct dc_buf b;
    json_t *o = json_object();
    dc_buf_init(&b, 1 << 12);
    dc_json_put(o, "z", json_real(0.5));
    dc_json_put(o, "inf", json_real(HUGE_VAL));
    dc_json_put(o, "nan", json_real((double)NAN));
    dc_json_put(o, "no text", dc_json_text(NULL));
    dc_json_put(o, "no UTF-8", dc_json_text("\xff"));
    dc_json_put(o, "text", dc_json_text("\"\x01"));
    dc_json_print(o, &b);
    assert_string_equal(b.data, "{\n"
                                "  \"z\": 0.5,\n"
                                "  \"inf\": null,\n"
                                "  \"nan\": null,\n"
                                "  \"no text\": null,\n"
                                "  \"no UTF-8\": null,\n"
                                "  \"text\": \"\\\"\\u0001\"\n"
                                "}\n");
    dc_buf_release(&b);
}

static void test_hidden_is_spelt_out(void **state)
{
    static const char said[] =
        "a\x7f \xC2\x9B[31m \xC2\xAD \xE2\x80\xAE \xE2\x81\xA6 "
        "\xE2\x80\x8B \xE2\x80\xA8 \xF3\xA0\x81\x81 \xF0\x9F\x98\x80";
    (void)state;
    struct dc_buf b;
    json_t *o = json_object();
    dc_buf_init(&b, 1 << 12);
    dc_json_put(o, said, json_stringn("\xE2\x80\xAE\0!", 5));
    dc_json_dump(o, JSON_COMPACT, &b);
    assert_string_equal(
        b.data, "{\"a\\u007f \\u009b[31m \\u00ad \\u202e \\u2066 \\u200b "
                "\\u2028 \\udb40\\udc41 \xF0\x9F\x98\x80\":"
                "\"\\u202e\\u0000!\"}");
    json_t *back = json_loads(b.data, JSON_ALLOW_NUL, NULL);
    assert_true(json_equal(o, back));
    json_decref(back);
    json_decref(o);
    dc_buf_release(&b);
}

/* "[{},{},...]" of n objects; the caller releases. */
static void put_small_values(struct dc_buf *b, size_t n)
{
    dc_buf_init(b, SIZE_MAX);
    dc_buf_addc(b, '[');
    for (size_t i = 0; i < n; i++)
        dc_buf_adds(b, i ? ",{}" : "{}");
    dc_buf_addc(b, ']');
}

static void test_memory_of_a_value_is_bounded(void **state)
{
    struct dc_buf b;
    json_error_t why;
    struct dc_err err = {0};
    size_t left;
    json_t *v;
    (void)state;
    put_small_values(&b, 1000); /* at least 200 bytes each */
    dc_json_limit(100000);
    v = json_loadb(b.data, b.n, 0, NULL);
    assert_true(dc_json_limit_end(NULL));
    assert_null(v);
    dc_json_limit(2000000);
    v = json_loadb(b.data, b.n, 0, NULL);
    assert_false(dc_json_limit_end(&left));
    assert_in_range(left, 1, 1800000);
    assert_int_equal(json_array_size(v), 1000);
    json_decref(v);
    v = dc_json_loadb(b.data, b.n, 0, &why);
    assert_int_equal(json_array_size(v), 1000);
    json_decref(v);
    dc_buf_release(&b);

    put_small_values(&b, (size_t)4 << 20); /* 12 MB, that would take 1 GB */
    assert_null(dc_json_loadb(b.data, b.n, 0, &why));
    assert_non_null(strstr(why.text, "would take more than 608 MB of memory"));
    assert_null(dc_json_loadb(b.data, b.n, 0, NULL));
    assert_int_equal(dc_json_parse(b.data, b.n, &v, &err), DC_DATA);
    assert_non_null(strstr(err.msg, "would take more than"));
    dc_buf_release(&b);
    assert_int_equal(dc_json_room(UINT64_MAX), SIZE_MAX / 2);
}

static void test_no_string_is_no_text(void **state)
{
    struct dc_buf b;
    json_t *empty = json_string("");
    (void)state;
    dc_buf_init(&b, 64);
    dc_json_add_text(&b, NULL);
    dc_json_add_text(&b, empty);
    assert_int_equal(b.n, 0);
    dc_buf_release(&b);
    json_decref(empty);
}

static void test_text_has_no_nul(void **state)
{
    (void)state;
    static const char text[] = "\0a\0\0b";
    struct dc_buf b;
    json_t *s = json_stringn(text, sizeof text - 1);
    dc_buf_init(&b, 1 << 12);
    dc_json_add_text(&b, s);
    assert_string_equal(b.data, "\xEF\xBF\xBD"
                                "a\xEF\xBF\xBD\xEF\xBF\xBD"
                                "b");
    dc_buf_release(&b);
    json_decref(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_value_is_null),
        cmocka_unit_test(test_hidden_is_spelt_out),
        cmocka_unit_test(test_memory_of_a_value_is_bounded),
        cmocka_unit_test(test_no_string_is_no_text),
        cmocka_unit_test(test_text_has_no_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
