/*
 * page_put.c - text, numbers and bytes in a page (page_put.h).
 *
 * The characters that are spelt out are those that could hide something or
 * change how what stands around them reads: C0 and C1 controls, DEL, soft
 * hyphen, zero-width and bidirectional controls, line and paragraph separators,
 * tags. The viewer's text.js holds the same list.
 */
#include "page/page_put.h"

#include "base/hash.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char digits64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* The character at s, of valid UTF-8, and its length. */
static uint32_t decode(const char *s, size_t *n)
{
    const unsigned char *b = (const unsigned char *)s;
    if (b[0] < 0x80) {
        *n = 1;
        return b[0];
    }
    *n = b[0] >= 0xF0 ? 4 : b[0] >= 0xE0 ? 3 : 2;
    uint32_t c = b[0] & (0x7Fu >> *n);
    for (size_t i = 1; i < *n; i++)
        c = c << 6 | (b[i] & 0x3F);
    return c;
}

static bool hidden(uint32_t c)
{
    static const uint32_t range[][2] = {
        {0x00, 0x08},     {0x0B, 0x1F},     {0x7F, 0x9F},
        {0xAD, 0xAD},     {0x61C, 0x61C},   {0x180E, 0x180E},
        {0x200B, 0x200F}, {0x2028, 0x202E}, {0x2060, 0x206F},
        {0xFEFF, 0xFEFF}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F},
    };
    for (size_t i = 0; i < sizeof range / sizeof range[0]; i++)
        if (c >= range[i][0] && c <= range[i][1])
            return true;
    return false;
}

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void dc_page_html(struct dc_buf *out, const char *text)
{
    struct dc_buf t;
    size_t n = strlen(text), len;
    dc_buf_init(&t, SIZE_MAX);
    dc_utf8_sanitize(&t, text, n);
    for (const char *p = t.data; p < t.data + t.n; p += len) {
        uint32_t c = decode(p, &len);
        if (hidden(c))
            dc_buf_addf(out, "\\u{%" PRIx32 "}", c);
        else if (entity(*p))
            dc_buf_adds(out, entity(*p));
        else
            dc_buf_add(out, p, len);
    }
    dc_buf_release(&t);
}

static void put_escape(struct dc_buf *out, char c)
{
    static const char own[] = "\"\\\n\r\t", letter[] = "\"\\nrt";
    const char *at = strchr(own, c);
    if (at)
        dc_buf_addf(out, "\\%c", letter[at - own]);
    else
        dc_buf_addf(out, "\\u%04x", (unsigned)(unsigned char)c);
}

void dc_page_json(struct dc_buf *out, const char *text)
{
    if (!text) {
        dc_buf_adds(out, "null");
        return;
    }
    dc_buf_addc(out, '"');
    for (const char *p = text; *p;) {
        size_t plain = 0;
        while ((unsigned char)p[plain] >= 0x20 && !strchr("\"\\<", p[plain]))
            plain++;
        dc_buf_add(out, p, plain);
        p += plain;
        if (*p)
            put_escape(out, *p++);
    }
    dc_buf_addc(out, '"');
}

void dc_page_json_number(struct dc_buf *out, bool has, double x)
{
    if (has && isfinite(x))
        dc_buf_addf(out, "%.5g", x);
    else
        dc_buf_adds(out, "null");
}

void dc_page_base64(struct dc_buf *out, const void *data, size_t n)
{
    const unsigned char *b = data;
    size_t i = 0;
    for (; i + 3 <= n; i += 3)
        dc_page_sixbits(
            out, (uint32_t)b[i] << 16 | (uint32_t)b[i + 1] << 8 | b[i + 2], 4);
    if (n - i == 1) {
        dc_page_sixbits(out, (uint32_t)b[i] << 4, 2);
        dc_buf_adds(out, "==");
    } else if (n - i == 2) {
        dc_page_sixbits(out, (uint32_t)b[i] << 10 | (uint32_t)b[i + 1] << 2, 3);
        dc_buf_addc(out, '=');
    }
}

static unsigned char nibble(char c)
{
    return (unsigned char)(c <= '9' ? c - '0' : c - 'a' + 10);
}

void dc_page_hash(struct dc_buf *out, const void *data, size_t n)
{
    char hex[DC_SHA256_HEX];
    unsigned char raw[(DC_SHA256_HEX - 1) / 2];
    dc_sha256_hex(data, n, hex);
    for (size_t i = 0; i < sizeof raw; i++)
        raw[i] =
            (unsigned char)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
    dc_buf_adds(out, "sha256-");
    dc_page_base64(out, raw, sizeof raw);
}

void dc_page_sixbits(struct dc_buf *out, uint32_t x, unsigned n_char)
{
    char c[6];
    for (unsigned i = 0; i < n_char; i++)
        c[i] = digits64[x >> (6 * (n_char - 1 - i)) & 63];
    dc_buf_add(out, c, n_char);
}

size_t dc_page_utf16(const char *text, size_t n)
{
    size_t units = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char b = (unsigned char)text[i];
        units += (b & 0xC0) != 0x80;
        units += b >= 0xF0;
    }
    return units;
}

const char *dc_page_grouped(uint64_t n, char out[DC_PAGE_NUM])
{
    char plain[DC_PAGE_NUM];
    int len = snprintf(plain, sizeof plain, "%" PRIu64, n);
    char *o = out;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            *o++ = ',';
        *o++ = plain[i];
    }
    *o = '\0';
    return out;
}
