/*
 * keywords_wrap.h - a response that stands as a whole in quotes, in a fenced
 * block, in a block quote or in JSON: what stands around it says nothing about
 * who speaks.
 */
#ifndef DC_JUDGE_KEYWORDS_WRAP_H
#define DC_JUDGE_KEYWORDS_WRAP_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * If text [n], valid UTF-8, is wrapped: put a text of the same length into out
 * (max at least n) that has spaces where the wrapping was, and return true.
 * Escapes of JSON are spelt out in it and padded in front to their length, so
 * every character ends where it ended in text. False: nothing is written.
 */
bool dc_kw_unwrap(struct dc_buf *out, const char *text, size_t n);

#endif
