/*
 * buf.c - a growing byte string with a maximum.
 *
 * Nothing is allocated before the first byte: until then data points to one
 * shared NUL, which is never written, and cap is 0. Afterwards cap > n, for
 * the final NUL, and grows by half. What is added must not lie in the buffer
 * itself, which may move.
 */
#include "base/buf.h"

#include "base/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char empty[1];

void dc_buf_init(struct dc_buf *b, size_t max)
{
    /* One below the largest object, so that max + 1 is a size too. */
    const size_t most = PTRDIFF_MAX - 1;

    *b = (struct dc_buf){.data = empty, .max = max < most ? max : most};
}

void dc_buf_release(struct dc_buf *b)
{
    if (b->cap > 0)
        free(b->data);
    dc_buf_init(b, b->max);
}

void dc_buf_cut(struct dc_buf *b, size_t n)
{
    assert(n <= b->n);
    b->n = n;
    if (b->cap > 0)
        b->data[n] = '\0';
}

void dc_buf_clear(struct dc_buf *b)
{
    dc_buf_cut(b, 0);
}

size_t dc_buf_room(const struct dc_buf *b)
{
    return b->max - b->n;
}

/* Make place for n more bytes and their NUL, or abort. */
static void reserve(struct dc_buf *b, size_t n)
{
    if (n > dc_buf_room(b)) {
        fprintf(stderr,
                "deepconf: buffer of at most %zu bytes holds %zu and was "
                "given %zu more\n",
                b->max, b->n, n);
        abort();
    }
    size_t need = b->n + n + 1;
    if (need <= b->cap)
        return;
    size_t cap = b->cap + b->cap / 2;
    if (cap < 32)
        cap = 32;
    if (cap > b->max + 1)
        cap = b->max + 1;
    if (cap < need)
        cap = need;
    char *old = b->cap > 0 ? b->data : NULL;
    b->data = dc_xrealloc(old, cap, 1);
    b->cap = cap;
    b->data[b->n] = '\0';
}

void dc_buf_add(struct dc_buf *b, const void *data, size_t n)
{
    if (n == 0)
        return;
    reserve(b, n);
    memcpy(b->data + b->n, data, n);
    b->n += n;
    b->data[b->n] = '\0';
}

void dc_buf_addc(struct dc_buf *b, char c)
{
    dc_buf_add(b, &c, 1);
}

void dc_buf_adds(struct dc_buf *b, const char *s)
{
    dc_buf_add(b, s, strlen(s));
}

void dc_buf_addf(struct dc_buf *b, const char *fmt, ...)
{
    va_list ap;
    va_list again;

    va_start(ap, fmt);
    va_copy(again, ap);
    int n = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    if (n < 0) {
        fprintf(stderr, "deepconf: cannot format \"%s\"\n", fmt);
        abort();
    }
    if (n > 0) {
        reserve(b, (size_t)n);
        vsnprintf(b->data + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

char *dc_buf_detach(struct dc_buf *b)
{
    char *text = b->cap > 0 ? b->data : dc_xstrndup("", 0);

    dc_buf_init(b, b->max);
    return text;
}
