/*
 * pool.h - the one driver of a backend: it puts traces into free slots, gathers
 * what comes of them, and hands over each that has ended.
 *
 * run, deepthink and the speed measurement differ in which trace comes next and
 * in what becomes of one, and in nothing else. They start traces as long as
 * there is room, then poll, again and again.
 */
#ifndef DC_INFER_POOL_H
#define DC_INFER_POOL_H

#include "base/buf.h"
#include "infer/backend.h"

/* An alternative of a token, as it is kept. */
struct dc_pool_alt {
    int32_t id;        /* -1 without a vocabulary, and of none */
    bool has_bytes;    /* without a vocabulary; false there: of none */
    uint32_t off, len; /* its bytes in alt_text */
    float logprob;
};

/* A trace in its slot. All memory is the pool's, until the call that hands it
 * over returns. */
struct dc_pool_trace {
    unsigned slot;
    void *tag; /* the caller's */
    uint32_t index;
    struct dc_buf text;
    struct dc_token *tok; /* [n_tok] */
    size_t *end;          /* [n_tok] bytes of text behind each token */
    float *conf;          /* [n_tok] of tok, for its windows */
    size_t n_tok;
    unsigned parts; /* that every token has; of none: all */
    /* [n_tok * n_top] the most probable first; rows are filled up with such as
     * stand for none; n_top as in dc_pool_cfg, NULL for 0 */
    struct dc_pool_alt *alt;
    struct dc_buf alt_text;
    size_t n_prompt;  /* tokens of the prompt; 0: not known */
    bool has_first;   /* false: there is no token, or it came with all others */
    double first_ms;  /* until the first token */
    double ms;        /* in all, of the last attempt */
    unsigned attempt; /* 1: it was asked for once */
    unsigned endpoint;
    bool out; /* what gives it has it; false: it waits to be sent to a server */
    /* once it has ended */
    enum dc_finish finish; /* LENGTH of one that was cut */
    bool cut;              /* by enough() */
    const char *words;     /* the provider's own for its finish; or NULL */
    /* private */
    bool busy;
    size_t cap_tok;
};

struct dc_pool_cfg {
    const struct dc_backend_ops *ops;
    struct dc_backend *backend;
    unsigned n_slots;
    unsigned n_ctx; /* of begin() */
    unsigned n_top; /* alternatives kept of each token */
    /* A token was added: is that enough? Then the trace is cancelled and ends,
     * cut. May be NULL. */
    bool (*enough)(void *arg, struct dc_pool_trace *t);
    /*
     * t->out has changed, and of attempt t->attempt. With true nothing has been
     * sent yet: the next poll does. A status ends the poll. May be NULL.
     */
    enum dc_status (*moved)(void *arg, struct dc_pool_trace *t,
                            struct dc_err *err);
    /*
     * required. t has ended and its slot is free; another trace may be started
     * once the poll has returned. A status ends the poll, and nothing but
     * dc_pool_close() may follow.
     */
    enum dc_status (*ended)(void *arg, struct dc_pool_trace *t,
                            struct dc_err *err);
    void *arg;
};

struct dc_pool;

/* A number of slots where nobody wants another: what the backend likes, or 16.
 */
unsigned dc_pool_usual_slots(const struct dc_backend_caps *caps);

/* Calls the backend's begin(). What that returns. */
enum dc_status dc_pool_open(const struct dc_pool_cfg *c, struct dc_pool **out,
                            struct dc_err *err);
/* Cancels what runs; p may be NULL. The backend stays open. */
void dc_pool_close(struct dc_pool *p);

unsigned dc_pool_n_busy(const struct dc_pool *p);
unsigned dc_pool_n_free(const struct dc_pool *p);

/*
 * Start a trace in a free slot, the lowest; there must be one. *t (or NULL) is
 * where it will be gathered: its tag is the caller's until it has ended. What
 * the backend's start() returns.
 */
enum dc_status dc_pool_start(struct dc_pool *p, const struct dc_trace_req *req,
                             void *tag, struct dc_pool_trace **t,
                             struct dc_err *err);
/* Take a running trace out; ended() is not called for it. */
void dc_pool_cancel(struct dc_pool *p, struct dc_pool_trace *t);
/* The running traces, by slot: the first behind `after` (NULL: of all), or
 * NULL. */
struct dc_pool_trace *dc_pool_next(struct dc_pool *p,
                                   const struct dc_pool_trace *after);

/* Poll the backend once, which waits for a quarter of a second at most, and
 * deal with what came. What the backend's poll or ended() returns. */
enum dc_status dc_pool_poll(struct dc_pool *p, struct dc_err *err);

/* Tokens that came since it was opened, of traces that were begun anew too. */
uint64_t dc_pool_n_tok(const struct dc_pool *p);

#endif
