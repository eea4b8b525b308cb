/*
 * answer.c - where in a trace's text the answer starts.
 *
 * A thinking model writes <think> thoughts </think> answer; with some templates
 * the opening tag stands in the prompt already. The text is the model's, so
 * tags may be missing, doubled or nested: only the last of each counts. The
 * answer starts behind the last "</think>". A "<think>" behind that one, or one
 * opened by the template and never closed, means that there is no answer.
 *
 * White space is what Unicode calls so (property White_Space), and the two
 * invisible characters that models emit like it, U+200B and U+FEFF: an answer
 * of nothing else must not be judged a compliance.
 */
#include "base/mem.h"
#include "judge/judge.h"

#include <string.h>

static const char *const wide_space[] = {
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80",
    "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF",
    "\xE2\x81\x9F", "\xE3\x80\x80", "\xEF\xBB\xBF",
};

/* Bytes of the white-space character s [n] starts with; 0: none. */
static size_t space_len(const char *s, size_t n)
{
    if (n == 0)
        return 0;
    if (s[0] == ' ' || (s[0] >= '\t' && s[0] <= '\r'))
        return 1;
    /* U+2000 .. U+200A and U+200B */
    if (n >= 3 && memcmp(s, "\xE2\x80", 2) == 0 &&
        (unsigned char)s[2] >= 0x80 && (unsigned char)s[2] <= 0x8B)
        return 3;
    for (size_t i = 0; i < DC_COUNT(wide_space); i++) {
        size_t len = strlen(wide_space[i]);
        if (n >= len && memcmp(s, wide_space[i], len) == 0)
            return len;
    }
    return 0;
}

size_t dc_space_span(const char *s, size_t n)
{
    size_t off = 0, len;
    while ((len = space_len(s + off, n - off)) > 0)
        off += len;
    return off;
}

/* Offset behind the last occurrence of tag in text [n]; 0: there is none. */
static size_t behind_last(const char *text, size_t n, const char *tag)
{
    size_t len = strlen(tag);
    for (size_t end = n; end >= len; end--)
        if (memcmp(text + end - len, tag, len) == 0)
            return end;
    return 0;
}

bool dc_answer_offset(const char *text, size_t n, bool opened, size_t *off)
{
    size_t open = behind_last(text, n, "<think>");
    size_t close = behind_last(text, n, "</think>");
    if (open > close || (opened && close == 0))
        return false;
    *off = close;
    if (close > 0)
        *off += dc_space_span(text + close, n - close);
    return true;
}
