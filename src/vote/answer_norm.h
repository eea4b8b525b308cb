/*
 * answer_norm.h - when two written answers are the same answer.
 *
 * A small, fixed set of rewritings, applied to both sides and then compared
 * byte for byte: no algebra, no units, no guessing. What it does not know
 * counts as different, so an accuracy by it is a lower bound.
 */
#ifndef DC_VOTE_ANSWER_NORM_H
#define DC_VOTE_ANSWER_NORM_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

/* Append the normal form of s [n], at most a byte longer than s. */
void dc_answer_norm(struct dc_buf *out, const char *s, size_t n);

/* Are the normal forms of a and b equal, and not empty? */
bool dc_answer_same(const char *a, const char *b);

#endif
