/*
 * pieces.h - the pieces of a run file in memory: texts of tokens by number,
 * for what shows lists of top log-probabilities.
 *
 * At most a vocabulary of them: a few megabytes. Texts are bytes of a model,
 * hostile and not always UTF-8: whoever shows one escapes it.
 */
#ifndef DC_STORE_PIECES_H
#define DC_STORE_PIECES_H

#include "base/arena.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dc_pieces {
    struct dc_piece *item; /* [n] by ascending id */
    size_t n, cap;
    uint32_t *place; /* [n_place] by id, place in item + 1; 0: none */
    size_t n_place;  /* 0 where ids are too large for a table */
    struct dc_arena arena;
};

/* All of a file's; none in files before schema 5. Release after a success. */
enum dc_status dc_pieces_read(struct dc_store *s, struct dc_pieces *out,
                              struct dc_err *err);
void dc_pieces_release(struct dc_pieces *p);

/* NULL if there is none. */
const struct dc_piece *dc_pieces_find(const struct dc_pieces *p, int32_t id);

/* The list of token i: [*n], without what fills it up; NULL if none is
 * recorded. */
const struct dc_top_logprob *dc_top_of(const struct dc_trace_row *t, size_t i,
                                       size_t *n);
/* The text of token i in a trace whose tok_end is recorded; it has no id. */
struct dc_piece dc_top_text(const struct dc_trace_row *t, size_t i);
/*
 * Which place in its list the token that was sampled at i has: by its id, or,
 * where ids lack, by its text; of several (two tokens may have one text) that
 * of its log-probability, else the first. False if it is not there, or that is
 * not known.
 */
bool dc_top_sampled(const struct dc_pieces *p, const struct dc_trace_row *t,
                    size_t i, size_t *at);

#endif
