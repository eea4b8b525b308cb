/*
 * buf.h - a growing byte string.
 *
 * Invariants: data is never NULL and always ends in a NUL that n does not
 * count, so a buffer of text can be used as a C string; n never passes max,
 * which is set at birth. Adding past max aborts: a caller who takes bytes from
 * outside checks dc_buf_room() first. dc_buf_init() starts one, without memory
 * yet; dc_buf_release() ends it and leaves it empty and usable. What is added
 * must not lie in the buffer itself.
 */
#ifndef DC_BASE_BUF_H
#define DC_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dc_buf {
    char *data;
    size_t n;
    size_t cap;
    size_t max;
};

void dc_buf_init(struct dc_buf *b, size_t max);
void dc_buf_release(struct dc_buf *b);
void dc_buf_clear(struct dc_buf *b);
/* Bytes that still fit below max. */
size_t dc_buf_room(const struct dc_buf *b);
void dc_buf_add(struct dc_buf *b, const void *data, size_t n);
void dc_buf_addc(struct dc_buf *b, char c);
void dc_buf_adds(struct dc_buf *b, const char *s);
void dc_buf_addf(struct dc_buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Shorten to n bytes; n must not be larger than b->n. */
void dc_buf_cut(struct dc_buf *b, size_t n);
/* The text, which the caller frees; the buffer is empty afterwards. */
char *dc_buf_detach(struct dc_buf *b);

#endif
