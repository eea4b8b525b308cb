/*
 * openai_req.h - what is asked of a server with OpenAI's interface: the JSON
 * body of a request, for chat and for /v1/completions.
 *
 * Everything that decides what is sampled is said, also where it is off: left
 * out, a server takes what the model's files or its own defaults say (vLLM a
 * model's top_k and repetition_penalty, llama-server a top_k of 40 and a min_p
 * of 0.05). What a server does not take is left out if it is off, and else
 * refused.
 *
 * Pure but for memory. Text is escaped; what is no UTF-8 in it becomes U+FFFD.
 */
#ifndef DC_INFER_OPENAI_REQ_H
#define DC_INFER_OPENAI_REQ_H

#include "base/buf.h"
#include "chat/chat.h"

#include <deepconf/conf.h>
#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    DC_REQUEST_MAX_INDEX = 1 << 20, /* traces of a prompt */
    DC_REQUEST_MAX_N = 1024         /* choices of a request */
};

/*
 * The seed of trace `index` of prompt `stream`: 31 bits, the same for every
 * attempt, pure. Servers give choice j of a request the seed plus j, and the
 * traces of a prompt have seeds that follow on each other: trace index + j has
 * the same one whether it is asked for alone or as choice j of a request for
 * trace index. index < DC_REQUEST_MAX_INDEX.
 */
uint32_t dc_request_seed(uint64_t seed, uint64_t stream, uint32_t index);

/* ---- further arguments, of --request-arg KEY=JSON ---- */

struct dc_request_args;
struct dc_request_args *dc_request_args_create(void);
void dc_request_args_free(struct dc_request_args *a); /* a may be NULL */
/*
 * Add KEY=JSON; "a.b=1" is {"a": {"b": 1}}. DC_USAGE: no such form, no JSON, a
 * key that deepconf sets itself, or one that was there before.
 */
enum dc_status dc_request_args_add(struct dc_request_args *a, const char *arg,
                                   struct dc_err *err);
/* Append all of them as one JSON object with sorted keys: what a run is bound
 * to. */
void dc_request_args_json(const struct dc_request_args *a, struct dc_buf *out);

/* ---- a body ---- */

enum dc_api { DC_API_CHAT, DC_API_COMPLETIONS };
/* Where its bodies go, behind the base URL: "chat/completions". */
const char *dc_openai_path(enum dc_api api);

/* What a server takes beyond OpenAI's interface, as its probe found. */
enum dc_server_takes {
    DC_TAKES_TOP_K = 1,
    DC_TAKES_MIN_P = 2,
    DC_TAKES_REPETITION = 4,     /* repetition_penalty */
    DC_TAKES_TEMPLATE_ARGS = 8,  /* chat_template_kwargs */
    DC_TAKES_TOKEN_IDS = 16,     /* return_token_ids (vLLM) */
    DC_TAKES_USAGE = 32,         /* stream_options.include_usage */
    DC_TAKES_MAX_COMPLETION = 64 /* max_completion_tokens for max_tokens */
};

/* All borrowed. */
struct dc_openai_req {
    enum dc_api api;
    unsigned takes; /* enum dc_server_takes */
    const char *model;
    const char *system; /* NULL: none; not for completions */
    const char *text;   /* [n_text] the user's message; of completions the
                           prompt as it is */
    size_t n_text;
    const char *answer; /* [n_answer] that the model gave to it, a message of
                           its own; NULL: none. Not for completions */
    size_t n_answer;
    const char *again; /* what the user says to that; NULL: nothing */
    unsigned n;        /* choices, 1 to DC_REQUEST_MAX_N */
    bool has_seed;
    uint32_t seed;
    unsigned max_tokens;
    struct dc_sampling sampling;
    bool logprobs;
    unsigned n_top; /* alternatives asked for; 0: none */
    bool stream;
    const char *const *stop; /* [n_stop] texts that end it */
    size_t n_stop;
    enum dc_think think;
    const struct dc_request_args *args; /* NULL: none */
};

/* Append the body. DC_USAGE: the server can't do what is asked. */
enum dc_status dc_openai_body(const struct dc_openai_req *r, struct dc_buf *out,
                              struct dc_err *err);

#endif
