/*
 * openai_call.h - one request at a server with OpenAI's interface, waited for:
 * what a probe needs, and whoever asks a server now and then.
 *
 * Bounded in bytes and in time. What a busy or starting server says (429, 5xx)
 * and a connection that breaks are asked again a few times; an answer that says
 * no is an answer, for the caller to judge: dc_call_refused() makes an error of
 * it. The key is sent and never shown, nor is the query of a URL.
 */
#ifndef DC_INFER_OPENAI_CALL_H
#define DC_INFER_OPENAI_CALL_H

#include "base/buf.h"
#include "infer/openai_chunk.h"

#include <deepconf/status.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

/* All borrowed until dc_call_close(). */
struct dc_call_cfg {
    const char *url; /* base URL: "http://host:8000/v1" */
    const char *key; /* NULL: none */
    const char
        *key_env; /* the variable it is from, for messages; may be NULL */
    unsigned connect_ms, silence_ms;
    unsigned total_ms; /* at most for a request, tries and pauses included */
    unsigned tries;    /* at most of a request */
    const atomic_int *stop; /* NULL; once it is set: DC_INTERRUPTED */
};
/* 15 s to connect, 60 s of silence, 2 minutes in all, 3 tries. */
struct dc_call_cfg dc_call_cfg_default(const char *url);

struct dc_call;
/* DC_USAGE: the URL or the key is none. Sends nothing. */
enum dc_status dc_call_open(const struct dc_call_cfg *c, struct dc_call **out,
                            struct dc_err *err);
void dc_call_close(struct dc_call *c); /* c may be NULL */

/* Pointers hold until the next request. */
struct dc_call_reply {
    const char *url;  /* that was asked, safe to show */
    int status;       /* of HTTP */
    const char *body; /* [n_body], NUL behind it; of a stream nothing */
    size_t n_body;
    bool streamed; /* the answer was a stream of events */
    bool done;     /* and ended in [DONE] */
    bool enough;   /* take() had enough: the connection was closed */
    double ms;     /* that the try took which was answered */
    /* What the server says, safe to show and cut; of a refusal only, "" for
     * nothing. */
    const char *words;
    const char
        *key_from; /* where the key that was sent is from; NULL: none was */
};

/*
 * A chunk of the answer, or the whole of one that is not streamed. False: that
 * is enough, and the connection is closed. NULL: a try begins, and what came
 * before is void.
 */
typedef bool dc_call_take(void *arg, const struct dc_chunk *chunk);

/*
 * GET path, which stands behind the base URL, or behind its root (the URL
 * without its "/v1") if it begins with "/". DC_BACKEND: no answer came;
 * DC_INTERRUPTED.
 */
enum dc_status dc_call_get(struct dc_call *c, const char *path,
                           struct dc_call_reply *out, struct dc_err *err);
struct dc_call_question {
    const char *path;
    const struct dc_buf *body;
    dc_call_take *take; /* NULL: nobody wants the chunks */
    void *arg;
};
/*
 * POST a body. DC_BACKEND: no answer came, or one that is neither JSON nor a
 * stream; an answer with a status of 300 or more is DC_OK, and nothing is
 * taken.
 */
enum dc_status dc_call_post(struct dc_call *c, const struct dc_call_question *q,
                            struct dc_call_reply *out, struct dc_err *err);

/* DC_BACKEND: what was asked, what the server answered, and what to do. */
enum dc_status dc_call_refused(const struct dc_call_reply *r,
                               struct dc_err *err);

/* The URL of path, as dc_call_get() makes it; caller frees. */
char *dc_openai_url(const char *base, const char *path);
/* A URL without what may be secret in it: its query. Caller frees. */
char *dc_openai_url_shown(const char *url);

#endif
