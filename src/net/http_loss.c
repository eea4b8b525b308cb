/*
 * http_loss.c - why a response was lost: a class to act on and words to print.
 */
#include "base/mem.h"
#include "base/utf8.h"
#include "net/http_priv.h"

#include <assert.h>
#include <string.h>

const char *dc_http_loss_text(enum dc_http_loss loss)
{
    static const char *const text[] = {
#define X(name, words) words,
        DC_HTTP_LOSS_LIST(X)
#undef X
    };

    assert((size_t)loss < DC_COUNT(text));
    return text[loss];
}

/* The time to connect was over: had the name been found? */
static enum dc_http_loss loss_late(CURL *easy)
{
    curl_off_t named = 0;

    curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME_T, &named);
    return named == 0 ? DC_HTTP_LOSS_DNS : DC_HTTP_LOSS_CONNECT;
}

static enum dc_http_loss loss_class(const struct dc_http_place *p, CURLcode rc)
{
    if (p->too_large)
        return DC_HTTP_LOSS_TOO_LARGE;
    switch (rc) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return DC_HTTP_LOSS_DNS;
    case CURLE_COULDNT_CONNECT:
    case CURLE_PROXY:
        return DC_HTTP_LOSS_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        return loss_late(p->easy);
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_USE_SSL_FAILED:
        return DC_HTTP_LOSS_TLS;
    case CURLE_FILESIZE_EXCEEDED:
        return DC_HTTP_LOSS_TOO_LARGE;
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
        /* Before the request was sent no response can have been cut. */
        return p->connected ? DC_HTTP_LOSS_RESET : DC_HTTP_LOSS_CONNECT;
    default:
        return DC_HTTP_LOSS_NOT_HTTP;
    }
}

/* libcurl's own words, unless they may quote a proxy's user and password. */
static const char *loss_words(const struct dc_http_place *p, CURLcode rc)
{
    bool own = p->curl_words[0] && !strchr(p->curl_words, '@');

    return own ? p->curl_words : curl_easy_strerror(rc);
}

void dc_http_explain(struct dc_http_place *p, CURLcode rc)
{
    const char *words = loss_words(p, rc);

    p->lost = true;
    p->loss = loss_class(p, rc);
    dc_buf_clear(&p->words);
    if (p->loss == DC_HTTP_LOSS_TOO_LARGE) {
        dc_buf_addf(&p->words, "the response is longer than %llu bytes",
                    (unsigned long long)p->max_body);
        return;
    }
    dc_utf8_display(&p->words, words, strnlen(words, CURL_ERROR_SIZE), 0);
    if (rc == CURLE_PEER_FAILED_VERIFICATION)
        dc_buf_adds(&p->words, " (CURL_CA_BUNDLE=FILE names certificates of "
                               "your own)");
}
