/*
 * names.h - how often each of many names came. Names are text from files, as
 * many different ones as there are rows at worst, so a name is found by a hash.
 */
#ifndef DC_BASE_NAMES_H
#define DC_BASE_NAMES_H

#include "base/arena.h"

#include <stddef.h>
#include <stdint.h>

struct dc_name_count {
    const char *name;
    uint64_t n;
};

/* All memory is the arena's that names are added with. {0}: none yet. */
struct dc_names {
    struct dc_name_count *item; /* [n] in the order they first came */
    size_t n;
    size_t *slot; /* [n_slot] place in item + 1; 0: empty */
    size_t n_slot;
};

/* So many more of this name. */
void dc_names_add(struct dc_names *x, struct dc_arena *a, const char *name,
                  uint64_t n);
/* Most frequent first, and by name among equals. Nothing is added after. */
void dc_names_sort(struct dc_names *x);
/* Of more than `most` sorted names, put those behind together under one, "(N
 * other WHAT)", which is the last. */
void dc_names_fold(struct dc_names *x, struct dc_arena *a, size_t most,
                   const char *what);

#endif
