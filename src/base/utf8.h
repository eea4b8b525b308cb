/*
 * utf8.h - text from outside: is it UTF-8, and how to show it safely.
 *
 * Text from models and data sets is hostile. What goes to a terminal passes
 * dc_utf8_display(), which leaves no control character, escape sequence,
 * bidirectional override or invalid byte in it.
 *
 * What is appended is larger than n at most by: 3 times (sanitize), 3 times
 * and 3 bytes (display), 11 times (fold). out->max must allow for it.
 */
#ifndef DC_BASE_UTF8_H
#define DC_BASE_UTF8_H

#include "base/arena.h"
#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True if valid; else *bad (may be NULL) is the offset of the first bad byte.
 */
bool dc_utf8_valid(const char *s, size_t n, size_t *bad);

/* Append s with each invalid byte sequence replaced by U+FFFD. */
void dc_utf8_sanitize(struct dc_buf *out, const char *s, size_t n);
/* The same as a copy in the arena: a file name may be any bytes. */
char *dc_utf8_copy(struct dc_arena *a, const char *s);

/*
 * Append s made safe for a terminal, on one line, at most max_cols columns
 * wide (0: no limit); what does not fit is cut and "…" added. Newlines become
 * a visible mark (U+23CE), tabs a space; other controls, format, unassigned and
 * private characters, invalid bytes and too many marks on one base U+FFFD.
 */
void dc_utf8_display(struct dc_buf *out, const char *s, size_t n,
                     size_t max_cols);

/*
 * Pass over the white space of ASCII at the start of *s; the bytes up to that
 * at its end, 0 if there is nothing else.
 */
size_t dc_utf8_trim(const char **s);

/* ASCII's white space: a space, and \t to \r. */
static inline bool dc_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The character that begins at s, in valid UTF-8; its bytes to *len. */
uint32_t dc_utf8_code(const char *s, size_t *len);

/*
 * Could it hide something, or change how what stands around it reads: C0 (but
 * for tab and line feed) and C1 controls, DEL, soft hyphen, zero-width and
 * bidirectional controls, line and paragraph separators, tags. Text that is
 * kept whole in a file has these spelt out. data/page/text.js has the same
 * list.
 */
bool dc_utf8_is_hidden(uint32_t c);

/* A letter, a mark on one, a digit or white space. */
bool dc_utf8_is_wordy(uint32_t c);

/* Columns that dc_utf8_display() without a limit would use. */
size_t dc_utf8_width(const char *s, size_t n);

/*
 * Append s for caseless comparison: NFKC_Casefold (Unicode 15 by utf8proc; soft
 * hyphens, zero-width and other default-ignorable characters go) with U+2019
 * read as an apostrophe. Invalid bytes become U+FFFD first.
 */
void dc_utf8_fold(struct dc_buf *out, const char *s, size_t n);

#endif
