/*
 * http_priv.h - a place of http.h's table, for http.c and http_send.c.
 */
#ifndef DC_NET_HTTP_PRIV_H
#define DC_NET_HTTP_PRIV_H

#include "base/buf.h"
#include "net/http.h"
#include "net/http_head.h"

#include <curl/curl.h>
#include <stdint.h>

enum {
    DC_HTTP_WORDS = 1024,
    DC_HTTP_PILE = 32768 /* bytes of a response that wait to be handed out */
};

enum dc_http_state {
    DC_HTTP_EMPTY,
    DC_HTTP_FLYING, /* libcurl has it */
    DC_HTTP_OVER    /* libcurl is done with it; its last event waits */
};

struct dc_http_place {
    enum dc_http_state state;
    CURL *easy; /* while FLYING; NULL else */
    struct curl_slist *header;
    char curl_words[CURL_ERROR_SIZE];
    /* of the response */
    struct dc_http_head head;
    bool head_told;
    struct dc_buf
        body;       /* bytes that were not handed out, or by the last poll */
    bool body_told; /* by the last poll: the next one forgets them */
    bool paused;    /* libcurl holds bytes back, as there are enough here */
    uint64_t n_body, max_body; /* bytes so far, and at most */
    bool too_large;
    /* silence */
    bool connected;
    double last_ms; /* when a byte was last received, or the connection was */
    unsigned silence_ms;
    curl_off_t n_sent;
    /* how it ended */
    bool lost;
    enum dc_http_loss loss;
    struct dc_buf words;
};

struct dc_http {
    CURLM *multi;
    unsigned n_max, first;       /* first: whose turn it is to be handed out */
    struct dc_http_place *place; /* [n_max] */
};

/* Makes p->easy with all options of a request, ready to be added. */
void dc_http_prepare(struct dc_http_place *p, const struct dc_http_req *r);
/* Sets loss and words of a request that libcurl ended with rc. */
void dc_http_explain(struct dc_http_place *p, CURLcode rc);

#endif
