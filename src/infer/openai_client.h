/*
 * openai_client.h - requests in flight at one or several base URLs of one
 * model: sent, read chunk by chunk, and made again where they are lost.
 *
 * Places 0 .. n_max - 1, each empty or with a request. A request keeps its
 * place through all of its attempts; which of the URLs it goes to, how many are
 * in flight at each (openai_limit.h), and when a lost one is made again is
 * decided here, by the retry table of openai_fault.h: at another URL at once,
 * else after max(what the server asks for, 0.5 s * 2^n up to 60 s, with a
 * jitter that follows from the request's seed). What can't be mended is a
 * status of wait(), for good; it never ends a request.
 *
 * With `announces` a request that is about to go out is told of, and sent by
 * the wait() behind, so that a caller can write down before that it was.
 *
 * Requests that differ in nothing but seeds that follow on each other may go
 * out as the choices of one (`several`). That is between the client and the
 * server: each place is told of by itself, may be emptied alone, and has its
 * own retries. What is lost of a request for several is made again one by one.
 *
 * next() hands out what has come, one thing at a time, and does no I/O; once it
 * has nothing left, wait() sends and receives. So no more of a stream is read
 * from JSON than its reader takes.
 */
#ifndef DC_INFER_OPENAI_CLIENT_H
#define DC_INFER_OPENAI_CLIENT_H

#include "infer/openai_chunk.h"
#include "infer/server.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dc_client_cfg {
    const char *const *url; /* [n_url] base URLs, borrowed */
    size_t n_url;           /* 1 to DC_SERVER_MAX_URL */
    enum dc_api api;
    const char *key, *key_env; /* of the Authorization header, and where it is
                                  from; NULL: none is sent. Borrowed. */
    unsigned n_max;            /* places */
    unsigned in_flight;        /* at each URL; 0: as many as go well ... */
    unsigned n_slots;          /* ... and this many where the server said so */
    bool stream;               /* what the requests' bodies ask for */
    unsigned connect_ms;
    unsigned silence_ms; /* without a token, once an answer has begun; ten times
                            as long for an answer in one piece */
    unsigned retries;    /* of a request, besides those for a 429 */
    unsigned backoff_ms, backoff_max_ms; /* the first, and the longest */
    double limited_ms; /* a request that hears nothing but 429 for so long is
                          given up */
    bool fails_alone;  /* a request that a server answers with nothing but
                          failures ends by itself, and not the client */
    bool announces;    /* what is about to be sent is told before */
    /*
     * Append the body, for an answer in one piece, of n choices the first of
     * which is what place id asks for. NULL: each place has a request of its
     * own. Not with fails_alone.
     */
    void (*several)(void *arg, unsigned id, unsigned n, struct dc_buf *out);
    void *arg;
};
/* 15 s, 300 s, 8 retries, 0.5 s to 60 s, 30 minutes. */
struct dc_client_cfg dc_client_cfg_default(void);
/* The default, at these servers as they are to be asked; without a key, whose
 * value s does not have. */
struct dc_client_cfg dc_client_cfg_of(const struct dc_server_cfg *s);

enum dc_client_what {
    DC_CLIENT_CHUNK,   /* of the answer */
    DC_CLIENT_WHOLE,   /* the answer is over; the place is empty, unless the
                          answer is rejected before the next call of next() */
    DC_CLIENT_RESTART, /* nothing of what came counts: it is made again. Not
                          told where the server can't have drawn anything (429,
                          503, no connection) */
    DC_CLIENT_CONTEXT, /* the prompt is too long; the place is empty */
    DC_CLIENT_FILTER,  /* a filter refused the prompt; the place is empty */
    DC_CLIENT_FAILED,  /* with fails_alone: no retry is left; the place is
                          empty */
    /* with announces: */
    DC_CLIENT_SENDING, /* the next call of wait() sends it */
    DC_CLIENT_HELD     /* the server took nothing of it: it is not under way,
                          and perhaps sent again */
};

struct dc_client_event {
    enum dc_client_what what;
    unsigned id;
    const struct dc_chunk *chunk; /* until the next call of next() */
    const char *words;  /* of the server, with CONTEXT, FILTER and FAILED; until
                           the next call of wait(); safe to print */
    bool whole;         /* the answer comes in one piece, its only chunk */
    unsigned choice, n; /* of the chunk's n choices this place has that with
                           index `choice`; else 0 of 1 */
    unsigned attempt;   /* 1: the first, and one more with each RESTART, which
                           has that of the one to come */
    unsigned url;       /* from 0 */
    double ms;          /* since this attempt was sent */
};

/* A request. All borrowed until it is sent, which copies. */
struct dc_client_ask {
    const char *body; /* [n_body] JSON */
    size_t n_body;
    /*
     * [n_whole] the same, but for an answer in one piece; NULL: none. It goes
     * out in place of body where that costs nothing: at a server that has as
     * many requests in flight as it may ever have (how many go well shows when
     * streams begin), and until the first answer in one piece is lost. What
     * lost it may be a time limit between here and the server, and would lose
     * long answers more often than short ones.
     */
    const char *whole;
    size_t n_whole;
    uint32_t seed;
    uint64_t kin;    /* alike in requests that may be choices of one; 0: none */
    unsigned n_most; /* choices of one; 1: it is asked for alone */
};

/* What was done so far. */
struct dc_client_counts {
    unsigned n_in_flight;           /* choices of requests */
    uint64_t n_request;             /* sent */
    uint64_t n_retry;               /* attempts behind a first one */
    uint64_t n_limited;             /* answers "too many requests" */
    uint64_t n_fault;               /* answers that were wrong */
    uint64_t n_odd[DC_CHUNK_N_ODD]; /* passed over in chunks */
};

struct dc_client;

/* DC_USAGE: a URL or the key can't be sent to or with. */
enum dc_status dc_client_create(const struct dc_client_cfg *cfg,
                                struct dc_client **out, struct dc_err *err);
void dc_client_free(struct dc_client *c); /* c may be NULL */

/* Put a request into an empty place. No I/O. */
void dc_client_send(struct dc_client *c, unsigned id,
                    const struct dc_client_ask *ask);
/* Empty a place, if it isn't; the connection closes. */
void dc_client_abort(struct dc_client *c, unsigned id);
/* A token came of the request: it is not silent. */
void dc_client_alive(struct dc_client *c, unsigned id);
/* What came of the request is wrong, as `words` say: make it again. The RESTART
 * is handed out next. */
void dc_client_reject(struct dc_client *c, unsigned id, const char *words);
bool dc_client_busy(const struct dc_client *c, unsigned id);

/* The next thing that came; false: nothing is left, and wait() may be called.
 */
bool dc_client_next(struct dc_client *c, struct dc_client_event *e);
/*
 * Send and receive; waits for at most wait_ms, less if a signal comes. next()
 * must have said that nothing is left. DC_BACKEND, and the same from then on:
 * requests can't be answered.
 */
enum dc_status dc_client_wait(struct dc_client *c, unsigned wait_ms,
                              struct dc_err *err);

void dc_client_counts(const struct dc_client *c, struct dc_client_counts *out);

#endif
