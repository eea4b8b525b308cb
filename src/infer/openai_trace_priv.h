/*
 * openai_trace_priv.h - what openai_trace.c and openai_trace_tok.c share.
 */
#ifndef DC_INFER_OPENAI_TRACE_PRIV_H
#define DC_INFER_OPENAI_TRACE_PRIV_H

#include "infer/openai_trace.h"

/* One more token, zeroed, behind those that wait. */
struct dc_otrace_tok *dc_otrace_more(struct dc_otrace *t);
/* A token of a chunk with its alternatives alt [s->n_alt]: its text, its values
 * and what is kept of the list. False: a fault of the stream. */
bool dc_otrace_values(struct dc_otrace *t, const struct dc_chunk_tok *s,
                      const struct dc_chunk_alt *alt);

#endif
