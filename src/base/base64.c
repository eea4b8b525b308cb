/*
 * base64.c - three bytes, four characters (base64.h).
 */
#include "base/base64.h"

#include <stdint.h>

void dc_base64(struct dc_buf *out, const void *data, size_t n)
{
    static const char digit[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst"
                                "uvwxyz0123456789+/";
    const unsigned char *p = data;
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i;
        uint32_t x = (uint32_t)p[i] << 16;
        x |= left > 1 ? (uint32_t)p[i + 1] << 8 : 0;
        x |= left > 2 ? (uint32_t)p[i + 2] : 0;
        dc_buf_addc(out, digit[x >> 18]);
        dc_buf_addc(out, digit[(x >> 12) & 63]);
        dc_buf_addc(out, left > 1 ? digit[(x >> 6) & 63] : '=');
        dc_buf_addc(out, left > 2 ? digit[x & 63] : '=');
    }
}
