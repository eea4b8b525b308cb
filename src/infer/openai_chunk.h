/*
 * openai_chunk.h - one JSON value of a server with OpenAI's interface, as
 * tokens, alternatives, ends, usage or an error.
 *
 * One function for every shape that vLLM, llama-server, SGLang, Ollama, TGI,
 * OpenAI and gateways answer with: a chunk of a stream (choices[].delta), a
 * whole answer (choices[].message), both of /v1/completions (choices[].text);
 * logprobs.content[] of entries with "token", "logprob", "bytes" and
 * "top_logprobs", or the older lists "tokens", "token_logprobs" and
 * "top_logprobs"; bodies of errors.
 *
 * Pure: bytes in, a struct out. Nothing is judged here (stream_check.h does):
 * a log-probability is the number that was sent. What has no place in a shape
 * is passed over and counted in `odd`, so that nothing is lost in silence. Text
 * is of a stranger: any bytes, NULs and half characters among them.
 *
 * A reader keeps its memory from chunk to chunk: once it has seen a chunk of
 * some size, others of that size allocate nothing.
 */
#ifndef DC_INFER_OPENAI_CHUNK_H
#define DC_INFER_OPENAI_CHUNK_H

#include "infer/backend.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DC_CHUNK_MAX = 32 << 20,     /* bytes of one; the rest of a chunk's memory
                                    is at most 40 times as much */
    DC_CHUNK_MAX_ALT = 1024,     /* of a token; more are counted as odd */
    DC_CHUNK_MAX_CHOICE = 4096,  /* of a chunk; the same */
    DC_CHUNK_MAX_INDEX = 1 << 20 /* of a choice */
};

/* Bytes [n], with a NUL behind them where it was a string; NULL: none. */
struct dc_chunk_text {
    const char *s;
    size_t n;
};

/* A token: one that was sampled, or an alternative. */
struct dc_chunk_alt {
    const char *bytes; /* [n]; NULL: not told */
    uint32_t n;
    int32_t id;       /* -1: not told */
    bool has_logprob; /* a number was sent */
    double logprob;   /* as it was sent: may be NaN, infinite or -9999 */
};

struct dc_chunk_tok {
    struct dc_chunk_alt it;
    size_t alt, n_alt; /* of the chunk's alt, in the server's order */
};

/* What one choice of a chunk adds to its trace. */
struct dc_chunk_choice {
    uint32_t index;
    struct dc_chunk_text text, reasoning, refusal;
    enum dc_finish finish;      /* DC_FINISH_NONE: goes on. UNKNOWN: a word that
                                   is not known; ERROR also where tools were
                                   called, which is no answer */
    struct dc_chunk_text words; /* of the finish, the server's own */
    struct dc_chunk_text stop_reason;
    size_t tok, n_tok; /* of the chunk's tok */
    bool has_list;     /* there was a list of tokens, if an empty one */
    /* of the chunk's `given`: the tokens of the prompt, from vLLM's
     * prompt_logprobs; the first one has no log-probability */
    size_t given, n_given;
    bool calls_tools;
};

/* Counts, each with whether it was there. */
struct dc_chunk_usage {
    bool has_prompt, has_completion, has_reasoning, has_cached;
    uint64_t prompt, completion, reasoning, cached; /* tokens */
};

enum dc_chunk_trouble {
    DC_CHUNK_NO_TROUBLE,
    DC_CHUNK_ERROR, /* an error without a meaning of its own here */
    DC_CHUNK_CONTEXT /* prompt and answer are longer than the context */,
    DC_CHUNK_FILTER /* a provider's filter */
};

struct dc_chunk_error {
    enum dc_chunk_trouble is;
    struct dc_chunk_text message, type, code;
    int status; /* of HTTP, if the code is one; 0: none */
};

/* X(name, text behind a number): what was passed over. */
#define DC_CHUNK_ODD_LIST(X)                                                   \
    X(CHOICE, "choices that are no object, or beyond 4096")                    \
    X(NO_INDEX, "choices without an index, which count by their place")        \
    X(SAME_INDEX, "choices with the index of another of the same chunk")       \
    X(TEXT, "parts of the content that are no text")                           \
    X(LOGPROBS, "logprobs of a shape that is not known")                       \
    X(TOKEN, "tokens or alternatives of a shape that is not known")            \
    X(LENGTHS, "lists of a choice's tokens that are of other lengths")         \
    X(NOT_FINITE, "log-probabilities that are no finite number")               \
    X(BYTES, "lists of bytes with what is no byte")                            \
    X(MANY, "alternatives beyond the 1024 of a token that are read")           \
    X(COUNT, "counts in usage that are no whole number")                       \
    X(NO_UTF8, "chunks with text that is no UTF-8, or raw control characters") \
    X(SURROGATE, "halves of surrogate pairs, read as U+FFFD")

enum dc_chunk_odd {
#define X(name, text) DC_CHUNK_ODD_##name,
    DC_CHUNK_ODD_LIST(X)
#undef X
        DC_CHUNK_N_ODD
};
const char *dc_chunk_odd_text(enum dc_chunk_odd odd);

struct dc_chunk {
    struct dc_chunk_text id, model, fingerprint;
    const struct dc_chunk_choice *choice; /* [n_choice], in the chunk's order */
    size_t n_choice;
    const struct dc_chunk_tok *tok; /* [n_tok] of all choices */
    size_t n_tok;
    const struct dc_chunk_alt *alt; /* [n_alt] of all tokens */
    size_t n_alt;
    const struct dc_chunk_alt *given; /* [n_given] of all choices */
    size_t n_given;
    struct dc_chunk_usage usage;
    bool has_computed; /* llama-server's "timings" */
    uint64_t computed; /* tokens of the prompt, behind those that it knew */
    struct dc_chunk_error error;
    uint32_t odd[DC_CHUNK_N_ODD];
};

struct dc_chunk_reader;
/* max: bytes of a chunk, at most DC_CHUNK_MAX. */
struct dc_chunk_reader *dc_chunk_reader_create(size_t max);
void dc_chunk_reader_free(struct dc_chunk_reader *r); /* r may be NULL */

/*
 * json [n] as *out, which holds until the next call. DC_DATA: longer than max,
 * no JSON, or no object; the message says where and can be shown.
 */
enum dc_status dc_chunk_read(struct dc_chunk_reader *r, const char *json,
                             size_t n, const struct dc_chunk **out,
                             struct dc_err *err);

#endif
