/*
 * stream_check.h - do the log-probabilities that a server streams hold water?
 *
 * Servers have been seen to send zeros (speculative decoding), placeholders,
 * the alternatives of another token, or the same list again and again. Each way
 * is a row with a name, found by the values alone, so that a probe and every
 * stream report it by the same words. A fault means that confidences made of
 * these values would be wrong; a fact is what a reader of the values has to
 * know (the sampled token stands in place of the last rank) and breaks nothing.
 *
 * Feed the tokens of a trace in order; begin anew for the next, or use
 * dc_stream_check_trace() to gather over several.
 */
#ifndef DC_INFER_STREAM_CHECK_H
#define DC_INFER_STREAM_CHECK_H

#include "base/buf.h"
#include "infer/openai_chunk.h"

#include <deepconf/conf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A fault that rests on one place stands with its first; the others need as
 * many as this. */
enum {
    DC_STREAM_ZEROS = 8,  /* tokens, all with the log-probability 0 */
    DC_STREAM_REPEATS = 2 /* lists that are those of the token before */
};

/*
 * X(name, "name", is a fault, words behind "N tokens ")
 */
#define DC_STREAM_LIST(X)                                                      \
    X(ALL_ZERO, "all-zero", true,                                              \
      "have the log-probability 0, and none has another: speculative "         \
      "decoding does that to llama-server (llama.cpp #27972)")                 \
    X(POSITIVE, "positive", true,                                              \
      "have a log-probability above 0, or an alternative that has")            \
    X(NO_VALUE, "no-value", true,                                              \
      "have no log-probability, or a placeholder in its place (null, "         \
      "-9999, the least float)")                                               \
    X(SUM, "sum-above-one", true,                                              \
      "list probabilities that add up to more than 1")                         \
    X(REPEATED, "repeated-list", true,                                         \
      "have the list of the token before: SGLang sends them so for several "   \
      "tokens of a chunk (sglang #39260)")                                     \
    X(FOREIGN_LIST, "foreign-list", true,                                      \
      "are more probable than the last of their list and not in it, or with "  \
      "another value: the list is of another token")                           \
    X(NO_LIST, "no-list", true,                                                \
      "have no list of alternatives, though one was asked for")                \
    X(BAD_ALT, "placeholder-alternative", false,                               \
      "list an alternative without a log-probability that is one")             \
    X(SHORT_LIST, "short-list", false,                                         \
      "list less alternatives than asked for")                                 \
    X(LONG_LIST, "long-list", false, "list more alternatives than asked for")  \
    X(DISPLACED, "displaced-rank", false,                                      \
      "may stand in place of their list's last rank (vLLM)")                   \
    X(OUTSIDE, "outside-list", false,                                          \
      "are less probable than their list's last, and not in it")               \
    X(UNSORTED, "unsorted", false, "have a list that is not in order")         \
    X(NO_TEXT, "no-text", false, "have no text or bytes, or an alternative")

enum dc_stream_row {
#define X(name, text, fault, words) DC_STREAM_##name,
    DC_STREAM_LIST(X)
#undef X
        DC_STREAM_N
};
const char *dc_stream_name(enum dc_stream_row row); /* "all-zero" */
const char *dc_stream_words(enum dc_stream_row row);
bool dc_stream_is_fault(enum dc_stream_row row);

struct dc_stream_check {
    unsigned n_asked; /* alternatives asked for; 0: none */
    uint64_t n_tok, n_list;
    uint64_t n[DC_STREAM_N];     /* tokens of each row */
    uint64_t first[DC_STREAM_N]; /* the first of them, counted from 0 */
    /* private: the list of the token before */
    uint64_t n_zero;
    bool has_before;
    uint64_t before; /* a hash of it */
    bool bare_end;   /* the token before had no value and no text */
};

/* Nats by which a token's record and its entry in the list may differ. */
#define DC_STREAM_SAME 1e-3

/* Is an entry's number one that a log-probability may be? */
bool dc_stream_has_value(const struct dc_chunk_alt *a);
/* Are two entries one token, by their ids or else by their bytes? */
bool dc_stream_same_token(const struct dc_chunk_alt *a,
                          const struct dc_chunk_alt *b);

void dc_stream_check_init(struct dc_stream_check *c, unsigned n_asked);
/* Another trace begins: no list came before. */
void dc_stream_check_trace(struct dc_stream_check *c);
/* The next token and its list alt [t->n_alt]. */
void dc_stream_check_add(struct dc_stream_check *c,
                         const struct dc_chunk_tok *t,
                         const struct dc_chunk_alt *alt);

/* Has the stream a fault by what was seen so far? *worst (or NULL): the first
 * row of the list that is one. */
bool dc_stream_check_bad(const struct dc_stream_check *c,
                         enum dc_stream_row *worst);
/* A line for each row that was seen, faults first: "repeated-list: 3 of 10
 * tokens, the first at 4, have the list of ...". */
void dc_stream_check_say(const struct dc_stream_check *c, struct dc_buf *out);

#endif
