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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_value_is_null),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
