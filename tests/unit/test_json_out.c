/*
 * test_json_out.c - what is written is JSON that reads back to the same values,
 * whatever the text, and holds nothing that acts on a terminal.
 */
#include "base/json_out.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* clang-format off */
#include <cmocka.h>
/* clang-format on */
#include <float.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static void shape(void **state)
{
    struct dc_buf b;
    struct dc_json_out o;
    (void)state;
    dc_buf_init(&b, 1 << 16);
    dc_jo_init(&o, &b);
    dc_jo_object(&o);
    dc_jo_int(dc_jo_key(&o, "a"), -3);
    dc_jo_array(dc_jo_key(&o, "b"));
    dc_jo_bool(&o, true);
    dc_jo_null(&o);
    dc_jo_object(&o);
    dc_jo_end(&o);
    dc_jo_text(&o, NULL);
    dc_jo_digits(&o, "018446744073709551615");
    dc_jo_end(&o);
    dc_jo_textn(dc_jo_key(&o, "c"), "xyz", 2);
    dc_jo_end(&o);
    assert_string_equal(b.data, "{\"a\":-3,\"b\":[true,null,{},null,"
                                "18446744073709551615],\"c\":\"xy\"}");
    dc_buf_release(&b);
}

/* The text as JSON and read back. */
static char *round_trip(const char *s, char shown[512])
{
    struct dc_buf b;
    struct dc_json_out o;
    dc_buf_init(&b, 1 << 16);
    dc_jo_init(&o, &b);
    dc_jo_array(&o);
    dc_jo_text(&o, s);
    dc_jo_end(&o);
    snprintf(shown, 512, "%s", b.data);
    json_t *root = json_loads(b.data, 0, NULL);
    assert_non_null(root);
    char *out = dc_xstrdup(json_string_value(json_array_get(root, 0)));
    json_decref(root);
    dc_buf_release(&b);
    return out;
}

static void text_is_kept_and_harmless(void **state)
{
    static const char *const text[] = {
        "",
        "plain",
        "\"quotes\" and \\ back",
        "\x01\x02\x1b[31m\x7f\b\f\n\r\t",
        "C1 \xC2\x9B"
        "31m",
        "bidi \xE2\x80\xAE"
        "evil\xE2\x81\xA6 \xD8\x9C \xE2\x80\x8F",
        "\xE2\x80\xA8 and \xE2\x80\xA9 lines \xEF\xBB\xBF",
        "na\xC3\xAFve \xE6\xBC\xA2 \xF0\x9F\x98\x80",
        "</script><script>alert(1)</script>",
        "'; DROP TABLE trace; --",
    };
    char shown[512];
    (void)state;
    for (size_t i = 0; i < DC_COUNT(text); i++) {
        char *back = round_trip(text[i], shown);
        assert_string_equal(back, text[i]);
        free(back);
        for (const char *c = shown; *c; c++)
            assert_true((unsigned char)*c >= 0x20 && *c != 0x7F);
        assert_null(strstr(shown, "\xC2\x9B"));
        assert_null(strstr(shown, "\xE2\x80\xAE"));
        assert_null(strstr(shown, "\xE2\x80\xA8"));
    }
    char *back = round_trip("bad \xFF\xC0 end", shown);
    assert_string_equal(back, "bad \xEF\xBF\xBD\xEF\xBF\xBD end");
    free(back);
}

static void every_hidden_character(void **state)
{
    (void)state;
    unsigned n = 0;
    for (uint32_t c = 1; c < 0x110000; c++) {
        char utf8[8] = {0}, want[16];
        size_t len;
        struct dc_buf b;
        if ((c >= 0xD800 && c < 0xE000) || !dc_utf8_is_hidden(c))
            continue;
        snprintf(want, sizeof want, c > 0xFFFF ? "\\ud" : "\\u%04x", c);
        len = (size_t)utf8proc_encode_char((utf8proc_int32_t)c,
                                           (utf8proc_uint8_t *)utf8);
        assert_int_equal(dc_utf8_code(utf8, &len), c);
        dc_buf_init(&b, 1 << 10);
        dc_json_quote(&b, utf8, len, "");
        assert_memory_equal(b.data + 1, want, strlen(want));
        json_t *j = json_loads(b.data, JSON_DECODE_ANY, NULL);
        assert_string_equal(json_string_value(j), utf8);
        json_decref(j);
        dc_buf_release(&b);
        n++;
    }
    assert_true(n > 200);
}

static void more_can_be_spelt_out(void **state)
{
    struct dc_buf b;
    (void)state;
    dc_buf_init(&b, 1 << 10);
    dc_json_quote(&b, "</s> \"&\"", 8, "<&");
    assert_string_equal(b.data, "\"\\u003c/s> \\\"\\u0026\\\"\"");
    dc_buf_release(&b);
}

static void numbers_read_back(void **state)
{
    static const double real[] = {0,       1,        -1,      0.1,
                                  1.0 / 3, DBL_MAX,  DBL_MIN, 5e-324,
                                  1e300,   1e16 + 2, -0.07};
    struct dc_buf b;
    struct dc_json_out o;
    (void)state;
    dc_buf_init(&b, 1 << 16);
    for (size_t i = 0; i < DC_COUNT(real); i++) {
        dc_buf_clear(&b);
        dc_jo_init(&o, &b);
        dc_jo_real(&o, real[i]);
        assert_true(strtod(b.data, NULL) == real[i]);
    }
    uint32_t x = 12345;
    for (int i = 0; i < 20000; i++) {
        float f, back;
        x = x * 1664525U + 1013904223U;
        memcpy(&f, &x, sizeof f);
        if (!isfinite(f))
            continue;
        dc_buf_clear(&b);
        dc_jo_init(&o, &b);
        dc_jo_float(&o, f);
        back = strtof(b.data, NULL);
        assert_memory_equal(&back, &f, sizeof f);
    }
    dc_buf_clear(&b);
    dc_jo_init(&o, &b);
    dc_jo_array(&o);
    dc_jo_float(&o, 0.1F);
    dc_jo_real(&o, 0.1);
    dc_jo_real(&o, HUGE_VAL);
    dc_jo_float(&o, NAN);
    dc_jo_end(&o);
    assert_string_equal(b.data, "[0.1,0.1,null,null]");
    dc_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shape),
        cmocka_unit_test(text_is_kept_and_harmless),
        cmocka_unit_test(every_hidden_character),
        cmocka_unit_test(more_can_be_spelt_out),
        cmocka_unit_test(numbers_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
