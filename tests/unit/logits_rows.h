/*
 * logits_rows.h - rows of logits for the tests of src/conf, by kind, and their
 * exact distribution.
 */
#ifndef DC_TEST_LOGITS_ROWS_H
#define DC_TEST_LOGITS_ROWS_H

#include "base/rng.h"

#include <math.h>
#include <stddef.h>
#include <stdint.h>

enum row_kind {
    ROW_NORMAL,   /* as a model gives them */
    ROW_PEAKED,   /* one token has nearly all the mass */
    ROW_HOLES,    /* every third is -inf, whole blocks too */
    ROW_CONSTANT, /* all equal */
    ROW_WIDE,     /* up to 3e38 in size, both signs */
    ROW_TIES,     /* few distinct values */
    ROW_RISING,   /* in ascending order */
    ROW_KINDS
};

static inline float row_value(enum row_kind kind, const struct dc_rng_key *key,
                              uint32_t i, size_t n)
{
    double u = dc_rng_uniform(key, i, 0), v = dc_rng_uniform(key, i, 1);
    double g = sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
    switch (kind) {
    case ROW_NORMAL:
        return (float)(3 * g - 1 + (v < 0.001 ? 12 : 0));
    case ROW_PEAKED:
        return (float)(g + (i == n / 2 ? 28 : 0));
    case ROW_HOLES:
        return i != 2 && (i % 3 == 1 || i / 256 % 4 == 1) ? -INFINITY
                                                          : (float)(2 * g);
    case ROW_CONSTANT:
        return -3.7F;
    case ROW_WIDE:
        return (float)((u - 0.5) * 6e38);
    case ROW_TIES:
        return (float)floor(4 * u);
    default:
        return (float)((double)i * 1e-3);
    }
}

static inline void row_fill(float *z, size_t n, enum row_kind kind,
                            uint64_t seed)
{
    const struct dc_rng_key key = {seed, (uint64_t)kind};
    for (uint32_t i = 0; i < n; i++)
        z[i] = row_value(kind, &key, i, n);
}

#endif
