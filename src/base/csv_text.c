/*
 * csv_text.c - quotes a CSV cell, with an apostrophe before what a spreadsheet
 * would run (csv_text.h).
 */
#include "base/csv_text.h"

#include "base/utf8.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* U+FF0B, U+FF0D, U+FF1D and U+FF20 are the full-width + - = @. */
static bool begins_formula(const char *s, size_t n)
{
    static const char *const wide[] = {"\xEF\xBC\x8B", "\xEF\xBC\x8D",
                                       "\xEF\xBC\x9D", "\xEF\xBC\xA0"};
    if (n > 0 && s[0] == '\'')
        return true;
    if (n > 0 && (s[0] == '\t' || s[0] == '\r' || s[0] == '\n'))
        return true;
    while (n > 0 && s[0] == ' ') {
        s++;
        n--;
    }
    if (n > 0 && memchr("=+-@\t\r\n", s[0], 7))
        return true;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (n >= 3 && !memcmp(s, wide[i], 3))
            return true;
    return false;
}

/* Bytes of an unwanted character at s [n]; 0 for one that may stay. */
static size_t unwanted(const char *s, size_t n)
{
    const unsigned char *p = (const unsigned char *)s;
    if ((p[0] < 0x20 && !memchr("\t\r\n", p[0], 3)) || p[0] == 0x7F)
        return 1;
    if (n >= 2 && p[0] == 0xC2 && p[1] < 0xA0) /* U+0080 to U+009F */
        return 2;
    if (n >= 2 && p[0] == 0xD8 && p[1] == 0x9C) /* U+061C */
        return 2;
    if (n < 3 || p[0] != 0xE2)
        return 0;
    if (p[1] == 0x80 && (p[2] == 0x8E || p[2] == 0x8F ||  /* U+200E, U+200F */
                         (p[2] >= 0xA8 && p[2] <= 0xAE))) /* U+2028 on */
        return 3;
    return p[1] == 0x81 && p[2] >= 0xA6 && p[2] <= 0xA9 ? 3 : 0;
}

void dc_csv_text(struct dc_buf *out, const char *s, size_t n)
{
    struct dc_buf clean;
    size_t skip;
    dc_buf_init(&clean, SIZE_MAX);
    if (!dc_utf8_valid(s, n, NULL)) {
        dc_utf8_sanitize(&clean, s, n);
        s = clean.data;
        n = clean.n;
    }
    dc_buf_addc(out, '"');
    if (begins_formula(s, n))
        dc_buf_addc(out, '\'');
    for (size_t i = 0; i < n; i += skip ? skip : 1) {
        skip = unwanted(s + i, n - i);
        if (skip) {
            dc_buf_adds(out, "\xEF\xBF\xBD");
            continue;
        }
        if (s[i] == '"')
            dc_buf_addc(out, '"');
        dc_buf_addc(out, s[i]);
    }
    dc_buf_addc(out, '"');
    dc_buf_release(&clean);
}
