/*
 * llama_ask_priv.h - what llama_ask.c (opening, pairs), llama_reply.c (free
 * replies) and llama_choose.c (given answers) share.
 */
#ifndef DC_INFER_LLAMA_ASK_PRIV_H
#define DC_INFER_LLAMA_ASK_PRIV_H

#include "infer/ask_priv.h"
#include "infer/llama_ask.h"
#include "infer/llama_form.h"
#include "infer/llama_streams.h"

#include <deepconf/conf.h>

/* What follows on an answer, and the answer itself, as ids. */
struct dc_llama_ask_ids {
    struct dc_token_ids answer; /* behind its lead */
    struct dc_token_ids lead;   /* of the next question, behind the answer */
};

struct dc_llama_ask {
    struct dc_ask base;
    struct llama_model *model;
    const struct llama_vocab *vocab;
    char sha256[DC_SHA256_HEX], how[48]; /* of the info */
    struct dc_form form;
    struct dc_token_ids prefix;
    struct llama_sampler *grammar; /* before its first token; NULL: none */
    llama_token_data *candidate;   /* [n_vocab] scratch of the grammar */
    struct dc_token_ids says[2];   /* tokens that say a word of the score */
    struct dc_logits logits;
    unsigned max_tokens, n_slots, n_threads;
    size_t most; /* tokens of a pair */
    bool no_share;
    struct dc_llama_ask_ids ids[DC_ASK_QUESTIONS][DC_ASK_ANSWERS];
    struct dc_streams streams;
    bool has_streams;
    struct dc_backend_times times; /* of streams that are gone */
};

/*
 * Begin replies out [n] and fill the form with pair [n]; ids [n] from the
 * caller, zeroed, freed by him. out[i].finish is CONTEXT where the pair and its
 * reply don't fit into a stream, else NONE. Sees to n_stream streams with room
 * for all that fit.
 */
enum dc_status dc_llama_ask_fill(struct dc_llama_ask *a,
                                 const struct dc_ask_pair *pair, size_t n,
                                 struct dc_token_ids *ids,
                                 struct dc_ask_reply *out, struct dc_err *err);
enum dc_status dc_llama_ask_make_room(struct dc_llama_ask *a,
                                      const struct dc_token_ids *ids, size_t n,
                                      size_t more, struct dc_err *err);

enum dc_status dc_llama_ask_reply(struct dc_ask *a,
                                  const struct dc_ask_pair *pair, size_t n,
                                  struct dc_ask_reply *out, struct dc_err *err);
enum dc_status dc_llama_ask_choose(struct dc_ask *a,
                                   const struct dc_ask_pair *pair, size_t n,
                                   struct dc_ask_reply *out,
                                   struct dc_err *err);

/* ---- a score (llama_score.c) ---- */

/* DC_BACKEND: no token of the vocabulary says one of the words. */
enum dc_status dc_llama_score_open(struct dc_llama_ask *a, struct dc_err *err);
/* If the next token of reply r, so far `text`, is one that says a word: its
 * score, by the logits z of all tokens. */
void dc_llama_score(const struct dc_llama_ask *a, const struct dc_buf *text,
                    const float *z, struct dc_ask_reply *r);

/* The ids of the form with empty holes and `then`. */
enum dc_status dc_llama_ask_question_ids(struct dc_llama_ask *a,
                                         struct dc_err *err);

#endif
