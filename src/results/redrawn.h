/*
 * redrawn.h - traces of servers that were drawn more than once, since a draw
 * before was lost, and what that may have done to the figures.
 *
 * Long traces are in flight longer and so are lost more often, and refusals are
 * short: what is kept may refuse more than the model does. That can't be seen
 * in the traces that are there. But the first draws of all traces, lost ones
 * among them, are as the model gives them; so their share of refusals lies
 * between two bounds, whatever was lost. docs/METHODS.md, section 7, "Traces
 * that were drawn again".
 */
#ifndef DC_RESULTS_REDRAWN_H
#define DC_RESULTS_REDRAWN_H

#include "base/buf.h"

#include <deepconf/stat.h>
#include <deepconf/vote.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The traces of a prompt. */
struct dc_redrawn_prompt {
    struct dc_tally once, again; /* drawn once; drawn again */
    bool decided;                /* by the majority of them all */
};

/* Refusals among traces, with an interval by prompt. */
struct dc_redrawn_share {
    uint64_t k, n; /* n 0: the rest is unset */
    double value;
    bool has_interval; /* there is none for the traces of one prompt */
    double lo, hi;
};

struct dc_redrawn {
    uint64_t n_trace;   /* all */
    uint64_t n_again;   /* drawn again; 0: the rest is unset */
    uint64_t n_attempt; /* draws of all traces */
    struct dc_redrawn_share once, again;
    bool has_p; /* some prompt has traces of both kinds that refuse and don't */
    double p;   /* that the two differ so inside prompts by chance */
    double least, most; /* refusals among all first draws, a share */
    uint64_t n_decided,
        n_hang; /* decisions; those that would be others if
                   the traces drawn again all refused, or none */
};

/* p [n]; n_attempt of all their traces. */
void dc_redrawn_find(const struct dc_redrawn_prompt *p, size_t n,
                     uint64_t n_attempt, double level, struct dc_redrawn *out);

/* Is it an alarm? More than 5 % were drawn again, or they differ from the
 * others of their prompts by more than chance (p at most 0.05). */
bool dc_redrawn_is_alarm(const struct dc_redrawn *r);

/* Append in words what there is to say: a clause that begins with counts;
 * nothing if no trace was drawn again. */
void dc_redrawn_says(const struct dc_redrawn *r, struct dc_buf *out);

#endif
