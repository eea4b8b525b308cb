/*
 * plural.h - counts as people read them: "1 prompt", "2 prompts", "1,234,567".
 */
#ifndef DC_BASE_PLURAL_H
#define DC_BASE_PLURAL_H

#include <stdint.h>

/* What stands behind the noun. */
static inline const char *dc_plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* What such a count does: "1 of 30 prompts is decided". */
static inline const char *dc_are(uint64_t n)
{
    return n == 1 ? "is" : "are";
}
static inline const char *dc_have(uint64_t n)
{
    return n == 1 ? "has" : "have";
}
static inline const char *dc_were(uint64_t n)
{
    return n == 1 ? "was" : "were";
}

enum { DC_GROUPED = 32 };
/* 1234567 -> "1,234,567"; out is returned. */
const char *dc_grouped(uint64_t n, char out[DC_GROUPED]);

#endif
