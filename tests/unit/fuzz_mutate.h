/*
 * fuzz_mutate.h - inputs for a fuzz target in a plain test: seeds that are
 * changed, the same every time, by counter-based numbers.
 */
#ifndef DC_TEST_FUZZ_MUTATE_H
#define DC_TEST_FUZZ_MUTATE_H

#include "base/rng.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { FUZZ_MAX_INPUT = 4096 };

struct mutator {
    struct dc_rng_key key;
    uint32_t at;
    const char *const *piece; /* [n_piece] that mean something */
    size_t n_piece;
};

static size_t below(struct mutator *m, size_t n)
{
    return dc_rng_below(&m->key, 0, m->at++, (uint32_t)n);
}

/* Put n bytes of s at a random place of buf; returns the new length. */
static size_t insert(struct mutator *m, char *buf, size_t len, const char *s,
                     size_t n)
{
    size_t at = below(m, len + 1);
    if (len + n > FUZZ_MAX_INPUT)
        return len;
    memmove(buf + at + n, buf + at, len - at);
    memcpy(buf + at, s, n);
    return len + n;
}

static size_t mutate(struct mutator *m, char *buf, size_t len)
{
    size_t at = below(m, len + 1), n;
    char byte;
    switch (below(m, 5)) {
    case 0: /* another byte */
        if (at < len)
            buf[at] = (char)below(m, 256);
        return len;
    case 1: /* one byte more, NUL included */
        byte = (char)below(m, 256);
        return insert(m, buf, len, &byte, 1);
    case 2: /* a piece that means something */
        n = below(m, m->n_piece);
        return insert(m, buf, len, m->piece[n], strlen(m->piece[n]));
    case 3: /* a part taken out */
        n = below(m, len - at + 1);
        memmove(buf + at, buf + at + n, len - at - n);
        return len - n;
    default: /* the end cut off */
        return below(m, 4) ? len : at;
    }
}

#endif
