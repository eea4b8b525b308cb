/*
 * A response's header: status, Retry-After in all its forms, what is cut.
 */
#include "base/mem.h"
#include "net/http_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Lines joined by LF into h. */
static void read_lines(struct dc_http_head *h, const char *text)
{
    dc_http_head_clear(h);
    while (*text) {
        size_t n = strcspn(text, "\n") + 1;
        dc_http_head_line(h, text, n);
        text += n;
    }
}

#define NOON "Mon, 30 Nov 2026 12:00:00 GMT\r\n"
enum { NOON_S = 1796040000 }; /* seconds since 1970: date -d ... +%s */

static const struct {
    const char *lines;
    bool has;
    double seconds;
} waits[] = {
    {"Retry-After: 7\r\n", true, 7},
    {"retry-after:7\r\n", true, 7},
    {"RETRY-AFTER: \t 7 \t\r\n", true, 7},
    {"Retry-After: 0\r\n", true, 0},
    {"Retry-After: 1.5\r\n", true, 1.5},
    {"Retry-After: 7\r\nretry-after-ms: 250\r\n", true, 0.25},
    {"retry-after-ms: soon\r\nRetry-After: 7\r\n", true, 7},
    {"Retry-After: " NOON, true, 10}, /* ours is 10 s before noon */
    {"Date: Mon, 30 Nov 2026 11:59:00 GMT\r\nRetry-After: " NOON, true, 60},
    {"Date: Mon, 30 Nov 2026 12:01:00 GMT\r\nRetry-After: " NOON, true, 0},
    {"Date: yesterday, or so\r\nRetry-After: " NOON, true, 10},
    {"Retry-After: Monday, 30-Nov-26 12:00:00 GMT\r\n", true, 10},
    {"Retry-After: Mon Nov 30 12:00:00 2026\r\n", true, 10},
    {"Retry-After:\r\n", false, 0},
    {"Retry-After: later\r\n", false, 0},
    {"Retry-After: -3\r\n", false, 0},
    {"Retry-After: 3 apples\r\n", false, 0},
    {"Retry-After: 1e999\r\n", false, 0},
    {"Retry-After: inf\r\n", false, 0},
    {"X-Retry-After: 3\r\n", false, 0},
    {"", false, 0},
};

static void reads_how_long_to_wait(void **state)
{
    (void)state;
    for (size_t i = 0; i < DC_COUNT(waits); i++) {
        struct dc_http_head h;
        double s = -1;
        read_lines(&h, waits[i].lines);
        assert_int_equal(dc_http_head_retry_after(&h, NOON_S - 10, &s),
                         waits[i].has);
        if (waits[i].has)
            assert_true(s == waits[i].seconds);
    }
}

static void takes_the_final_status(void **state)
{
    (void)state;
    struct dc_http_head h;
    read_lines(&h, "HTTP/1.1 100 Continue\r\nLocation: a\r\n\r\n");
    assert_false(h.done);
    read_lines(&h, "HTTP/1.1 100 Continue\r\nLocation: a\r\n\r\n"
                   "HTTP/1.1 429 Too Many\r\nContent-Type: x/y\r\n\r\n"
                   "Content-Type: trailer\r\nHTTP/1.1 200 OK\r\n\r\n");
    assert_true(h.done);
    assert_int_equal(h.status, 429);
    assert_string_equal(h.location, "");
    assert_string_equal(h.type, "x/y");
    read_lines(&h, "HTTP/2 503\r\n\r\n");
    assert_true(h.done);
    assert_int_equal(h.status, 503);
}

static void cuts_what_is_too_long(void **state)
{
    (void)state;
    char line[3 * DC_HTTP_MAX_LOCATION] = "Location: ";
    struct dc_http_head h;
    memset(line + 10, 'x', sizeof line - 11);
    dc_http_head_clear(&h);
    dc_http_head_line(&h, line, sizeof line - 1);
    assert_int_equal(strlen(h.location), DC_HTTP_MAX_LOCATION - 1);
    assert_int_equal(strspn(h.location, "x"), DC_HTTP_MAX_LOCATION - 1);
    memcpy(line, "ETag:     ", 10);
    dc_http_head_line(&h, line, sizeof line - 1);
    assert_int_equal(strlen(h.etag), DC_HTTP_MAX_FIELD - 1);
    assert_int_equal(strspn(h.etag, "x"), DC_HTTP_MAX_FIELD - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_how_long_to_wait),
        cmocka_unit_test(takes_the_final_status),
        cmocka_unit_test(cuts_what_is_too_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
