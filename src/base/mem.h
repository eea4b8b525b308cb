/*
 * mem.h - heap memory. These never return NULL: out of memory aborts.
 *
 * Sizes that come from outside go through dc_xcalloc (checked n * size) after
 * the caller has compared them with a stated maximum.
 */
#ifndef DC_BASE_MEM_H
#define DC_BASE_MEM_H

#include <stddef.h>

void *dc_xmalloc(size_t n);
void *dc_xcalloc(size_t n, size_t size);
void *dc_xrealloc(void *p, size_t n, size_t size);
char *dc_xstrdup(const char *s);
/* Copy n bytes and add a NUL. Caller frees. */
char *dc_xstrndup(const char *s, size_t n);

/* For what a library could not get. */
_Noreturn void dc_out_of_memory(void);

#define DC_COUNT(a) (sizeof(a) / sizeof((a)[0]))

#endif
