/*
 * http_head.h - what the lines of a response's header say. For http.c.
 */
#ifndef DC_NET_HTTP_HEAD_H
#define DC_NET_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes kept of a field; the rest is cut. A redirect to a signed address has
 * some 2,000. */
enum { DC_HTTP_MAX_FIELD = 1024, DC_HTTP_MAX_LOCATION = 8192 };

struct dc_http_head {
    bool done; /* the empty line after a final status was read */
    int status;
    char retry_after[DC_HTTP_MAX_FIELD];
    char retry_after_ms[DC_HTTP_MAX_FIELD];
    char date[DC_HTTP_MAX_FIELD];
    char location[DC_HTTP_MAX_LOCATION];
    char type[DC_HTTP_MAX_FIELD];
    char length[DC_HTTP_MAX_FIELD];
    char range[DC_HTTP_MAX_FIELD];
    char etag[DC_HTTP_MAX_FIELD];
    char linked_etag[DC_HTTP_MAX_FIELD];
    char commit[DC_HTTP_MAX_FIELD];
};

void dc_http_head_clear(struct dc_http_head *h);
/*
 * The next line [n], its line end included or not. A status line begins a new
 * header, as after "100 Continue"; lines after the end (trailers) are passed
 * over.
 */
void dc_http_head_line(struct dc_http_head *h, const char *line, size_t n);
/*
 * Seconds that the server asks to wait, at least 0. A date counts from the
 * server's own Date, so that its clock need not be ours; without one from
 * now_s, seconds since 1970. False: it asks nothing, or in words that are not
 * known.
 */
bool dc_http_head_retry_after(const struct dc_http_head *h, double now_s,
                              double *seconds);

#endif
