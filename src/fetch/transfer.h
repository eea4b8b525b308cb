/*
 * transfer.h - one GET from its URL to the end of the answer, redirects
 * followed, over src/net.
 *
 * A token goes to the scheme, host and port of the first URL alone: a redirect
 * that leads elsewhere is followed without it. What is fetched so is never run,
 * and whose bytes it is is decided by their SHA-256, not by who sent them.
 */
#ifndef DC_FETCH_TRANSFER_H
#define DC_FETCH_TRANSFER_H

#include "net/http.h"

struct dc_transfer {
    const char *url;
    const char *token;    /* NULL: none */
    uint64_t from;        /* as in struct dc_http_req */
    const char *if_range; /* likewise */
    uint64_t max_body;
    /* optional: called for each header, before its body, a redirect's too
     * (which has no body). A failure ends the transfer. */
    enum dc_status (*head)(void *arg, const struct dc_http_event *e,
                           bool redirect, struct dc_err *err);
    /* required: bytes of the body, those of an answer that is an error too,
     * unless head() has refused it */
    enum dc_status (*data)(void *arg, const char *data, size_t n,
                           struct dc_err *err);
    void *arg;
};

/*
 * Run it. end: where the last redirect led is appended, or NULL. *lost: the
 * connection ended or never was (DC_BACKEND), and another try may go better.
 * Messages open with the address, without its query.
 */
enum dc_status dc_transfer(const struct dc_transfer *t, struct dc_buf *end,
                           bool *lost, struct dc_err *err);

/* Append an address as it may be shown: without query and fragment. */
void dc_transfer_shown(const char *url, struct dc_buf *out);

/*
 * The whole body as text, at most that of out's room. DC_BACKEND: it was lost,
 * or *status is none of 200 to 299; 0: there was none.
 */
enum dc_status dc_transfer_text(const char *url, const char *token,
                                struct dc_buf *out, struct dc_buf *end,
                                int *status, struct dc_err *err);

#endif
