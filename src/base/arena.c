/*
 * arena.c - a list of blocks, of which the head is being filled.
 *
 * Blocks double from 4 KiB to 1 MiB and are never moved, so what was handed
 * out stays put. A request that would not fit a quarter of a block gets one of
 * its own behind the head, and the head goes on being filled.
 */
#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_MIN = 4096, BLOCK_MAX = 1 << 20 };

struct dc_arena_block {
    struct dc_arena_block *next;
    size_t used;
    size_t cap;
    alignas(max_align_t) unsigned char data[];
};

static _Noreturn void too_large(void)
{
    fprintf(stderr, "deepconf: arena: a size overflows\n");
    abort();
}

void dc_arena_init(struct dc_arena *a)
{
    *a = (struct dc_arena){0};
}

void dc_arena_release(struct dc_arena *a)
{
    struct dc_arena_block *b = a->head;

    while (b) {
        struct dc_arena_block *next = b->next;
        free(b);
        b = next;
    }
    dc_arena_init(a);
}

void dc_arena_clear(struct dc_arena *a)
{
    struct dc_arena_block *keep = a->head;

    if (!keep)
        return;
    a->head = keep->next;
    dc_arena_release(a);
    memset(keep->data, 0, keep->used);
    keep->used = 0;
    keep->next = NULL;
    a->head = keep;
}

/* A block of zeroes; the caller links it. */
static struct dc_arena_block *new_block(size_t cap)
{
    if (cap > SIZE_MAX - sizeof(struct dc_arena_block))
        too_large();
    struct dc_arena_block *b =
        dc_xcalloc(1, sizeof(struct dc_arena_block) + cap);
    b->cap = cap;
    return b;
}

/* The block that takes `need` bytes: the head, or a new one. */
static struct dc_arena_block *block_for(struct dc_arena *a, size_t need)
{
    struct dc_arena_block *head = a->head;
    size_t cap = BLOCK_MIN;

    if (head && head->cap - head->used >= need)
        return head;
    while (head && cap <= head->cap && cap < BLOCK_MAX)
        cap *= 2;
    struct dc_arena_block *b = new_block(need > cap / 4 ? need : cap);
    if (head && need > cap / 4) {
        b->next = head->next;
        head->next = b;
    } else {
        b->next = head;
        a->head = b;
    }
    return b;
}

void *dc_arena_alloc(struct dc_arena *a, size_t n)
{
    const size_t align = alignof(max_align_t);

    if (n > SIZE_MAX - align)
        too_large();
    size_t need = n ? (n + align - 1) / align * align : align;
    struct dc_arena_block *b = block_for(a, need);
    void *p = b->data + b->used;
    b->used += need;
    a->n_bytes += n;
    return p;
}

void *dc_arena_array(struct dc_arena *a, size_t n, size_t size)
{
    if (size != 0 && n > SIZE_MAX / size)
        too_large();
    return dc_arena_alloc(a, n * size);
}

char *dc_arena_strndup(struct dc_arena *a, const char *s, size_t n)
{
    if (n == SIZE_MAX)
        too_large();
    char *copy = dc_arena_alloc(a, n + 1);
    if (n > 0)
        memcpy(copy, s, n);
    return copy;
}

void *dc_arena_more(struct dc_arena *a, void *list, size_t n, size_t size)
{
    enum { FIRST = 8 };
    if (n == 0)
        return dc_arena_array(a, FIRST, size);
    if (n < FIRST || (n & (n - 1)) != 0) /* full at 8, 16, 32, ... */
        return list;
    unsigned char *more = dc_arena_array(a, 2 * n, size);
    memcpy(more, list, n * size);
    return more;
}

char *dc_arena_strdup(struct dc_arena *a, const char *s)
{
    return dc_arena_strndup(a, s, strlen(s));
}

char *dc_arena_printf(struct dc_arena *a, const char *fmt, ...)
{
    va_list ap;
    va_list again;

    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0)
        too_large();
    char *text = dc_arena_alloc(a, (size_t)n + 1);
    vsnprintf(text, (size_t)n + 1, fmt, again);
    va_end(again);
    return text;
}
