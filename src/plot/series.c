/*
 * series.c - the colours and marks of stopping policies (series.h).
 *
 * Colours are Paul Tol's "muted", apart from those that mean something in every
 * figure (data/plot/style.gp).
 */
#include "plot/series.h"

#include "base/mem.h"

#include <string.h>

/* Points by gnuplot's numbers, the same in both terminals. */
enum { SQUARE = 5, DISC = 7, UP = 9, DOWN = 11, DIAMOND = 13 };
enum { INK = 0x222222, OTHER = 0x555555 };

struct dc_mark dc_series_mark(const char *family)
{
    static const struct {
        const char *family;
        struct dc_mark mark;
    } known[] = {
        {"fixed", {INK, SQUARE}},
        {"curtail", {0x332288, DISC}},
        {"unanimous", {0x117733, UP}},
        {"hypergeometric", {0x882255, DOWN}},
        {"adaptive-consistency", {0xDDAA33, DIAMOND}},
        {"sprt", {0x44AA99, SQUARE}},
        {"e-process", {0xAA4499, DISC}},
        {"confidence-percentile", {0x88CCEE, DISC}},
        {"deepconf", {0xCC6677, UP}},
        {"esc", {0x999933, DOWN}},
        {"own-percentile", {0x661100, DIAMOND}},
        {"cges", {0x6699CC, SQUARE}},
        {"with an answer window", {OTHER, 1}},
        {"with another vote", {OTHER, 2}},
    };
    for (size_t i = 0; i < DC_COUNT(known); i++)
        if (!strcmp(known[i].family, family))
            return known[i].mark;
    return (struct dc_mark){OTHER, 3};
}
