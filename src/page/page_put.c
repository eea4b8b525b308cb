/*
 * page_put.c - text, numbers and bytes in a page (page_put.h).
 */
#include "page/page_put.h"

#include "base/hash.h"
#include "base/json_out.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static const char digits64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void dc_page_json(struct dc_buf *out, const char *text)
{
    if (!text) {
        dc_buf_adds(out, "null");
        return;
    }
    dc_json_quote(out, text, strlen(text), "<");
}

void dc_page_json_list(struct dc_buf *out, const char *const *text, size_t n)
{
    dc_buf_addc(out, '[');
    for (size_t i = 0; i < n; i++) {
        dc_buf_adds(out, i ? "," : "");
        dc_page_json(out, text[i]);
    }
    dc_buf_addc(out, ']');
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
