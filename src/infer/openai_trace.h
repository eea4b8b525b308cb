/*
 * openai_trace.h - from the chunks of an answer to the tokens of a trace: each
 * with its piece of the text, its values, and its alternatives.
 *
 * What a server says is its text; the tokens of its lists say where each piece
 * of it ends. Texts lag behind tokens (half a character, a possible end) and
 * leave some out (the end of the answer, markers of a chat format), so a token
 * waits until the text has come to it. A token that text leaves out has the
 * empty piece, or its own text if it is a mark of thoughts, without which
 * nobody could divide the text; the token that ends the answer is no part of
 * the trace at all. Thoughts that come in a field of their own get the marks
 * <think> and </think>, as parts of the pieces that follow them. Text that
 * can't be brought together with its tokens is a fault of the stream, and so is
 * every fault of stream_check.h.
 *
 * Pure but for memory, which is kept from trace to trace.
 */
#ifndef DC_INFER_OPENAI_TRACE_H
#define DC_INFER_OPENAI_TRACE_H

#include "base/buf.h"
#include "infer/backend.h"
#include "infer/openai_chunk.h"
#include "infer/stream_check.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>

enum { DC_OTRACE_MARKS = 4 };

struct dc_otrace_cfg {
    unsigned k;          /* of the token confidence */
    unsigned n_top;      /* alternatives kept of a token */
    unsigned n_asked;    /* alternatives asked for */
    unsigned max_tokens; /* of the answer */
    bool stops;          /* the user gave texts that end an answer */
    bool eos;            /* the end of an answer comes as a token */
};

struct dc_otrace_tok {
    struct dc_token token;
    unsigned parts;
    size_t bytes, n_bytes; /* its text by the list of tokens, in .bytes */
    size_t piece, n_piece; /* its part of the text, in .bytes */
    size_t alt, n_alt;     /* in .alt, the most probable first */
};

struct dc_otrace_alt {
    size_t bytes; /* in .bytes */
    uint32_t n;
    float logprob;
};

struct dc_otrace {
    struct dc_otrace_cfg cfg;
    /* tokens that were not taken: the first n_ready of them have their pieces
     */
    struct dc_otrace_tok *tok; /* [n_tok] */
    size_t n_tok, n_ready, cap_tok;
    struct dc_buf bytes;
    struct dc_otrace_alt *alt; /* [n_alt] */
    size_t n_alt, cap_alt;
    size_t n_out;          /* tokens of the trace that are ready, or were */
    enum dc_finish finish; /* NONE: it goes on */
    char words[80];        /* the server's own for it, safe to print */
    bool has_words;
    bool has_prompt;
    uint64_t n_prompt;
    bool has_completion;
    uint64_t n_completion; /* tokens of the answer, by the server's count */
    bool beyond_ascii;     /* there are other characters in its text */
    size_t n_gap;          /* places where the list lacks what the text has */
    struct dc_buf fault;   /* in words; empty: there is none */
    /* private */
    struct dc_stream_check check;
    struct dc_buf text; /* that came, and has no token from `at` on */
    size_t at;          /* in text */
    size_t matched;     /* bytes of tok[n_ready] that the text has told */
    bool owed;          /* half a character, of unknown bytes, came */
    bool loose;         /* bytes that are no text came */
    bool in_markup;     /* the last token was a mark that the text left out */
    size_t from;        /* in text: where the piece of tok[n_ready] begins */
    struct dc_otrace_mark {
        size_t at; /* in text */
        const char *s;
    } mark[DC_OTRACE_MARKS]; /* [n_mark] to be written into pieces */
    size_t n_mark;
    bool thinks; /* the last text was of thoughts */
    bool tools;  /* the model called a tool */
};

void dc_otrace_init(struct dc_otrace *t);
void dc_otrace_release(struct dc_otrace *t);
/* Another trace, or the same anew. */
void dc_otrace_begin(struct dc_otrace *t, const struct dc_otrace_cfg *cfg);

/* The next chunk. False: t->fault says what is wrong with it. */
bool dc_otrace_add(struct dc_otrace *t, const struct dc_chunk *c);
/* The answer is over: what waits is ready, and t->finish is set. The same. */
bool dc_otrace_end(struct dc_otrace *t);
/* Are there tokens beyond max_tokens? They are not ready, and never will be. */
bool dc_otrace_is_full(const struct dc_otrace *t);
/* Forget the first n of the ready tokens, with their memory. */
void dc_otrace_take(struct dc_otrace *t, size_t n);

#endif
