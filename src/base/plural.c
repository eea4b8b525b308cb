/*
 * plural.c - plural.h.
 */
#include "base/plural.h"

#include <inttypes.h>
#include <stdio.h>

const char *dc_grouped(uint64_t n, char out[DC_GROUPED])
{
    char digits[DC_GROUPED];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, n);
    char *o = out;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            *o++ = ',';
        *o++ = digits[i];
    }
    *o = '\0';
    return out;
}
