/*
 * import_tokens.h - log-probabilities of other programs as token records.
 *
 * Two shapes are known:
 *   {"content": [{"token", "logprob", "bytes", "top_logprobs": [{"logprob"}]}]}
 *   {"tokens": [...], "token_logprobs": [...], "top_logprobs": [{tok: lp}]}
 * The first is that of OpenAI's chat interface and of Inspect, the second that
 * of older completions. An id, the entropy and the self-certainty are in
 * neither. What is no logarithm of a probability (null, NaN, the -9999 of
 * OpenAI's interface, the least float) is no measurement: the token has none,
 * and one without text, or behind the end of the response, is left off at the
 * end. The lists of top log-probabilities are kept, sorted, as far as their
 * entries have texts. Token confidence is made of the k most likely tokens,
 * where they are known of each token of the trace (import_conf.h).
 */
#ifndef DC_EXCHANGE_IMPORT_TOKENS_H
#define DC_EXCHANGE_IMPORT_TOKENS_H

#include "base/arena.h"

#include <deepconf/conf.h>
#include <deepconf/status.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An entry of a list. */
struct dc_import_top {
    const char *bytes; /* [n]; NULL: fills up the list */
    size_t n;
    float logprob;
};

struct dc_import_tokens {
    struct dc_token *tok; /* [n], heap */
    uint32_t *end;        /* [n], heap; NULL: the tokens are not the text's */
    size_t n;
    struct dc_import_top *top; /* [n * n_top], heap; the most probable first */
    size_t n_top;              /* 0: none */
    unsigned k;                /* of conf; 0: none */
    unsigned k_most;           /* the largest k that was possible; 0: none */
    unsigned lacks;            /* enum dc_token_part */
    size_t n_no_value;     /* tokens without a log-probability that is one */
    size_t n_end;          /* tokens behind the text's end, left off for that */
    size_t n_bad_top;      /* entries of lists whose log-probability is none */
    size_t n_twice;        /* entries that were there before: left out */
    bool uneven;           /* lists of different lengths */
    bool too_many;         /* alternatives: they were left out */
    bool displaced;        /* k_most is less than the lists' length: a sampled
                              token may stand in place of the last rank */
    bool all_zero;         /* several tokens, each with the log-probability 0 */
    struct dc_arena arena; /* of the texts */
};

/*
 * Does v hold tokens? null, {}, content that is null or empty, and refusals
 * alone say that there are none; another shape is for dc_import_tokens() to
 * refuse.
 */
bool dc_import_has_tokens(const json_t *v);

/*
 * v: a shape as above. k: of the confidence; 0: the largest possible. DC_DATA:
 * a shape that is neither, what looks like probabilities. Release also after a
 * failure.
 */
enum dc_status dc_import_tokens(const json_t *v, const char *text, unsigned k,
                                struct dc_import_tokens *out,
                                struct dc_err *err);
void dc_import_tokens_release(struct dc_import_tokens *t);

#endif
