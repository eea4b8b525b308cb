/*
 * test_base64.c - the test vectors of RFC 4648, section 10, and all bytes.
 */
#include "base/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void vectors(void **state)
{
    static const char *const row[][2] = {{"", ""},
                                         {"f", "Zg=="},
                                         {"fo", "Zm8="},
                                         {"foo", "Zm9v"},
                                         {"foob", "Zm9vYg=="},
                                         {"fooba", "Zm9vYmE="},
                                         {"foobar", "Zm9vYmFy"}};
    (void)state;
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        struct dc_buf b;
        dc_buf_init(&b, SIZE_MAX);
        dc_base64(&b, row[i][0], strlen(row[i][0]));
        assert_string_equal(b.data, row[i][1]);
        dc_buf_release(&b);
    }
}

static void high_bytes(void **state)
{
    static const unsigned char data[] = {0xFF, 0xFE, 0xFB, 0x00, 0xEF};
    struct dc_buf b;
    (void)state;
    dc_buf_init(&b, SIZE_MAX);
    dc_base64(&b, data, sizeof data);
    assert_string_equal(b.data, "//77AO8=");
    dc_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors),
        cmocka_unit_test(high_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
