/*
 * ask_score.c - places and words of a score (ask_score.h).
 */
#include "infer/ask_score.h"

#include "base/mem.h"
#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool dc_ask_score_here(const struct dc_ask_score *s, const char *text, size_t n)
{
    size_t behind = strlen(s->behind);
    while (n > 0 && dc_is_space(text[n - 1]))
        n--;
    return behind == 0 ? n == 0
                       : n >= behind &&
                             !strncasecmp(text + n - behind, s->behind, behind);
}

/* What may stand around a word and be one token with it. */
static bool is_around(char c)
{
    return dc_is_space(c) || c == '"' || c == '\'' || c == '`' || c == '*' ||
           c == '.';
}

struct dc_ask_said dc_ask_score_said(const struct dc_ask_score *s,
                                     const char *token, size_t n)
{
    /* a space in front, as tokens of SentencePiece spell it: U+2581 */
    static const char low_line[] = "\xE2\x96\x81";
    const size_t n_low = sizeof low_line - 1;
    struct dc_ask_said said = {.word = 2};
    while (n >= n_low && !memcmp(token, low_line, n_low)) {
        token += n_low;
        n -= n_low;
    }
    while (n > 0 && is_around(token[0])) {
        token++;
        n--;
    }
    while (n > 0 && is_around(token[n - 1]))
        n--;
    bool begins[2];
    for (size_t i = 0; i < 2; i++) {
        size_t len = strlen(s->word[i]);
        begins[i] = n > 0 && n <= len && !strncasecmp(token, s->word[i], n);
        if (begins[i] && n == len)
            said = (struct dc_ask_said){(unsigned)i, true};
    }
    if (!said.whole && begins[0] != begins[1])
        said.word = begins[1];
    return said;
}

static char *copy_text(const char *text)
{
    return text ? dc_xstrdup(text) : NULL;
}

struct dc_ask_score dc_ask_score_copy(const struct dc_ask_score *s)
{
    return (struct dc_ask_score){
        .behind = copy_text(s->behind),
        .word = {copy_text(s->word[0]), copy_text(s->word[1])}};
}

void dc_ask_score_release(struct dc_ask_score *s)
{
    free((char *)s->behind);
    free((char *)s->word[0]);
    free((char *)s->word[1]);
    *s = (struct dc_ask_score){0};
}
