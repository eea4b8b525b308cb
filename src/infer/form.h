/*
 * form.h - a prompt with holes, for a model that judges: text in which
 * {prompt} and {response} stand, each any number of times. The text is the
 * author's; what goes into the holes is hostile.
 */
#ifndef DC_INFER_FORM_H
#define DC_INFER_FORM_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum {
    DC_FORM_PROMPT,   /* {prompt} */
    DC_FORM_RESPONSE, /* {response} */
    DC_FORM_HOLES,
    DC_FORM_MAX = 64 << 20 /* bytes of a filled form */
};

/* What goes into one hole: [n], valid UTF-8; s NULL: nothing. */
struct dc_form_text {
    const char *s;
    size_t n;
};

/* The hole that s begins with, and the bytes of its name into *n;
 * DC_FORM_HOLES: none. */
unsigned dc_form_hole(const char *s, size_t *n);

/* The bytes of the filled form, appended to out (max at least DC_FORM_MAX).
 * False: there is no room for them. */
bool dc_form_render(const char *text, const struct dc_form_text hole[],
                    struct dc_buf *out);

#endif
