/*
 * llama_ask.h - what is known of a model in this process that is asked (ask.h),
 * for tests and measurements.
 */
#ifndef DC_INFER_LLAMA_ASK_H
#define DC_INFER_LLAMA_ASK_H

#include "infer/ask.h"
#include "infer/backend.h"

/* Tokens of the form's beginning that are computed once. */
size_t dc_llama_ask_n_shared(const struct dc_ask *a);
/* Tokens fed one by one, and in pieces, since the opening. */
struct dc_backend_times dc_llama_ask_times(const struct dc_ask *a);

#endif
