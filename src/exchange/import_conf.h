/*
 * import_conf.h - token confidence from the lists that files of other programs
 * hold, exact or not at all.
 *
 * C(k) needs the k most probable tokens. A list need not be those:
 *   - /v1/completions adds the sampled token where it is not among the k, so
 *     that lists have k or k + 1 entries;
 *   - vLLM's chat interface puts it first and drops rank k for it, so that
 *     every list has k entries and some are not the top k
 *     (dc_conf_top_sure()).
 * So k is the largest number that is sure for every token of the trace. A
 * sampled token is known in its list by its text and its log-probability, not
 * by its place. A list of one entry can't show that it was displaced.
 */
#ifndef DC_EXCHANGE_IMPORT_CONF_H
#define DC_EXCHANGE_IMPORT_CONF_H

#include <deepconf/conf.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { DC_IMPORT_MAX_LIST = DC_CONF_K_MAX + 1 };

/* The lists of a trace's tokens, one behind the other. */
struct dc_import_conf {
    double *logprob; /* [n], heap */
    size_t n, cap;
    struct dc_import_list *list; /* [n_tok], heap */
    size_t n_tok;
    bool adds; /* a list is an object: the sampled token is added to the k */
    bool odd;  /* a token has no list, or one with what is no measurement */
};

/* A token as it stands in the file; each may be NULL. */
struct dc_import_piece {
    const json_t *text, *bytes, *logprob, *top;
};

/* Room for a trace of n_tok tokens; release it. */
void dc_import_conf_init(struct dc_import_conf *c, size_t n_tok);
void dc_import_conf_release(struct dc_import_conf *c);
/* The next token. */
void dc_import_conf_add(struct dc_import_conf *c,
                        const struct dc_import_piece *p);

/*
 * The largest k for which C is known of every token, 0 if there is none.
 * *displaced: it is less than the lists' length, as one may lack its last rank.
 */
unsigned dc_import_conf_k(const struct dc_import_conf *c, bool *displaced);
/* C(k) into tok [n_tok]; 1 <= k <= dc_import_conf_k(). */
void dc_import_conf_fill(const struct dc_import_conf *c, unsigned k,
                         struct dc_token *tok);

/* Which entries of a list were there before, to the letter? twin: as many, at
 * most DC_IMPORT_MAX_LIST. */
void dc_import_twins(const json_t *list, bool *twin);

#endif
