/*
 * wrap.h - text from anywhere, folded into lines for a terminal.
 *
 * Everything passes dc_utf8_display(), so no control character or escape
 * sequence of the text reaches the terminal. Lines break at white space; a word
 * wider than a line is broken where it must be, behind one of its marks (such
 * as "." or "/") if one is near. Line feeds of the text are kept, and so are
 * runs of spaces inside a line.
 */
#ifndef DC_BASE_WRAP_H
#define DC_BASE_WRAP_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

enum { DC_WRAP_MIN_BODY = 20 }; /* columns left of indent, at least */

struct dc_wrap {
    size_t width;  /* columns of the whole line */
    size_t indent; /* columns before the text, on every line */
    const char
        *head;        /* stands in the indent of the first line, or on a line of
                         its own if it does not fit there; trusted; NULL: none */
    size_t max_lines; /* 0: all */
    /* bytes [mark_off, mark_off + mark_len) stand between on and off; NULL or
     * mark_len 0: nothing is marked */
    size_t mark_off, mark_len;
    const char *on, *off;
};

/*
 * Append s [n] as lines, each with its line feed; an empty text gives one line.
 * False if max_lines left some of it out.
 */
bool dc_wrap(struct dc_buf *out, const char *s, size_t n,
             const struct dc_wrap *how);

/* The same for a C string, with a head and nothing else. */
void dc_wrap_item(struct dc_buf *out, size_t width, size_t indent,
                  const char *head, const char *text);

#endif
