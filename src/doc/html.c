/*
 * html.c - escaping for HTML (html.h). The characters that are spelt out are
 * those of dc_utf8_is_hidden(); the viewer's text.js holds the same list.
 */
#include "doc/html.h"

#include "base/utf8.h"

#include <inttypes.h>
#include <string.h>

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

static void put_html(struct dc_buf *out, const char *text, bool figure)
{
    struct dc_buf t;
    size_t n = strlen(text), len;
    dc_buf_init(&t, SIZE_MAX);
    dc_utf8_sanitize(&t, text, n);
    for (const char *p = t.data; p < t.data + t.n; p += len) {
        uint32_t c = dc_utf8_code(p, &len);
        if (dc_utf8_is_hidden(c))
            dc_buf_addf(out, "\\u{%" PRIx32 "}", c);
        else if (figure && p[0] == ' ' && p[1] == '%')
            dc_buf_adds(out, "&nbsp;");
        else if (entity(*p))
            dc_buf_adds(out, entity(*p));
        else
            dc_buf_add(out, p, len);
    }
    dc_buf_release(&t);
}

void dc_html_text(struct dc_buf *out, const char *text)
{
    put_html(out, text, false);
}

void dc_html_figure(struct dc_buf *out, const char *text)
{
    put_html(out, text, true);
}
