/*
 * lm_eval_doc.h - a line of lm-evaluation-harness's samples: what was asked,
 * and what the model said.
 */
#ifndef DC_EXCHANGE_LM_EVAL_DOC_H
#define DC_EXCHANGE_LM_EVAL_DOC_H

#include "exchange/import_priv.h"

/* A line. Borrowed; o and prompt are set by the caller. */
struct dc_lm_doc {
    const json_t *o, *doc; /* doc: NULL if it is null or not there */
    const json_t *prompt;  /* instead of the requests' arguments; or NULL */
    size_t n_request;
};

/* Requests with one prompt, and all their responses in order. */
struct dc_lm_request {
    json_t *prompt;          /* a string */
    const json_t **response; /* [n] strings; NULL: null, noted */
    size_t n, cap;
};

/* Set the rest of d. DC_DATA if the line is no sample. */
enum dc_status dc_lm_doc(struct dc_lm_doc *d, const char *where,
                         struct dc_err *err);
/*
 * The requests, those with the same prompt together: *out [n], also after a
 * failure. DC_DATA: log-likelihoods, or no prompt.
 */
enum dc_status dc_lm_requests(struct dc_import *in, const struct dc_lm_doc *d,
                              const char *where, struct dc_lm_request **out,
                              size_t *n, struct dc_err *err);
void dc_lm_requests_free(struct dc_lm_request *r, size_t n);
/* What the requests say of sampling. */
void dc_lm_sampling(struct dc_import *in, const struct dc_lm_doc *d);

#endif
