/*
 * trace.h - a finished response, wherever it came from: sampled here, or read
 * from what another program wrote. The one form in which traces are measured,
 * judged and written (recorder.h).
 */
#ifndef DC_TRACE_TRACE_H
#define DC_TRACE_TRACE_H

#include "base/words.h"

#include <deepconf/conf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dc_trace {
    const char *text; /* [n_text], valid UTF-8 without NUL; NUL behind it */
    size_t n_text;
    enum dc_finish finish; /* not NONE */
    const char *words;     /* the provider's own for a finish that is FILTER or
                              ERROR, from outside; NULL: there are none */
    enum dc_cut cut;
    const struct dc_token
        *tok;       /* [n_tok]; NULL: none of their parts is known */
    size_t n_tok;   /* 0 too if not even their number is known */
    bool has_count; /* n_tok is their number */
    unsigned parts; /* enum dc_token_part: what is known of them */
    /* [n_tok] where each token ends in the text (store.h); NULL: not known */
    const uint32_t *tok_end;
    /* [n_tok * n_top] as in the store; n_top 0: none */
    const struct dc_top_logprob *top;
    size_t n_top;
    unsigned k; /* of the token confidence */
    bool has_ms;
    double ms; /* that the trace took */
    /* of a server; attempts 0: it was asked for once */
    unsigned attempts;
    bool has_first_ms;
    double first_ms;  /* until its first token */
    int64_t endpoint; /* the row of the server; 0: none */
};

#endif
