/*
 * served_ask_priv.h - what served_ask.c (opening), served_send.c (requests),
 * served_reply.c and served_choose.c share: asking a model at a server.
 */
#ifndef DC_INFER_SERVED_ASK_PRIV_H
#define DC_INFER_SERVED_ASK_PRIV_H

#include "base/buf.h"
#include "infer/ask_priv.h"
#include "infer/openai_client.h"
#include "infer/openai_probe.h"
#include "infer/server.h"

enum {
    DC_SERVED_PLACES = 256, /* requests that may be in flight */
    DC_SERVED_NAME = 65,    /* info.model */
    DC_SERVED_HOW = 64      /* info.how */
};

struct dc_served_ask {
    struct dc_ask base;
    char *url, *model, *form;
    char *answered, *then; /* of a chat, behind the form; NULL: nothing */
    char *system;          /* NULL: none */
    char *key, *key_env;   /* NULL: none is sent */
    const char *url_list[1];
    enum dc_api api;
    unsigned max_tokens;
    struct dc_probe probe;
    struct dc_client *client;
    struct dc_request_args *args; /* of every request; NULL: none */
    unsigned n_top;               /* of a list that answers are read from */
    bool forced;                  /* answers are weighed by prompt_logprobs */
    char name[DC_SERVED_NAME], how[DC_SERVED_HOW];
    struct dc_buf note;
};

/* ---- requests (served_send.c) ---- */

/* What came of a request. */
struct dc_served_answer {
    enum dc_finish finish;
    bool failed; /* ERROR: the server answers it with nothing but failures */
    const struct dc_chunk *chunk; /* NULL with CONTEXT, FILTER and failed */
    const struct dc_chunk_choice *choice; /* NULL: there is none */
};

/* Requests 0 .. n - 1, many in flight together. */
struct dc_served_job {
    size_t n;
    /* Append the body of request i. DC_DATA: it is too long to be sent, and
     * answered by CONTEXT; any other status ends the job. */
    enum dc_status (*body)(void *arg, size_t i, struct dc_buf *out,
                           struct dc_err *err);
    /* Request i is sent, or made again: what was taken of it is void. */
    void (*begin)(void *arg, size_t i);
    /* The answer of request i, or a part of it from a server that streams
     * unasked; x holds until this returns. NULL, or why it is no answer, in
     * words: then it is asked for again. */
    const char *(*take)(void *arg, size_t i, const struct dc_served_answer *x);
    void *arg;
};

/* DC_BACKEND: the server can't go on; what was taken stands. */
enum dc_status dc_served_run(struct dc_served_ask *a,
                             const struct dc_served_job *job,
                             struct dc_err *err);

/* The form filled with a pair, and text behind it, to be gone on with. */
struct dc_served_req {
    const struct dc_ask_pair *pair;
    const char *then[2];        /* NULL: nothing */
    unsigned max_tokens, n_top; /* n_top 0: no log-probabilities */
};
/* DC_DATA: too long; DC_USAGE: the server does not take it. */
enum dc_status dc_served_body(const struct dc_served_ask *a,
                              const struct dc_served_req *r, struct dc_buf *out,
                              struct dc_err *err);

/* ---- pairs and scores (served_pair.c) ---- */

/* DC_BACKEND: the server goes on with an answer instead of closing it. */
enum dc_status dc_served_pair_open(struct dc_served_ask *a, struct dc_err *err);
/* Sets n_top; a server that can't give a score is noted. */
void dc_served_score_open(struct dc_served_ask *a);
/* The score of what a reply, so far `text`, gets by x. */
void dc_served_score(const struct dc_served_ask *a, const struct dc_buf *text,
                     const struct dc_served_answer *x, struct dc_ask_reply *r);
/* What a user should know of it. */
void dc_served_note(struct dc_served_ask *a, const char *text);

/* ---- replies ---- */

enum dc_status dc_served_reply(struct dc_ask *a, const struct dc_ask_pair *pair,
                               size_t n, struct dc_ask_reply *out,
                               struct dc_err *err);
enum dc_status dc_served_choose(struct dc_ask *a,
                                const struct dc_ask_pair *pair, size_t n,
                                struct dc_ask_reply *out, struct dc_err *err);
/* DC_BACKEND: the server can't weigh answers. Sets how it is done. */
enum dc_status dc_served_choose_open(struct dc_served_ask *a,
                                     struct dc_err *err);

/*
 * Have the grammar sent with every request, as the server takes it: found by
 * asking under one that lets a single odd word pass. *taken false: it takes
 * none, and none is sent.
 */
enum dc_status dc_served_grammar(struct dc_served_ask *a, const char *grammar,
                                 bool *taken, struct dc_err *err);

#endif
