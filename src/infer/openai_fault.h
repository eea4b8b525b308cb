/*
 * openai_fault.h - what an answer that is no completion means: by the status of
 * HTTP and the error in the body.
 *
 * Nothing of this is ever a verdict: a request is made again, or the run stops
 * and can go on later. Only a prompt that is too long and one that a provider's
 * filter refuses are facts about the prompt.
 */
#ifndef DC_INFER_OPENAI_FAULT_H
#define DC_INFER_OPENAI_FAULT_H

#include "base/buf.h"
#include "infer/openai_chunk.h"

enum dc_fault_act {
    DC_FAULT_RETRY,   /* it may go well the next time */
    DC_FAULT_LIMITED, /* too many requests: wait and ask again */
    DC_FAULT_CONTEXT, /* prompt and answer are longer than the context */
    DC_FAULT_FILTER,  /* a provider's filter refused the prompt */
    DC_FAULT_FATAL    /* the same for every request */
};

/* status: of HTTP; e: of the body, or NULL. */
enum dc_fault_act dc_openai_fault(int status, const struct dc_chunk_error *e);

/* Append `HTTP 401: "Incorrect API key"`, safe to print and of bounded length;
 * body [n]: shown where there is no error in it. */
void dc_openai_fault_say(int status, const struct dc_chunk_error *e,
                         const char *body, size_t n, struct dc_buf *out);

/*
 * Append what to do about a fatal status, as a sentence's end: ": the key in
 * OPENAI_API_KEY is refused". key_env: the variable that holds the key; NULL:
 * none was sent.
 */
void dc_openai_fault_advise(int status, const struct dc_chunk_error *e,
                            const char *key_env, struct dc_buf *out);

#endif
