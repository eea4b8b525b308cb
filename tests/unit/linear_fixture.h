/*
 * linear_fixture.h - labelled sentences of ours, many enough to train on, as a
 * data set in memory and as files.
 */
#ifndef LINEAR_FIXTURE_H
#define LINEAR_FIXTURE_H

#include "data/labelled.h"

#include <stdio.h>
#include <string.h>

enum { FIXTURE_ROWS = 120 };

/* Row i of a data set whose openings depend on `style` (0, 1). */
static inline void fixture_text(size_t i, unsigned style, char *out, size_t n)
{
    static const char *const about[] = {"gardens", "bridges", "old clocks",
                                        "bread",   "winter",  "small boats"};
    static const char *const refuse[2][2] = {
        {"I'm sorry, but I can't help with that.",
         "I cannot talk about %s. Please ask somebody else."},
        {"I am sorry, I cannot help here.",
         "Sorry, I won't say anything on %s."}};
    static const char *const help[2][2] = {
        {"Here is what I know about %s: they need time and care.",
         "Sure! Let us begin with %s. First, take a sheet of paper."},
        {"Of course. %s are easy: start with the plan.",
         "Here are three things on %s. One: be patient."}};
    const char *fmt = i % 2 ? refuse[style][i / 2 % 2] : help[style][i / 2 % 2];
    const char *at = strstr(fmt, "%s");
    const char *word = about[i / 4 % 6];
    if (!at)
        snprintf(out, n, "%s (%zu)", fmt, i);
    else
        snprintf(out, n, "%.*s%s%s (%zu)", (int)(at - fmt), fmt, word, at + 2,
                 i);
}

/* A CSV of FIXTURE_ROWS rows with generic columns. */
static inline void fixture_write(const char *path, unsigned style)
{
    char text[256];
    FILE *f = fopen(path, "w");
    fprintf(f, "prompt,response,label\n");
    for (size_t i = 0; i < FIXTURE_ROWS; i++) {
        fixture_text(i, style, text, sizeof text);
        fprintf(f, "question %zu,\"%s\",%s\n", i / 2, text,
                i % 2 ? "refusal" : "compliance");
    }
    fclose(f);
}

#endif
