/*
 * http_url.c - which URLs and keys are sent to and with.
 *
 * Both hold secrets when a user errs: a key in front of the host or in the
 * query, a key with a line end that would write a header of its own. So what is
 * refused is described, and of a URL only scheme and host are shown.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "net/http.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <string.h>
#include <strings.h>

enum { URL_SHOWN = 200 }; /* columns of a host in a message */

/* A part of a URL as text, "" if it has none; curl_free() it. */
static bool url_part(CURLU *u, CURLUPart part, char **out)
{
    return curl_url_get(u, part, out, 0) == CURLUE_OK;
}

static bool url_has(CURLU *u, CURLUPart part)
{
    char *s = NULL;
    bool has = url_part(u, part, &s);

    curl_free(s);
    return has;
}

static enum dc_status url_refuse(CURLU *u, const char *why, struct dc_err *err)
{
    char *scheme = NULL, *host = NULL;
    struct dc_buf shown;

    dc_buf_init(&shown, 8 * URL_SHOWN + 64);
    if (url_part(u, CURLUPART_SCHEME, &scheme) &&
        url_part(u, CURLUPART_HOST, &host)) {
        dc_utf8_display(&shown, scheme, strnlen(scheme, 16), 16);
        dc_buf_adds(&shown, "://");
        dc_utf8_display(&shown, host, strnlen(host, URL_SHOWN), URL_SHOWN);
    }
    enum dc_status st = dc_fail(err, DC_USAGE, "the URL %s%s%s", shown.data,
                                shown.n ? "... " : "", why);
    dc_buf_release(&shown);
    curl_free(host);
    curl_free(scheme);
    return st;
}

static enum dc_status url_check(CURLU *u, struct dc_err *err)
{
    char *scheme = NULL;

    url_part(u, CURLUPART_SCHEME, &scheme);
    bool web = scheme && (!strcmp(scheme, "http") || !strcmp(scheme, "https"));
    curl_free(scheme);
    if (!web)
        return url_refuse(u, "must begin with http:// or https://", err);
    if (url_has(u, CURLUPART_USER) || url_has(u, CURLUPART_PASSWORD))
        return url_refuse(u,
                          "has a user or a password in front of its host (not "
                          "shown): put the key into an environment variable",
                          err);
    if (url_has(u, CURLUPART_FRAGMENT))
        return url_refuse(u, "has a part behind \"#\", which no server sees",
                          err);
    return DC_OK;
}

enum dc_status dc_http_check_url(const char *url, struct dc_err *err)
{
    CURLU *u = curl_url();

    if (!u)
        return dc_fail(err, DC_BACKEND, "libcurl has no memory");
    /* Schemes that libcurl has no words for are refused below, by name. */
    CURLUcode rc =
        curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME);
    enum dc_status st = DC_OK;
    if (rc != CURLUE_OK)
        st = dc_fail(err, DC_USAGE,
                     "a URL of %zu bytes can't be read (it is not shown, as it "
                     "may hold a key): expected http://HOST:PORT/PATH or "
                     "https://HOST/PATH",
                     strlen(url));
    else
        st = url_check(u, err);
    curl_url_cleanup(u);
    return st;
}

/* ---- from one to another ---- */

bool dc_http_same_origin(const char *a, const char *b)
{
    static const CURLUPart part[] = {CURLUPART_SCHEME, CURLUPART_HOST,
                                     CURLUPART_PORT};
    CURLU *u[2] = {curl_url(), curl_url()};
    bool same = u[0] && u[1] &&
                curl_url_set(u[0], CURLUPART_URL, a, 0) == CURLUE_OK &&
                curl_url_set(u[1], CURLUPART_URL, b, 0) == CURLUE_OK;

    for (size_t i = 0; i < DC_COUNT(part) && same; i++) {
        char *x = NULL, *y = NULL;
        same =
            curl_url_get(u[0], part[i], &x, CURLU_DEFAULT_PORT) == CURLUE_OK &&
            curl_url_get(u[1], part[i], &y, CURLU_DEFAULT_PORT) == CURLUE_OK &&
            !strcasecmp(x, y);
        curl_free(y);
        curl_free(x);
    }
    curl_url_cleanup(u[1]);
    curl_url_cleanup(u[0]);
    return same;
}

enum dc_status dc_http_join(const char *from, const char *to,
                            struct dc_buf *out, struct dc_err *err)
{
    char *url = NULL;
    CURLU *u = curl_url();
    enum dc_status st = DC_OK;

    bool ok = u && to[0] &&
              curl_url_set(u, CURLUPART_URL, from, 0) == CURLUE_OK &&
              curl_url_set(u, CURLUPART_URL, to, 0) == CURLUE_OK &&
              curl_url_set(u, CURLUPART_FRAGMENT, NULL, 0) == CURLUE_OK &&
              curl_url_get(u, CURLUPART_URL, &url, 0) == CURLUE_OK;
    if (!ok)
        st = dc_fail(err, DC_DATA, "the server redirects to what is no URL");
    else if (dc_http_check_url(url, err))
        st = dc_err_prefix(err, DC_DATA, "the server redirects");
    else if (!strncasecmp(from, "https:", 6) && strncasecmp(url, "https:", 6))
        st = dc_fail(err, DC_DATA,
                     "the server redirects from https to http, where nothing "
                     "is encrypted: this is not followed");
    if (!st)
        dc_buf_adds(out, url);
    curl_free(url);
    curl_url_cleanup(u);
    return st;
}

/* "localhost", also as the end of a name (RFC 6761), 127.0.0.0/8 and ::1. */
static bool url_is_loopback(const char *host)
{
    static const char name[] = "localhost";
    size_t n = strlen(host), m = sizeof name - 1;
    unsigned char ip[4];

    if (n >= m && strcasecmp(host + n - m, name) == 0 &&
        (n == m || host[n - m - 1] == '.'))
        return true;
    return strcmp(host, "[::1]") == 0 ||
           (inet_pton(AF_INET, host, ip) == 1 && ip[0] == 127);
}

bool dc_http_is_clear(const char *url)
{
    char *scheme = NULL, *host = NULL;
    CURLU *u = curl_url();

    bool clear = u && curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK &&
                 url_part(u, CURLUPART_SCHEME, &scheme) &&
                 url_part(u, CURLUPART_HOST, &host) &&
                 strcmp(scheme, "http") == 0 && !url_is_loopback(host);
    curl_free(host);
    curl_free(scheme);
    curl_url_cleanup(u);
    return clear;
}

enum dc_status dc_http_check_key(const char *key, struct dc_err *err)
{
    size_t n = strlen(key);

    if (n == 0)
        return dc_fail(err, DC_USAGE, "the key for the server is empty");
    for (size_t i = 0; i < n; i++)
        if (key[i] <= ' ' || key[i] > '~')
            return dc_fail(err, DC_USAGE,
                           "the key for the server can't stand in a header: "
                           "byte %zu of %zu is a space, a line end or no "
                           "ASCII. Set the variable again without it",
                           i + 1, n);
    return DC_OK;
}
