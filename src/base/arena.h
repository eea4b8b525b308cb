/*
 * arena.h - memory that lives and dies together (one data set, one command).
 *
 * dc_arena_init / dc_arena_release belong to the caller's struct. Everything
 * handed out is aligned for any type, stays put, and is freed only by
 * dc_arena_release or dc_arena_clear. A zeroed struct is a valid empty arena.
 */
#ifndef DC_BASE_ARENA_H
#define DC_BASE_ARENA_H

#include <stddef.h>

struct dc_arena {
    struct dc_arena_block *head;
    size_t n_bytes; /* handed out so far */
};

void dc_arena_init(struct dc_arena *a);
void dc_arena_release(struct dc_arena *a);
/* The same, but that one block is kept, for who fills it again and again. */
void dc_arena_clear(struct dc_arena *a);
/* n bytes of zeroes; n = 0 gives a valid pointer. */
void *dc_arena_alloc(struct dc_arena *a, size_t n);
/* n elements of `size` bytes, zeroed; aborts when n * size overflows. */
void *dc_arena_array(struct dc_arena *a, size_t n, size_t size);
/*
 * Room for one more: list [n] is returned as it is, or copied to a place twice
 * as large (what it had is freed with the arena). n = 0 begins a list; it grows
 * only by this function, one by one, so that n says what there is room for.
 */
void *dc_arena_more(struct dc_arena *a, void *list, size_t n, size_t size);
char *dc_arena_strdup(struct dc_arena *a, const char *s);
char *dc_arena_strndup(struct dc_arena *a, const char *s, size_t n);
char *dc_arena_printf(struct dc_arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
