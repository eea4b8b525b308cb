/*
 * nearest.h - "did you mean": the name that is closest to a mistyped one.
 */
#ifndef DC_BASE_NEAREST_H
#define DC_BASE_NEAREST_H

#include <stddef.h>

/* The best candidate seen so far; start with {.typed = ...}. */
struct dc_nearest {
    const char *typed; /* borrowed */
    const char *name;  /* NULL: nothing is close enough */
    size_t distance;
};

/* Offer a candidate (borrowed). The first of several equally close wins. */
void dc_nearest_offer(struct dc_nearest *n, const char *candidate);

/*
 * Changes that turn a into b: a byte added, removed, replaced, or two
 * neighbours swapped (optimal string alignment). Both at most 63 bytes; longer
 * ones give a large number.
 */
size_t dc_edit_distance(const char *a, const char *b);

#endif
