/*
 * llama_streams.h - a context of libllama as streams of tokens: each is given
 * ids, and its cells are computed in pieces of its own or one by one together
 * with others. The beginning that all share is computed once.
 *
 * What comes out for a stream depends on its ids alone (llama_streams.c).
 */
#ifndef DC_INFER_LLAMA_STREAMS_H
#define DC_INFER_LLAMA_STREAMS_H

#include "infer/backend.h"
#include "infer/llama_form.h"
#include "infer/llama_rows.h"

#include <deepconf/status.h>
#include <llama.h>

struct dc_stream {
    struct dc_token_ids ids; /* all tokens; append behind */
    size_t n_done;           /* of which are computed */
    bool holds_prefix;       /* its first cells are the shared beginning */
    bool busy;               /* takes part in steps; else its rows are idle */
};

struct dc_streams {
    struct dc_rows rows;
    bool can_cut; /* cells can be removed and copied */
    bool share;   /* copy the beginning; can be switched off */
    unsigned n_stream, n_cell;
    struct dc_stream *stream;          /* [n_stream] */
    const struct dc_token_ids *prefix; /* borrowed; n 0: nothing is shared */
    struct dc_backend_times times;
};

enum { DC_STREAMS_ALL = 32 };

/*
 * n streams (of dc_rows_streams(); 1: without steps) of n_cell tokens.
 * DC_USAGE: too many; DC_BACKEND: no memory. Released by dc_streams_release()
 * in any case.
 */
enum dc_status dc_streams_init(struct dc_streams *s, struct llama_model *model,
                               unsigned n, unsigned n_cell, unsigned n_threads,
                               struct dc_err *err);
void dc_streams_release(struct dc_streams *s);

/* Give stream i other ids, [ids->n] <= n_cell, copied; nothing is computed. */
void dc_streams_set(struct dc_streams *s, unsigned i,
                    const struct dc_token_ids *ids);
void dc_streams_append(struct dc_streams *s, unsigned i, const llama_token *id,
                       size_t n);
/* Forget all but the first n ids. */
void dc_streams_cut(struct dc_streams *s, unsigned i, size_t n);

/*
 * Compute what is not done of stream i, at least one token, alone. Row -1 of
 * the logits is the one behind the last token; with `all`, rows 0, 1 ... are
 * behind each of the tokens computed, DC_STREAMS_ALL at most.
 */
enum dc_status dc_streams_catch_up(struct dc_streams *s, unsigned i, bool all,
                                   struct dc_err *err);
/* Compute the one token not done of every busy stream; row r of the logits is
 * that of stream *first + r. No busy stream: *n is 0. */
enum dc_status dc_streams_step(struct dc_streams *s, unsigned *first,
                               unsigned *n, struct dc_err *err);
/* [n_vocab], borrowed until the next computation. */
const float *dc_streams_logits(struct dc_streams *s, int32_t row);

#endif
