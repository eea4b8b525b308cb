/*
 * names.c - names.h: open addressing, at most half full.
 */
#include "base/names.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

static size_t names_slot(const struct dc_names *x, const char *name)
{
    size_t i = (size_t)dc_hash64(name, strlen(name)) & (x->n_slot - 1);
    while (x->slot[i] && strcmp(x->item[x->slot[i] - 1].name, name) != 0)
        i = (i + 1) & (x->n_slot - 1);
    return i;
}

static void names_grow(struct dc_names *x, struct dc_arena *a)
{
    if (2 * (x->n + 1) <= x->n_slot)
        return;
    x->n_slot = x->n_slot ? 2 * x->n_slot : 16;
    x->slot = dc_arena_array(a, x->n_slot, sizeof *x->slot);
    for (size_t i = 0; i < x->n; i++)
        x->slot[names_slot(x, x->item[i].name)] = i + 1;
}

void dc_names_add(struct dc_names *x, struct dc_arena *a, const char *name,
                  uint64_t n)
{
    names_grow(x, a);
    size_t at = names_slot(x, name);
    if (x->slot[at]) {
        x->item[x->slot[at] - 1].n += n;
        return;
    }
    x->item = dc_arena_more(a, x->item, x->n, sizeof *x->item);
    x->item[x->n] = (struct dc_name_count){dc_arena_strdup(a, name), n};
    x->slot[at] = ++x->n;
}

static int more_first(const void *a, const void *b)
{
    const struct dc_name_count *x = a, *y = b;
    if (x->n != y->n)
        return x->n < y->n ? 1 : -1;
    return strcmp(x->name, y->name);
}

void dc_names_sort(struct dc_names *x)
{
    if (x->n > 1)
        qsort(x->item, x->n, sizeof *x->item, more_first);
}

void dc_names_fold(struct dc_names *x, struct dc_arena *a, size_t most,
                   const char *what)
{
    uint64_t rest = 0;
    if (x->n <= most + 1)
        return;
    for (size_t i = most; i < x->n; i++)
        rest += x->item[i].n;
    x->item[most] = (struct dc_name_count){
        dc_arena_printf(a, "(%zu other %s)", x->n - most, what), rest};
    x->n = most + 1;
}
