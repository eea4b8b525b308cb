/*
 * test_csv_text.c - a cell can't become a formula, and the text can be had
 * back.
 */
#include "base/csv_text.h"
#include "base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* clang-format off */
#include <cmocka.h>
/* clang-format on */
#include <string.h>

static void cells(void **state)
{
    static const char *const row[][2] = {
        {"", "\"\""},
        {"plain, with \"quotes\"", "\"plain, with \"\"quotes\"\"\""},
        {"two\nlines", "\"two\nlines\""},
        {"=1+1", "\"'=1+1\""},
        {"+1", "\"'+1\""},
        {"-1", "\"'-1\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},
        {"\t=1", "\"'\t=1\""},
        {"\r=1", "\"'\r=1\""},
        {"\n=1", "\"'\n=1\""},
        {"  =1", "\"'  =1\""},
        {" \t=1", "\"' \t=1\""},
        {"'=1", "\"''=1\""},
        {"'quoted'", "\"''quoted'\""},
        {" spaced", "\" spaced\""},
        {"\xEF\xBC\x9D"
         "1",
         "\"'\xEF\xBC\x9D"
         "1\""},
        {"a=1", "\"a=1\""},
        {"\x1b[31mred", "\"\xEF\xBF\xBD[31mred\""},
        {"x\xC2\x9By\xE2\x80\xAEz\xE2\x81\xA9\xD8\x9C",
         "\"x\xEF\xBF\xBDy\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD\""},
        {"\xFF", "\"\xEF\xBF\xBD\""},
        {"\xE6\xBC\xA2 \xC2\xA0 \xE2\x80\x9C", "\"\xE6\xBC\xA2 \xC2\xA0 "
                                               "\xE2\x80\x9C\""},
    };
    struct dc_buf b;
    (void)state;
    dc_buf_init(&b, 1 << 16);
    for (size_t i = 0; i < DC_COUNT(row); i++) {
        dc_buf_clear(&b);
        dc_csv_text(&b, row[i][0], strlen(row[i][0]));
        assert_string_equal(b.data, row[i][1]);
    }
    dc_buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cells)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
