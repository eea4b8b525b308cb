/*
 * names.h - how often each of many names came. Names are text from files, as
 * many different ones as there are rows at worst, so a name is found by a hash.
 */
#ifndef DC_REPORT_NAMES_H
#define DC_REPORT_NAMES_H

#include "report/summary.h"

#include <stddef.h>

/* All memory is the arena's that names are added with. {0}: none yet. */
struct dc_names {
    struct dc_summary_count *item; /* [n] in the order they first came */
    size_t n;
    size_t *slot; /* [n_slot] place in item + 1; 0: empty */
    size_t n_slot;
};

/* One more of this name. */
void dc_names_add(struct dc_names *x, struct dc_arena *a, const char *name);
/* Most frequent first, and by name among equals. Nothing is added after. */
void dc_names_sort(struct dc_names *x);

#endif
