/*
 * shell_words.c - shell_words.h.
 */
#include "cli/shell_words.h"

#include "base/utf8.h"

#include <string.h>

/* Needs no quotes wherever it stands in a word. */
static bool shell_is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (c >= '0' && c <= '9') || (c && strchr("_./:=,@%+-", c));
}

/* The bytes that one step takes, and whether they are shown as they are. */
static bool shell_shows(const char *s, bool valid, size_t *n)
{
    *n = 1;
    if (!valid)
        return (unsigned char)*s < 0x7f && !dc_utf8_is_hidden((uint32_t)*s);
    return !dc_utf8_is_hidden(dc_utf8_code(s, n));
}

static void shell_octal(struct dc_buf *out, const char *s, size_t n)
{
    dc_buf_adds(out, "'\"$(printf '");
    for (size_t i = 0; i < n; i++)
        dc_buf_addf(out, "\\%03o", (unsigned)(unsigned char)s[i]);
    dc_buf_adds(out, "')\"'");
}

void dc_shell_word(struct dc_buf *out, const char *s)
{
    size_t plain = 0, n;
    bool valid = dc_utf8_valid(s, strlen(s), NULL);
    while (shell_is_plain(s[plain]))
        plain++;
    if (plain > 0 && !s[plain]) {
        dc_buf_adds(out, s);
        return;
    }
    dc_buf_addc(out, '\'');
    for (; *s; s += n) {
        if (!shell_shows(s, valid, &n))
            shell_octal(out, s, n);
        else if (*s == '\'')
            dc_buf_adds(out, "'\\''");
        else
            dc_buf_add(out, s, n);
    }
    dc_buf_addc(out, '\'');
}
