/*
 * jinja_text.c - the memory of a rendered prompt.
 */
#include "base/mem.h"
#include "chat/jinja.h"

#include <stdlib.h>

void dc_jinja_text_room(struct dc_jinja_text *x, size_t n, size_t n_part)
{
    *x = (struct dc_jinja_text){
        .text = dc_xcalloc(n + 1, 1),
        .n = n,
        .part = dc_xcalloc(n_part + 1, sizeof *x->part),
    };
}

void dc_jinja_text_release(struct dc_jinja_text *x)
{
    free(x->text);
    free(x->part);
    *x = (struct dc_jinja_text){0};
}
