/*
 * md.c - escaping for Markdown (md.h).
 *
 * Escaped are the characters that open inline markup or an HTML tag, the bar of
 * tables, the colon of a link that would be made by itself, and what opens a
 * list or a heading at the start. An address like a@b.c would be a link however
 * its @ is escaped, since GitHub's renderer looks for one in the finished text:
 * its @ is a code span, which ends that text.
 */
#include "doc/md.h"

#include "base/utf8.h"

#include <string.h>

static bool opens_markup(const char *s, size_t i)
{
    if (strchr("\\`*_[]<>&|~$", s[i]))
        return true;
    if (s[i] == ':' && s[i + 1] == '/')
        return true;
    if (s[i] == '.' && i >= 3 && !strncmp(s + i - 3, "www", 3))
        return true;
    return i == 0 && strchr("-+#", s[0]) != NULL;
}

/* The number of "@" at i if they stand inside a word; else 0. */
static size_t at_of_address(const char *s, size_t i)
{
    size_t n = strspn(s + i, "@");
    return n > 0 && i > 0 && s[i - 1] != ' ' && s[i + n] && s[i + n] != ' ' ? n
                                                                            : 0;
}

void dc_md_text(struct dc_buf *b, const char *text)
{
    struct dc_buf t;
    dc_buf_init(&t, SIZE_MAX);
    dc_utf8_display(&t, text, strlen(text), 0);
    for (size_t i = 0, n; i < t.n; i += n) {
        n = at_of_address(t.data, i);
        if (n > 0) {
            dc_buf_addf(b, "`%.*s`", (int)n, t.data + i);
            continue;
        }
        n = 1;
        if (opens_markup(t.data, i))
            dc_buf_addc(b, '\\');
        dc_buf_addc(b, t.data[i]);
    }
    dc_buf_release(&t);
}

void dc_md_tidy(struct dc_buf *b)
{
    size_t n = 0, feeds = 0;
    for (size_t i = 0; i < b->n; i++) {
        feeds = b->data[i] == '\n' ? feeds + 1 : 0;
        if (feeds <= 2)
            b->data[n++] = b->data[i];
    }
    dc_buf_cut(b, n);
}

static size_t longest_run(const char *s, char c)
{
    size_t most = 0, run = 0;
    for (; *s; s++) {
        run = *s == c ? run + 1 : 0;
        most = run > most ? run : most;
    }
    return most;
}

static void fence(struct dc_buf *b, size_t n)
{
    while (n-- > 0)
        dc_buf_addc(b, '`');
}

void dc_md_code(struct dc_buf *b, const char *text)
{
    struct dc_buf t;
    dc_buf_init(&t, SIZE_MAX);
    dc_utf8_display(&t, text, strlen(text), 0);
    size_t ticks = longest_run(t.data, '`'), n = ticks + 1;
    bool pad = ticks > 0 || t.n == 0;
    fence(b, n);
    if (pad)
        dc_buf_addc(b, ' ');
    for (size_t i = 0; i < t.n; i++) {
        if (t.data[i] == '|')
            dc_buf_addc(b, '\\'); /* a table's cell would end here */
        dc_buf_addc(b, t.data[i]);
    }
    if (pad)
        dc_buf_addc(b, ' ');
    fence(b, n);
    dc_buf_release(&t);
}
