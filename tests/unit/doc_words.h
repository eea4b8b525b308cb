/*
 * doc_words.h - the words and figures of a rendered document, for tests that
 * hold its three forms against each other.
 */
#ifndef DC_TEST_DOC_WORDS_H
#define DC_TEST_DOC_WORDS_H

#include "doc/doc.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

/* What stands between tags, with entities read. */
static inline void html_words(const char *s, struct dc_buf *out)
{
    static const char *const entity[][2] = {{"&nbsp;", " "},  {"&lt;", "<"},
                                            {"&gt;", ">"},    {"&amp;", "&"},
                                            {"&quot;", "\""}, {"&#39;", "'"}};
    while (*s) {
        size_t i;
        if (*s == '<') {
            s = strchr(s, '>') + 1;
            dc_buf_addc(out, ' ');
            continue;
        }
        for (i = 0; i < sizeof entity / sizeof *entity; i++)
            if (!strncmp(s, entity[i][0], strlen(entity[i][0])))
                break;
        if (i < sizeof entity / sizeof *entity) {
            dc_buf_adds(out, entity[i][1]);
            s += strlen(entity[i][0]);
        } else {
            dc_buf_addc(out, *s++);
        }
    }
}

/* The numbers and words, in their order, with a space behind each. */
static inline void tokens(const char *s, struct dc_buf *out)
{
    while (*s) {
        const char *from = s;
        while (isalnum((unsigned char)*s) || (*s && strchr(".,_", *s)))
            s++;
        size_t n = (size_t)(s - from);
        while (n > 0 && strchr(".,_", from[n - 1]))
            n--;
        if (n > 0) {
            dc_buf_add(out, from, n);
            dc_buf_addc(out, ' ');
        }
        s += *s && s == from;
    }
}

#endif
