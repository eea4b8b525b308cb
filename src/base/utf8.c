/*
 * utf8.c - validity, safe display and caseless comparison of text.
 *
 * utf8proc decodes and knows the characters; what is decided here is what a
 * terminal may be shown. Shown as they are: assigned characters that are
 * neither control, format, surrogate, private use nor default-ignorable. Of
 * the characters without a width (combining marks) at most MAX_MARKS follow
 * a base character, and none stands first, where it would join whatever was
 * printed before. So the width that is counted is the width that is shown,
 * give or take what a terminal's own tables differ.
 *
 * Invalid bytes are replaced as Unicode recommends (chapter 3.9, "maximal
 * subparts"): one U+FFFD for each longest start of a character that breaks
 * off, and for each byte that can start none.
 */
#include "base/utf8.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define REPLACEMENT "\xEF\xBF\xBD" /* U+FFFD */
#define RETURN_MARK "\xE2\x8F\x8E" /* U+23CE */
#define ELLIPSIS "\xE2\x80\xA6"    /* U+2026 */

enum { MAX_MARKS = 3 };

/* Bytes of the valid character at s, or 0; its code point to *cp. */
static size_t decode(const char *s, size_t n, int32_t *cp)
{
    if (n > 4)
        n = 4;
    utf8proc_ssize_t len =
        utf8proc_iterate((const uint8_t *)s, (utf8proc_ssize_t)n, cp);
    return len > 0 ? (size_t)len : 0;
}

/* The valid second bytes after lead byte c (Unicode table 3-7). */
static bool second_ok(unsigned char c, unsigned char second)
{
    unsigned char lo = 0x80;
    unsigned char hi = 0xBF;

    if (c == 0xE0)
        lo = 0xA0;
    else if (c == 0xF0)
        lo = 0x90;
    else if (c == 0xED)
        hi = 0x9F;
    else if (c == 0xF4)
        hi = 0x8F;
    return second >= lo && second <= hi;
}

/* Bytes that one U+FFFD stands for at s, where decode() gave 0; n >= 1. */
static size_t bad_bytes(const char *s, size_t n)
{
    unsigned char c = (unsigned char)s[0];
    size_t want = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    size_t i = 2;

    if (c < 0xC2 || c > 0xF4 || n < 2 || !second_ok(c, (unsigned char)s[1]))
        return 1;
    while (i < want && i < n && ((unsigned char)s[i] & 0xC0) == 0x80)
        i++;
    return i;
}

bool dc_utf8_valid(const char *s, size_t n, size_t *bad)
{
    int32_t cp;
    size_t i = 0;

    while (i < n) {
        size_t len = (unsigned char)s[i] < 0x80 ? 1 : decode(s + i, n - i, &cp);
        if (len == 0) {
            if (bad)
                *bad = i;
            return false;
        }
        i += len;
    }
    return true;
}

uint32_t dc_utf8_code(const char *s, size_t *len)
{
    const unsigned char *b = (const unsigned char *)s;
    if (b[0] < 0x80) {
        *len = 1;
        return b[0];
    }
    *len = b[0] >= 0xF0 ? 4 : b[0] >= 0xE0 ? 3 : 2;
    uint32_t c = b[0] & (0x7Fu >> *len);
    for (size_t i = 1; i < *len; i++)
        c = c << 6 | (b[i] & 0x3F);
    return c;
}

bool dc_utf8_is_hidden(uint32_t c)
{
    static const uint32_t range[][2] = {
        {0x00, 0x08},     {0x0B, 0x1F},     {0x7F, 0x9F},
        {0xAD, 0xAD},     {0x61C, 0x61C},   {0x180E, 0x180E},
        {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},
        {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F},
    };
    if (c >= 0x20 && c < 0x7F)
        return false;
    for (size_t i = 0; i < sizeof range / sizeof range[0]; i++)
        if (c >= range[i][0] && c <= range[i][1])
            return true;
    return false;
}

