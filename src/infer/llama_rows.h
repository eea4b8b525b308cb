/*
 * llama_rows.h - a context of libllama with one stream per sequence, and which
 * rows may be computed together so that nobody's bits depend on neighbours.
 *
 * What breaks bits in ggml's CPU kernels, and the rule that follows:
 *  - flash attention over exactly one row of one stream cuts the KV by thread
 *    count, a product of float weights with one column takes another kernel
 *    than with two, and one of K-quants (Q4_K and its like) takes the columns
 *    in groups of four and what is left over by another kernel: a step
 *    computes a contiguous run of streams whose number is a multiple of four,
 *    and asks for the logits of a multiple of four;
 *  - four rows alone gave other bits than eight and more (seen with Q4_K_M; the
 *    kernel was not found): a run has at least eight rows, and so have logits.
 * Idle streams in the run get a row whose cell is removed at once.
 *
 * A single sequence is computed alone in pieces of at most DC_ROWS_PIECE rows,
 * which is below the tile size of the tiled attention kernel.
 */
#ifndef DC_INFER_LLAMA_ROWS_H
#define DC_INFER_LLAMA_ROWS_H

#include <deepconf/status.h>
#include <llama.h>
#include <stdbool.h>
#include <stddef.h>

enum { DC_ROWS_PIECE = 60 };

struct dc_rows {
    struct llama_context *ctx; /* NULL: not there */
    llama_memory_t mem;
    struct llama_batch batch;
};

struct dc_rows_cfg {
    unsigned n_stream; /* of dc_rows_streams(); 1: without steps */
    unsigned n_cell;   /* tokens of each */
    unsigned n_threads;
    unsigned n_out; /* rows of logits at a time; 0: as many as rows */
    /*
     * Both give up the bits: one KV cache for all sequences, so that attention
     * runs over the neighbours' cells; no flash attention (only with unified).
     * Nothing is widened then.
     */
    bool unified, no_flash;
    const char *advice; /* what to do if there is no room; a sentence */
};

/* Streams to make for n slots. */
unsigned dc_rows_streams(unsigned n_slots);
/* DC_USAGE: too many streams; DC_BACKEND: no memory. *r needs no release then.
 */
enum dc_status dc_rows_init(struct dc_rows *r, struct llama_model *model,
                            const struct dc_rows_cfg *cfg, struct dc_err *err);
void dc_rows_release(struct dc_rows *r); /* a zeroed one too */

/* Widen the run *lo .. *hi-1 (not empty) of n_stream streams to what a step may
 * compute. */
void dc_rows_widen(unsigned n_stream, unsigned *lo, unsigned *hi);
/* Does a step with n_out rows of logits so far need those of an idle one? */
bool dc_rows_needs_logits(unsigned n_out);

void dc_rows_clear(struct dc_rows *r);
void dc_rows_add(struct dc_rows *r, llama_token id, size_t pos, unsigned stream,
                 bool want_logits);
/* Compute what was added; its time is added to *ms. DC_BACKEND. */
enum dc_status dc_rows_decode(struct dc_rows *r, double *ms,
                              struct dc_err *err);
/* Remove the stream's cells from position `from` on. */
void dc_rows_cut(struct dc_rows *r, unsigned stream, size_t from);
/* All cells of stream `from`, into `to`. */
void dc_rows_copy(struct dc_rows *r, unsigned from, unsigned to);
/* [n_vocab], borrowed until the next computation. */
const float *dc_rows_logits(struct dc_rows *r, int32_t row);

#endif
