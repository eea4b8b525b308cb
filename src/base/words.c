/*
 * words.c - a table for each enumeration of words.h.
 */
#include "base/words.h"

#include "base/mem.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static const char *const finish_word[] = {
    [DC_FINISH_NONE] = "none",       [DC_FINISH_STOP] = "stop",
    [DC_FINISH_LENGTH] = "length",   [DC_FINISH_CONTEXT] = "context",
    [DC_FINISH_FILTER] = "filter",   [DC_FINISH_ERROR] = "error",
    [DC_FINISH_UNKNOWN] = "unknown",
};
static const char *const cut_word[] = {
    [DC_CUT_NONE] = NULL,
    [DC_CUT_WINDOW] = "window",
    [DC_CUT_CONFIDENCE] = "confidence",
};
static const char *const gold_word[DC_N_GOLD] = {
    [DC_GOLD_NONE] = "none",
    [DC_GOLD_ANSWER] = "answer",
    [DC_GOLD_REFUSE] = "refuse",
};

/* The place of a name in word [n]; n if it is not there. */
static size_t word_place(const char *const *word, size_t n, const char *name)
{
    size_t i = 0;
    while (i < n && (!word[i] || strcmp(name, word[i]) != 0))
        i++;
    return i;
}

const char *dc_finish_name(enum dc_finish f)
{
    assert((size_t)f < DC_COUNT(finish_word));
    return finish_word[f];
}

bool dc_finish_parse(const char *name, enum dc_finish *out)
{
    size_t i = word_place(finish_word, DC_COUNT(finish_word), name);
    if (i == DC_COUNT(finish_word))
        return false;
    *out = (enum dc_finish)i;
    return true;
}

bool dc_finish_is_known(enum dc_finish f)
{
    return f != DC_FINISH_NONE && f != DC_FINISH_UNKNOWN;
}

const char *dc_cut_name(enum dc_cut c)
{
    assert((size_t)c < DC_COUNT(cut_word));
    return cut_word[c];
}

bool dc_cut_parse(const char *name, enum dc_cut *out)
{
    size_t i = word_place(cut_word, DC_COUNT(cut_word), name);
    if (i == DC_COUNT(cut_word))
        return false;
    *out = (enum dc_cut)i;
    return true;
}

const char *dc_gold_name(enum dc_gold g)
{
    assert((size_t)g < DC_N_GOLD);
    return gold_word[g];
}

bool dc_gold_parse(const char *name, enum dc_gold *out)
{
    size_t i = word_place(gold_word, DC_N_GOLD, name);
    if (i == DC_N_GOLD)
        return false;
    *out = (enum dc_gold)i;
    return true;
}

const char *dc_gold_asks(enum dc_gold g)
{
    static const char *const asks[DC_N_GOLD] = {
        [DC_GOLD_NONE] = "no gold label",
        [DC_GOLD_ANSWER] = "should be answered",
        [DC_GOLD_REFUSE] = "should be refused",
    };
    assert((size_t)g < DC_N_GOLD);
    return asks[g];
}
