/*
 * openai_chunk_priv.h - what the files of openai_chunk share. Only they see
 * yyjson.
 */
#ifndef DC_INFER_OPENAI_CHUNK_PRIV_H
#define DC_INFER_OPENAI_CHUNK_PRIV_H

#include "infer/openai_chunk.h"

#include <yyjson.h>

struct dc_chunk_reader {
    struct dc_chunk chunk;
    size_t max;
    char *json; /* [cap_json] the chunk, which yyjson reads in place */
    size_t cap_json;
    char *bytes; /* [cap_json] what is decoded of it, n_bytes so far: never more
                    than the chunk has, as every byte was written there */
    size_t n_bytes;
    void *value; /* [cap_value] yyjson's values */
    size_t cap_value, max_value;
    struct dc_chunk_choice *choice;
    struct dc_chunk_tok *tok;
    struct dc_chunk_alt *alt, *given;
    size_t cap_choice, cap_tok, cap_alt, cap_given;
};

static inline void dc_chunk_count(struct dc_chunk_reader *r,
                                  enum dc_chunk_odd odd)
{
    r->chunk.odd[odd]++;
}

/* A string with its length; NULL and 0 for any other value. */
static inline struct dc_chunk_text dc_chunk_text_of(yyjson_val *v)
{
    /* yyjson_get_len() counts what lists and objects hold, too. */
    return (struct dc_chunk_text){yyjson_get_str(v),
                                  yyjson_is_str(v) ? yyjson_get_len(v) : 0};
}

/* A choice's list of tokens (openai_chunk_tok.c). */
void dc_chunk_take_logprobs(struct dc_chunk_reader *r,
                            struct dc_chunk_choice *c, yyjson_val *logprobs);
/* "token_ids" beside them. */
void dc_chunk_take_ids(struct dc_chunk_reader *r, struct dc_chunk_choice *c,
                       yyjson_val *ids);
/* "prompt_logprobs", the tokens of the prompt. */
void dc_chunk_take_given(struct dc_chunk_reader *r, struct dc_chunk_choice *c,
                         yyjson_val *list);
/* An error in the body, if there is one (openai_chunk_error.c). */
void dc_chunk_take_error(struct dc_chunk_reader *r, yyjson_val *root);
/* The error that v describes: a text, or an object. */
void dc_chunk_take_error_of(struct dc_chunk_reader *r, yyjson_val *v);
/* The element behind the last of list [*n], of which *cap fit. */
void *dc_chunk_more(void *list, size_t n, size_t *cap, size_t size);

#endif
