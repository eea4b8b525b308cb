/*
 * llama_cells.h - the KV streams of a context, and whose cells they hold: which
 * prompts are computed, kept, copied and shared by their traces.
 *
 * A stream is one sequence of libllama. A trace in work has one; what stands in
 * it before the trace's own tokens is its prompt's and stays worth something
 * when the trace ends:
 *  - a prompt is computed once. Its last logits are kept with it, and its cells
 *    are copied from any stream that still starts with them;
 *  - all prompts begin with the template's head (system prompt and header). It
 *    stays in every stream from prompt to prompt.
 *
 * Bits. A prompt is computed alone, first its head (cut to a multiple of four
 * tokens), then the rest, in pieces that depend on nothing else and never of
 * one row, so that shared cells are those it would have made itself. The head
 * is the template's, not what the prompts of a run happen to share, or a trace
 * would depend on the other prompts.
 *
 * Models whose memory can't be cut at a position (recurrent) compute the prompt
 * for every trace.
 */
#ifndef DC_INFER_LLAMA_CELLS_H
#define DC_INFER_LLAMA_CELLS_H

#include "infer/llama_rows.h"

#include <stdint.h>

struct dc_cells_prompt {
    llama_token *id; /* [n] */
    size_t n;
    size_t n_head; /* of them that are the template's head; 0: none */
    float *logits; /* [n_vocab] behind the last one; NULL: not yet */
};

struct dc_cells_stream {
    bool busy;
    bool head; /* it starts with the cells of the head */
    const struct dc_cells_prompt *prefix; /* it starts with; NULL: none's */
};

struct dc_cells {
    struct dc_rows *rows;
    size_t n_vocab;
    bool share;      /* cells can be copied and cut, and may be */
    bool unified;    /* of rows */
    llama_token *id; /* [n_head] of the head */
    size_t n_head;
    struct dc_cells_stream *stream; /* [n_stream] */
    unsigned n_stream;
    double prefill_ms;
    uint64_t n_prefill_tok;
    uint64_t n_copies; /* of a whole stream to another */
};

/* Takes head [n], which prompts begin with, and frees it. */
void dc_cells_set_head(struct dc_cells *c, llama_token *head, size_t n);
/* rows is borrowed; c->share and c->n_vocab are set before. */
void dc_cells_begin(struct dc_cells *c, struct dc_rows *rows, unsigned n_stream,
                    bool unified);
void dc_cells_release(struct dc_cells *c); /* a zeroed one too */

/* How much of a prompt is the head; set it before the prompt's first use. */
size_t dc_cells_head_of(const struct dc_cells *c, const llama_token *id,
                        size_t n);
/*
 * Give p an idle stream that holds exactly its cells, and its logits if it has
 * none yet. There must be an idle one. DC_BACKEND.
 */
enum dc_status dc_cells_take(struct dc_cells *c, struct dc_cells_prompt *p,
                             unsigned *stream, struct dc_err *err);
void dc_cells_leave(struct dc_cells *c, unsigned stream);
/* p ends: no stream in work may be its. */
void dc_cells_forget(struct dc_cells *c, const struct dc_cells_prompt *p);

/*
 * The run lo .. hi-1 of streams that a step computes, widened as bits need it
 * (llama_rows.h); false if none is in work.
 */
bool dc_cells_run(const struct dc_cells *c, unsigned *lo, unsigned *hi);
/*
 * Move a stream's cells into an idle stream where that makes the run shorter:
 * *from, in work before, is idle then, and *to is in work. False: it can't.
 */
bool dc_cells_pack(struct dc_cells *c, unsigned *from, unsigned *to);
/* Where an idle stream's row goes: behind what is worth keeping. */
size_t dc_cells_idle_pos(const struct dc_cells *c, unsigned stream);

#endif
