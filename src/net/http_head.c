/*
 * http_head.c - the few fields of a response's header that a client acts on.
 *
 * RFC 9110: names are case-insensitive, white space around a value is not part
 * of it, Retry-After (10.2.3) is whole seconds or a date. Some servers give a
 * fraction of seconds, and some retry-after-ms beside it, which is the finer
 * one.
 */
#include "net/http_head.h"

#include <curl/curl.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void dc_http_head_clear(struct dc_http_head *h)
{
    h->done = false;
    h->status = 0;
    h->retry_after[0] = h->retry_after_ms[0] = h->date[0] = '\0';
    h->location[0] = h->type[0] = h->length[0] = h->range[0] = '\0';
    h->etag[0] = h->linked_etag[0] = h->commit[0] = '\0';
}

static bool head_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void head_begin(struct dc_http_head *h, const char *line, size_t n)
{
    dc_http_head_clear(h);
    /* "HTTP/1.1 429 Too Many Requests": libcurl has refused what is not so. */
    const char *space = memchr(line, ' ', n);
    for (size_t i = 1; space && i <= 3; i++) {
        const char *c = space + i;
        if (c >= line + n || *c < '0' || *c > '9')
            break;
        h->status = h->status * 10 + (*c - '0');
    }
}

/* Where the value of a field of this name is kept, and in how many bytes; NULL:
 * nowhere. */
static char *head_place(struct dc_http_head *h, const char *name, size_t n,
                        size_t *size)
{
    const struct {
        const char *name;
        char *to;
        size_t size;
    } field[] = {
#define X(name, member) {name, h->member, sizeof h->member}
        X("retry-after", retry_after),
        X("retry-after-ms", retry_after_ms),
        X("date", date),
        X("location", location),
        X("content-type", type),
        X("content-length", length),
        X("content-range", range),
        X("etag", etag),
        X("x-linked-etag", linked_etag),
        X("x-repo-commit", commit),
#undef X
    };

    for (size_t i = 0; i < sizeof field / sizeof field[0]; i++)
        if (strlen(field[i].name) == n &&
            !strncasecmp(field[i].name, name, n)) {
            *size = field[i].size;
            return field[i].to;
        }
    return NULL;
}

static void head_field(struct dc_http_head *h, const char *line, size_t n)
{
    const char *colon = memchr(line, ':', n);
    size_t size = 0;
    char *to =
        colon ? head_place(h, line, (size_t)(colon - line), &size) : NULL;

    if (!to)
        return;
    const char *from = colon + 1, *end = line + n;
    while (from < end && head_space(*from))
        from++;
    while (end > from && head_space(end[-1]))
        end--;
    size_t len = (size_t)(end - from);
    if (len >= size)
        len = size - 1;
    memcpy(to, from, len);
    to[len] = '\0';
}

void dc_http_head_line(struct dc_http_head *h, const char *line, size_t n)
{
    size_t rest = 0;

    if (h->done)
        return;
    while (rest < n && head_space(line[rest]))
        rest++;
    if (rest == n)
        h->done = h->status >= 200;
    else if (n > 5 && !memcmp(line, "HTTP/", 5))
        head_begin(h, line, n);
    else
        head_field(h, line, n);
}

/* A number of at least 0 and nothing else. */
static bool head_number(const char *s, double *out)
{
    char *end = NULL;

    if (*s < '0' || *s > '9')
        return false;
    double x = strtod(s, &end);
    if (*end != '\0' || !isfinite(x))
        return false;
    *out = x;
    return true;
}

bool dc_http_head_retry_after(const struct dc_http_head *h, double now_s,
                              double *seconds)
{
    double x;

    if (head_number(h->retry_after_ms, &x)) {
        *seconds = x / 1000;
        return true;
    }
    if (head_number(h->retry_after, seconds))
        return true;
    time_t then = curl_getdate(h->retry_after, NULL);
    if (h->retry_after[0] == '\0' || then == -1)
        return false;
    time_t server = h->date[0] ? curl_getdate(h->date, NULL) : -1;
    x = (double)then - (server == -1 ? now_s : (double)server);
    *seconds = x > 0 ? x : 0;
    return true;
}
