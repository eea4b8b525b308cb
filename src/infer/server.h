/*
 * server.h - which servers a model is asked at, and how.
 */
#ifndef DC_INFER_SERVER_H
#define DC_INFER_SERVER_H

#include "infer/openai_req.h"

#include <stdatomic.h>
#include <stddef.h>

enum { DC_SERVER_MAX_URL = 64 }; /* of one model */

/* What a probe is about to ask a server. */
struct dc_probe_step {
    const char *url;  /* safe to show */
    const char *what; /* "a streamed answer" */
    unsigned at, n;   /* the first of n is 1 */
};

/* Who looks on while servers are probed, which may take minutes; all NULL:
 * nobody. */
struct dc_server_watch {
    const atomic_int *stop; /* once it is set: DC_INTERRUPTED */
    void (*asks)(void *arg, const struct dc_probe_step *s);
    void *arg;
};

/* All borrowed for as long as the backend is open. */
struct dc_server_cfg {
    const char *const *url; /* [n_url] base URLs, "http://host:8000/v1" */
    size_t n_url;           /* 1 to DC_SERVER_MAX_URL */
    /* The environment variable that holds the key; NULL: none is sent. Its
     * value is never stored or printed. */
    const char *key_env;
    enum dc_api api;    /* COMPLETIONS: the prompt is sent as it is, no chat */
    unsigned in_flight; /* requests at each URL; 0: as many as go well */
    unsigned connect_s; /* for name, connection and TLS */
    unsigned silence_s; /* without a token: the request is lost */
    unsigned retries;   /* of one request, besides waiting for a 429 */
    const struct dc_request_args *args; /* NULL: none */
    bool closes; /* answers will be closed before they end: the probe finds out
                    whether that stops the server */
    struct dc_server_watch watch;
};
/* No URL, no key, chat, 15 s, 300 s, 8 retries. */
struct dc_server_cfg dc_server_cfg_default(void);

/* Bytes of url [n], a base URL, without slashes at its end. */
size_t dc_server_url_end(const char *url, size_t n);

/*
 * Overwrite in s, words of a server, what stands there of the key with stars:
 * gateways repeat the header that they refuse, and a message may hold a part
 * alone, as it is cut. key: NULL, or shorter than 4 bytes: nothing is a secret.
 */
void dc_server_hide_key(char *s, const char *key);

#endif
