/*
 * llama_tokens.h - from a prompt in parts to token ids, for every prompt that
 * libllama gets: those that are sampled from and those of judges.
 *
 * Markers ("<|im_end|>", "</think>") are read in parts that are ours alone. No
 * text of a user can become a marker of the vocabulary, whatever its kind, nor
 * a part of one with what stands beside it. Apart from that there are no seams:
 * the ids are those that libllama gives for the whole prompt in one piece.
 */
#ifndef DC_INFER_LLAMA_TOKENS_H
#define DC_INFER_LLAMA_TOKENS_H

#include "chat/part.h"
#include "infer/llama_marker.h"

#include <deepconf/status.h>
#include <llama.h>
#include <stdbool.h>
#include <stddef.h>

enum { DC_TOKENS_MAX = 64 << 20 /* bytes of a prompt */ };

/* Growing ids; a zeroed struct is empty; caller frees id. */
struct dc_token_ids {
    llama_token *id; /* [n] */
    size_t n, cap;
};

/* The tokeniser of a vocabulary. */
struct dc_tokens {
    const struct llama_vocab *vocab; /* borrowed */
    struct dc_markers markers;
    bool wants_bos;
    llama_token unknown; /* stands for what no token spells; -1: none does */
    const char *guard;   /* see llama_tokens.c; NULL: none is needed */
    size_t n_guard;      /* tokens of the guard */
};

/* DC_BACKEND: the model has no tokeniser. */
enum dc_status dc_tokens_init(struct dc_tokens *t,
                              const struct llama_vocab *vocab,
                              struct dc_err *err);
void dc_tokens_release(struct dc_tokens *t); /* a zeroed one too */

/*
 * The ids of a prompt; out is emptied first. BOS stands first, once, if the
 * vocabulary wants it or the prompt spells it. DC_DATA: the prompt is longer
 * than DC_TOKENS_MAX. DC_BACKEND: libllama can't tokenise it, or would make a
 * marker of a user's text in every way that is known to prevent it.
 */
enum dc_status dc_tokens_of(const struct dc_tokens *t,
                            const struct dc_prompt_part part[], size_t n_part,
                            struct dc_token_ids *out, struct dc_err *err);

/*
 * Ids before the first part that is not ours which stay the same whatever
 * stands in such parts; out is emptied first.
 */
enum dc_status dc_tokens_prefix(const struct dc_tokens *t,
                                const struct dc_prompt_part part[],
                                size_t n_part, struct dc_token_ids *out,
                                struct dc_err *err);

/*
 * What libllama itself gives for all parts in one piece, with markers read
 * everywhere; out is emptied first. The same as dc_tokens_of() where no part
 * of a user has a marker in it.
 */
enum dc_status dc_tokens_whole(const struct dc_tokens *t,
                               const struct dc_prompt_part part[],
                               size_t n_part, struct dc_token_ids *out,
                               struct dc_err *err);

#endif
