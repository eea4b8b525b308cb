/*
 * plural.h - "1 prompt", "2 prompts": what stands behind the noun.
 */
#ifndef DC_BASE_PLURAL_H
#define DC_BASE_PLURAL_H

#include <stdint.h>

static inline const char *dc_plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

#endif
