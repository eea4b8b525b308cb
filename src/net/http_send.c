/*
 * http_send.c - a request as libcurl's options, and the callbacks that take
 * what comes back.
 *
 * A callback only stores: libcurl allows no handle to be added or removed
 * inside one.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "net/http_priv.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SET(easy, option, value)                                               \
    http_must(curl_easy_setopt(easy, CURLOPT_##option, value))

/* An option that is refused is a bug of ours, or there is no memory. */
static void http_must(CURLcode rc)
{
    if (rc == CURLE_OUT_OF_MEMORY)
        dc_out_of_memory();
    assert(rc == CURLE_OK);
}

static size_t take_head(char *line, size_t size, size_t n, void *arg)
{
    struct dc_http_place *p = arg;

    dc_http_head_line(&p->head, line, size * n);
    /* A header that never ends, or follows upon another, is silence. */
    if (p->head.done)
        p->last_ms = dc_clock_ms();
    return size * n;
}

static size_t take_body(char *data, size_t size, size_t n, void *arg)
{
    struct dc_http_place *p = arg;

    n *= size;
    p->last_ms = dc_clock_ms();
    /* libcurl keeps these bytes until the others were handed out. */
    if (p->body.n + n > DC_HTTP_PILE && p->body.n > 0) {
        p->paused = true;
        return CURL_WRITEFUNC_PAUSE;
    }
    if (n > p->max_body - p->n_body) {
        p->too_large = true;
        return CURL_WRITEFUNC_ERROR;
    }
    p->n_body += n;
    dc_buf_add(&p->body, data, n);
    return n;
}

/* The connection stands, new or used before: from now on silence counts. */
static int take_connection(void *arg, char *to_ip, char *from_ip, int to_port,
                           int from_port)
{
    struct dc_http_place *p = arg;

    (void)to_ip, (void)from_ip, (void)to_port, (void)from_port;
    p->connected = true;
    p->last_ms = dc_clock_ms();
    return CURL_PREREQFUNC_OK;
}

static void http_header(struct dc_http_place *p, const char *line)
{
    struct curl_slist *more = curl_slist_append(p->header, line);

    if (!more)
        dc_out_of_memory();
    p->header = more;
}

/* Only the end of a file, of which the beginning is there. */
static void http_range(struct dc_http_place *p, const struct dc_http_req *r)
{
    struct dc_buf line;

    if (r->from == 0)
        return;
    dc_buf_init(&line, 4096);
    dc_buf_addf(&line, "Range: bytes=%llu-", (unsigned long long)r->from);
    http_header(p, line.data);
    if (r->if_range) {
        dc_buf_clear(&line);
        dc_buf_addf(&line, "If-Range: %s", r->if_range);
        http_header(p, line.data);
    }
    dc_buf_release(&line);
}

static void http_headers(struct dc_http_place *p, const struct dc_http_req *r)
{
    if (r->body)
        http_header(p, "Content-Type: application/json");
    /* No "100-continue": many servers know nothing of it and let us wait. */
    http_header(p, "Expect:");
    http_range(p, r);
    if (r->bearer) {
        struct dc_buf line;
        dc_buf_init(&line, strlen(r->bearer) + 64);
        dc_buf_addf(&line, "Authorization: Bearer %s", r->bearer);
        http_header(p, line.data);
        memset(line.data, 0, line.n);
        dc_buf_release(&line);
    }
    SET(p->easy, HTTPHEADER, p->header);
    /* None of these for a proxy that is asked for a tunnel. */
    SET(p->easy, HEADEROPT, (long)CURLHEADER_SEPARATE);
}

/* The variables of curl(1), which libcurl itself does not read. */
static void http_certificates(CURL *easy)
{
    const char *bundle = getenv("CURL_CA_BUNDLE");
    const char *file = bundle && *bundle ? bundle : getenv("SSL_CERT_FILE");
    const char *folder = bundle && *bundle ? NULL : getenv("SSL_CERT_DIR");

    /* A libcurl whose TLS has certificates of its own refuses these. */
    if (file && *file) {
        (void)curl_easy_setopt(easy, CURLOPT_CAINFO, file);
        (void)curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, file);
    }
    if (folder && *folder) {
        (void)curl_easy_setopt(easy, CURLOPT_CAPATH, folder);
        (void)curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, folder);
    }
}

static void http_limits(CURL *easy, const struct dc_http_req *r)
{
#if LIBCURL_VERSION_NUM >= 0x075500
    SET(easy, PROTOCOLS_STR, "http,https");
#else
    SET(easy, PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
#if LIBCURL_VERSION_NUM >= 0x075700
    /* Without this an abort waits for the resolver's thread, many seconds. */
    SET(easy, QUICK_EXIT, 1L);
#endif
    SET(easy, NOSIGNAL, 1L);
    SET(easy, FOLLOWLOCATION, 0L);
    SET(easy, HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(easy, SUPPRESS_CONNECT_HEADERS, 1L);
    SET(easy, TCP_KEEPALIVE, 1L);
    /* What is read at once, of which a place holds DC_HTTP_PILE at most. */
    SET(easy, BUFFERSIZE, 4096L);
    SET(easy, UPLOAD_BUFFERSIZE, 16384L);
    SET(easy, CONNECTTIMEOUT_MS, (long)r->connect_ms);
    SET(easy, MAXFILESIZE_LARGE, (curl_off_t)r->max_body);
}

void dc_http_prepare(struct dc_http_place *p, const struct dc_http_req *r)
{
    /* A new one each time: reset, an old one would keep a receive buffer of
     * another size than its options say. Connections are the multi handle's. */
    CURL *easy = curl_easy_init();

    if (!easy)
        dc_out_of_memory();
    p->easy = easy;
    SET(easy, PRIVATE, p);
    SET(easy, URL, r->url);
    SET(easy, USERAGENT, "deepconf/" DC_VERSION);
    p->curl_words[0] = '\0';
    SET(easy, ERRORBUFFER, p->curl_words);
    SET(easy, HEADERFUNCTION, take_head);
    SET(easy, HEADERDATA, p);
    SET(easy, WRITEFUNCTION, take_body);
    SET(easy, WRITEDATA, p);
    SET(easy, PREREQFUNCTION, take_connection);
    SET(easy, PREREQDATA, p);
    if (r->body) {
        SET(easy, POSTFIELDSIZE_LARGE, (curl_off_t)r->n_body);
        SET(easy, COPYPOSTFIELDS, r->body);
    }
    http_headers(p, r);
    http_certificates(easy);
    http_limits(easy, r);
}