bool dc_utf8_is_wordy(uint32_t c)
{
    if (c == ' ' || (c >= '\t' && c <= '\r'))
        return true;
    switch (utf8proc_category((utf8proc_int32_t)c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
    case UTF8PROC_CATEGORY_ZS:
        return true;
    default:
        return false;
    }
}

void dc_utf8_sanitize(struct dc_buf *out, const char *s, size_t n)
{
    size_t bad;

    while (!dc_utf8_valid(s, n, &bad)) {
        dc_buf_add(out, s, bad);
        dc_buf_adds(out, REPLACEMENT);
        bad += bad_bytes(s + bad, n - bad);
        s += bad;
        n -= bad;
    }
    dc_buf_add(out, s, n);
}

char *dc_utf8_copy(struct dc_arena *a, const char *s)
{
    struct dc_buf clean;
    dc_buf_init(&clean, SIZE_MAX);
    dc_utf8_sanitize(&clean, s, strlen(s));
    char *copy = dc_arena_strndup(a, clean.data, clean.n);
    dc_buf_release(&clean);
    return copy;
}

static bool may_show(int32_t cp)
{
    const utf8proc_property_t *p = utf8proc_get_property(cp);

    switch (p->category) {
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
        return false;
    default:
        return !p->ignorable;
    }
}

/* What one step of display reads and shows. */
struct glyph {
    const char *text; /* borrowed: the input, or a literal */
    size_t n_text;
    size_t n_read; /* bytes of input */
    size_t cols;
};

static struct glyph literal(const char *text, size_t n_read, size_t cols)
{
    return (struct glyph){text, strlen(text), n_read, cols};
}

/* The step at s; *marks counts those since the last base character. */
static struct glyph next_glyph(const char *s, size_t n, int *marks)
{
    int32_t cp = 0;
    size_t len = decode(s, n, &cp);
    int had = *marks;

    *marks = 0;
    if (len == 0)
        return literal(REPLACEMENT, bad_bytes(s, n), 1);
    if (cp == '\t')
        return literal(" ", 1, 1);
    if (cp == '\r' && n > 1 && s[1] == '\n')
        return literal(RETURN_MARK, 2, 1);
    if (cp == '\n' || cp == 0x2028 || cp == 0x2029)
        return literal(RETURN_MARK, len, 1);
    if (cp == 0xFE0E || cp == 0xFE0F) { /* how to draw the last character */
        *marks = had;
        return literal("", len, 0);
    }
    if (!may_show(cp))
        return literal(REPLACEMENT, len, 1);
    int cols = utf8proc_charwidth(cp);
    if (cols <= 0 && had >= MAX_MARKS) {
        *marks = had;
        return literal(REPLACEMENT, len, 1);
    }
    if (cols <= 0)
        *marks = had + 1;
    return (struct glyph){s, len, len, cols > 0 ? (size_t)cols : 0};
}

void dc_utf8_display(struct dc_buf *out, const char *s, size_t n,
                     size_t max_cols)
{
    size_t cols = 0;
    size_t keep = out->n;  /* where the ellipsis goes if one is needed */
    int marks = MAX_MARKS; /* none may stand first */

    while (n > 0) {
        struct glyph g = next_glyph(s, n, &marks);
        if (max_cols > 0 && cols + g.cols > max_cols) {
            dc_buf_cut(out, keep);
            dc_buf_adds(out, ELLIPSIS);
            return;
        }
        dc_buf_add(out, g.text, g.n_text);
        cols += g.cols;
        if (cols < max_cols)
            keep = out->n;
        s += g.n_read;
        n -= g.n_read;
    }
}

size_t dc_utf8_width(const char *s, size_t n)
{
    size_t cols = 0;
    int marks = MAX_MARKS;

    while (n > 0) {
        struct glyph g = next_glyph(s, n, &marks);
        cols += g.cols;
        s += g.n_read;
        n -= g.n_read;
    }
    return cols;
}

static int32_t straight_apostrophe(int32_t cp, void *unused)
{
    (void)unused;
    return cp == 0x2019 ? '\'' : cp;
}

/* Append the fold of valid UTF-8. */
static void fold_valid(struct dc_buf *out, const char *s, size_t n)
{
    const utf8proc_option_t how = UTF8PROC_STABLE | UTF8PROC_COMPOSE |
                                  UTF8PROC_COMPAT | UTF8PROC_CASEFOLD |
                                  UTF8PROC_IGNORE;
    uint8_t *text = NULL;
    utf8proc_ssize_t len =
        utf8proc_map_custom((const uint8_t *)s, (utf8proc_ssize_t)n, &text, how,
                            straight_apostrophe, NULL);

    if (len < 0) {
        fprintf(stderr, "deepconf: case fold of %zu bytes: %s\n", n,
                utf8proc_errmsg(len));
        abort();
    }
    dc_buf_add(out, text, (size_t)len);
    free(text);
}

void dc_utf8_fold(struct dc_buf *out, const char *s, size_t n)
{
    struct dc_buf clean;

    if (dc_utf8_valid(s, n, NULL)) {
        fold_valid(out, s, n);
        return;
    }
    dc_buf_init(&clean, SIZE_MAX);
    dc_utf8_sanitize(&clean, s, n);
    fold_valid(out, clean.data, clean.n);
    dc_buf_release(&clean);
}

/* ---- white space ---- */

size_t dc_utf8_trim(const char **s)
{
    static const char space[] = " \t\r\n\v\f";
    *s += strspn(*s, space);
    size_t n = strlen(*s);
    while (n > 0 && strchr(space, (*s)[n - 1]))
        n--;
    return n;
}
