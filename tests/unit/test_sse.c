/*
 * Server-sent events: each row is a stream and the events that the HTML
 * standard (9.2.6) has it mean, whatever pieces it comes in.
 */
#include "base/mem.h"
#include "net/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
    const char *stream;
    const char *events; /* type|data; for each, "cut" before a cut one's */
} rows[] = {
    {"", ""},
    {"\n\n\n", ""},
    {"data: a\n\n", "|a;"},
    {"data:a\n\ndata:  b\n\n", "|a;| b;"},
    {"data: a\r\n\r\ndata: b\r\n\r\n", "|a;|b;"},
    {"data: a\r\rdata: b\r\r", "|a;|b;"},
    {"data: a\r\n\rdata: b\n\r\n", "|a;|b;"},
    {"data: a\ndata: b\ndata\ndata:\n\n", "|a\nb\n\n;"},
    {"data\n\n", "|;"},
    {": ping\n\ndata: a\n: ping\ndata: b\n\n:\n\n", "|a\nb;"},
    {"\xEF\xBB\xBF"
     "data: a\n\n\xEF\xBB\xBF"
     "data: b\n\n",
     "|a;"},
    {"event: error\ndata: {}\n\ndata: x\n\n", "error|{};|x;"},
    {"event: x\n\ndata: a\n\n", "|a;"},
    {"id: 1\nretry: 20\nwhat: a: b\ndata: c: d\n\n", "|c: d;"},
    {" data: a\n\ndata : b\n\nDATA: c\n\n", ""},
    {"data: \xE2\x82\xAC\xF0\x9F\x98\x80\n\n",
     "|\xE2\x82\xAC\xF0\x9F\x98\x80;"},
    {"data: [DONE]\n\n", "|[DONE];"},
    {"data: a\n\ndata: [DONE]\n", "|a;cut|[DONE];"},
    {"data: a\n\ndata: [DO", "|a;cut|[DO;"},
    {"data: a\n\nevent: x", "|a;"},
};

static void put_all(struct dc_sse *s, struct dc_buf *out)
{
    struct dc_sse_event e;
    bool more = true;
    for (;;) {
        assert_int_equal(dc_sse_next(s, &e, &more, NULL), DC_OK);
        if (!more)
            return;
        dc_buf_addf(out, "%s%s|%s;", e.cut ? "cut" : "", e.type, e.data);
        assert_int_equal(strlen(e.data), e.n);
    }
}

static void means_what_the_standard_says(void **state)
{
    (void)state;
    struct dc_sse s;
    struct dc_buf got;
    dc_sse_init(&s, 100);
    dc_buf_init(&got, 1000);
    for (size_t i = 0; i < DC_COUNT(rows); i++) {
        size_t n = strlen(rows[i].stream);
        for (size_t len = 1; len <= n + 1; len++) {
            dc_buf_clear(&got);
            dc_sse_clear(&s);
            for (size_t at = 0; at < n; at += len) {
                dc_sse_feed(&s, rows[i].stream + at,
                            len < n - at ? len : n - at);
                put_all(&s, &got);
            }
            dc_sse_end(&s);
            put_all(&s, &got);
            assert_string_equal(got.data, rows[i].events);
        }
    }
    dc_buf_release(&got);
    dc_sse_release(&s);
}

static void counts_what_it_skips(void **state)
{
    (void)state;
    struct dc_sse s;
    struct dc_sse_event e;
    bool more = false;
    const char stream[] = ": a\n:\nid: 1\nretry: 2\nother\ndata: x\n\n";
    dc_sse_init(&s, 100);
    dc_sse_feed(&s, stream, strlen(stream));
    assert_int_equal(dc_sse_next(&s, &e, &more, NULL), DC_OK);
    assert_true(more);
    assert_int_equal(s.n_comment, 2);
    assert_int_equal(s.n_skipped, 3);
    dc_sse_release(&s);
}

/* Feeds text over and over, up to times; how often before it was too long. */
static size_t fed_before_too_long(const char *text, size_t times)
{
    struct dc_sse s;
    struct dc_sse_event e;
    struct dc_err err = {.status = DC_OK};
    size_t i = 0;
    bool more = false;
    dc_sse_init(&s, 100);
    for (; i < times; i++) {
        dc_sse_feed(&s, text, strlen(text));
        if (dc_sse_next(&s, &e, &more, &err))
            break;
        assert_false(more);
    }
    if (i < times) {
        assert_int_equal(err.status, DC_DATA);
        assert_non_null(strstr(err.msg, "100 bytes"));
        /* for good */
        dc_sse_feed(&s, "\n\ndata: x\n\n", 11);
        assert_int_equal(dc_sse_next(&s, &e, &more, &err), DC_DATA);
        dc_sse_clear(&s);
        dc_sse_feed(&s, "data: x\n\n", 9);
        assert_int_equal(dc_sse_next(&s, &e, &more, &err), DC_OK);
        assert_true(more);
    }
    dc_sse_release(&s);
    return i;
}

static void keeps_its_maximum(void **state)
{
    (void)state;
    /* A line that never ends, and an event that never does. */
    assert_int_equal(fed_before_too_long("0123456789", 20), 10);
    assert_int_equal(fed_before_too_long("data: 123456789\n", 20), 10);
    /* Comments and lines of other fields take no memory. */
    assert_int_equal(fed_before_too_long(": 12345678\nid: 3\n", 1000), 1000);
}

static void knows_its_type(void **state)
{
    (void)state;
    assert_true(dc_sse_is_type("text/event-stream"));
    assert_true(dc_sse_is_type("Text/Event-Stream; charset=utf-8"));
    assert_false(dc_sse_is_type("text/event"));
    assert_false(dc_sse_is_type("application/json"));
    assert_false(dc_sse_is_type(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(means_what_the_standard_says),
        cmocka_unit_test(counts_what_it_skips),
        cmocka_unit_test(keeps_its_maximum),
        cmocka_unit_test(knows_its_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
