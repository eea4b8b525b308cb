/*
 * ask_score.h - two words weighed against each other where a reply has one of
 * them: how sure is a model that answers "yes"?
 *
 * The place is behind the last `behind` that the reply has, and white space.
 * The tokens that say a word there are those that are the word, white space,
 * quotes and a full stop around it and case left out: " Yes", "yes" and "YES.".
 * Only where no token is a word whole, those count that begin it and not the
 * other, so that " n" of "n/a" is no "no".
 */
#ifndef DC_INFER_ASK_SCORE_H
#define DC_INFER_ASK_SCORE_H

#include "infer/ask.h"

/* Is the next token of a reply, so far text [n], in that place? */
bool dc_ask_score_here(const struct dc_ask_score *s, const char *text,
                       size_t n);

/* What a token says. */
struct dc_ask_said {
    unsigned word; /* 0 or 1; 2: neither */
    bool whole;    /* not just its beginning */
};
struct dc_ask_said dc_ask_score_said(const struct dc_ask_score *s,
                                     const char *token, size_t n);

/* Own copies of the strings, and their release; a zeroed one too. */
struct dc_ask_score dc_ask_score_copy(const struct dc_ask_score *s);
void dc_ask_score_release(struct dc_ask_score *s);

#endif
