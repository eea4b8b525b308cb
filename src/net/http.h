/*
 * http.h - HTTP requests in flight: the one place that knows libcurl.
 *
 * A table of n_max places, each empty or with one request in flight. send()
 * fills a place and does no I/O; poll() does all of it and says what came, for
 * many requests at once; abort() empties a place and closes its connection,
 * from which a server learns that nobody reads on and stops its work. A place
 * is empty again after an event with END or LOST, and after abort().
 *
 * One event of a poll says all that is new of its request, and no request has
 * two events in one poll. So a caller who walks through the events may abort
 * requests and send others under the same ids: no event of an old one follows.
 *
 * HTTP/1.1, a connection for each request, kept and used again. Redirects are
 * not followed but reported, so that a key reaches no other host than the one
 * that was named. Proxies are those of http_proxy, https_proxy, all_proxy and
 * no_proxy, and certificates those of CURL_CA_BUNDLE, SSL_CERT_FILE and
 * SSL_CERT_DIR or the system's: the environment of curl(1).
 *
 * A key travels in the Authorization header alone. No message holds it, nor
 * the user, the query or the fragment of a URL.
 *
 * SIGPIPE must be ignored, as the program does: some of libcurl's TLS libraries
 * write where nobody reads any more.
 */
#ifndef DC_NET_HTTP_H
#define DC_NET_HTTP_H

#include "base/buf.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dc_http;

struct dc_http_req {
    const char *url;  /* http:// or https:// */
    const char *body; /* [n_body] JSON to POST; NULL: a GET */
    size_t n_body;
    const char *bearer;  /* key for the Authorization header; NULL: none */
    unsigned connect_ms; /* > 0: at most, for name, connection and TLS */
    /* > 0: connected, and for so long no whole header, or no byte behind it:
     * LOST. Comments that a gateway sends to keep the line open are bytes: who
     * waits for tokens has a clock of his own. */
    unsigned silence_ms;
    uint64_t from; /* > 0: only the bytes from there on (Range) */
    /* with from: all of them if the file has another ETag by now; NULL: none */
    const char *if_range;
    size_t max_body; /* bytes of a response; one with more is LOST */
};
/* A POST or GET with time-outs of 15 s and 5 minutes and a maximum of 1 GiB. */
struct dc_http_req dc_http_req_default(const char *url);

/* What an event says; several at once are the rule, and hold in this order. */
enum {
    DC_HTTP_HEAD = 1, /* status and what the header says */
    DC_HTTP_DATA = 2, /* bytes of the body */
    DC_HTTP_END = 4,  /* the response is whole */
    DC_HTTP_LOST = 8  /* it will never be whole; the server may be well */
};

/* Why a response is lost. */
#define DC_HTTP_LOSS_LIST(X)                                                   \
    X(DNS, "name not found")                                                   \
    X(CONNECT, "no connection")                                                \
    X(TLS, "no TLS")                                                           \
    X(SILENCE, "silence")                                                      \
    X(RESET, "connection closed")                                              \
    X(TOO_LARGE, "too large")                                                  \
    X(NOT_HTTP, "not HTTP")

enum dc_http_loss {
#define X(name, text) DC_HTTP_LOSS_##name,
    DC_HTTP_LOSS_LIST(X)
#undef X
};
const char *dc_http_loss_text(enum dc_http_loss loss);

struct dc_http_event {
    unsigned id;
    unsigned what; /* DC_HTTP_* or-ed */
    /* with HEAD; strings are what the server sent, hostile, "" for none */
    int status;           /* 200, 429, ... */
    bool has_retry_after; /* Retry-After, or retry-after-ms */
    double
        retry_after_s; /* >= 0; from now, also where the server names a date */
    const char *location; /* of a redirect, which is not followed */
    const char *type;     /* Content-Type */
    const char *length;   /* Content-Length */
    const char *range;    /* Content-Range, of status 206 and 416 */
    const char *etag;
    /* of the file that a hub of models redirects to: its SHA-256 if the hub
     * keeps it as a large file, and the commit that it is of */
    const char *linked_etag, *commit;
    /* with DATA */
    const char *data; /* [n] */
    size_t n;
    /* with LOST */
    enum dc_http_loss loss;
    const char *words; /* a sentence without its full stop, safe to print */
}; /* pointers hold until the next poll or free, whatever is sent or aborted */

/* Places 0 .. n_max - 1, all empty. Never fails. */
struct dc_http *dc_http_create(unsigned n_max);
void dc_http_free(struct dc_http *h);

/*
 * Is this a URL to send to: http or https, with a host, without user, password
 * and fragment? DC_USAGE says what it is not, and shows nothing secret of it.
 */
enum dc_status dc_http_check_url(const char *url, struct dc_err *err);
/* Do both lead to the same scheme, host and port? */
bool dc_http_same_origin(const char *a, const char *b);
/*
 * Append where `to`, the Location of a response from `from` or a link in it,
 * leads to; its fragment is left out. DC_DATA: nowhere that could be asked, or
 * from https to http.
 */
enum dc_status dc_http_join(const char *from, const char *to,
                            struct dc_buf *out, struct dc_err *err);
/* Does what is sent there cross a network unencrypted: http, to a host that is
 * not this machine? */
bool dc_http_is_clear(const char *url);
/* Is this a key that a header can carry: printable ASCII, no space? */
enum dc_status dc_http_check_key(const char *key, struct dc_err *err);

/*
 * Send r from place id, which must be empty; everything of r is copied.
 * DC_USAGE: the URL or the key is refused, and the place stays empty.
 */
enum dc_status dc_http_send(struct dc_http *h, unsigned id,
                            const struct dc_http_req *r, struct dc_err *err);
/* Empty a place, if it isn't: the connection of an unfinished request closes.
 */
void dc_http_abort(struct dc_http *h, unsigned id);
bool dc_http_busy(const struct dc_http *h, unsigned id);

/*
 * Up to max events to ev. Waits at most wait_ms for one, less if a signal comes
 * or libcurl has something to do: no event is no proof that wait_ms have
 * passed. What did not fit into max is handed out by the next calls, and until
 * then nothing more is read from any server.
 */
size_t dc_http_poll(struct dc_http *h, unsigned wait_ms,
                    struct dc_http_event *ev, size_t max);

#endif
