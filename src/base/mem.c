/*
 * mem.c - heap memory that is there or the program is not.
 *
 * deepconf allocates little beside the model, so running out means that the
 * machine is lost to us: one clear line and abort() are worth more than a
 * thousand untested error paths. A run is resumable from its store.
 */
#include "base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void dc_out_of_memory(void)
{
    fprintf(stderr, "deepconf: out of memory\n");
    abort();
}

static _Noreturn void out_of_memory(size_t n, size_t size)
{
    fprintf(stderr, "deepconf: out of memory: %zu x %zu bytes\n", n, size);
    abort();
}

void *dc_xmalloc(size_t n)
{
    void *p = malloc(n ? n : 1);
    if (!p)
        out_of_memory(n, 1);
    return p;
}

void *dc_xcalloc(size_t n, size_t size)
{
    if (n == 0 || size == 0)
        n = size = 1;
    void *p = n > SIZE_MAX / size ? NULL : calloc(n, size);
    if (!p)
        out_of_memory(n, size);
    return p;
}

void *dc_xrealloc(void *p, size_t n, size_t size)
{
    if (n == 0 || size == 0)
        n = size = 1;
    void *q = n > SIZE_MAX / size ? NULL : realloc(p, n * size);
    if (!q)
        out_of_memory(n, size);
    return q;
}

char *dc_xstrndup(const char *s, size_t n)
{
    if (n == SIZE_MAX)
        out_of_memory(n, 1);
    char *copy = dc_xmalloc(n + 1);
    if (n > 0)
        memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *dc_xstrdup(const char *s)
{
    return dc_xstrndup(s, strlen(s));
}
