/*
 * openai_limit.h - how many requests one server is given at a time, and when.
 *
 * A limit that adapts doubles as long as the server takes everything, by a
 * round (as many requests begun as the limit is) at a time; from the first
 * answer "too many requests" on it grows by a twentieth a round and falls by a
 * fifth for each episode of such answers, as Inspect's does. Failures and
 * time-outs hold growth up and shrink nothing. A limit that the user set is a
 * maximum: it falls and comes back in the same way.
 *
 * Pure: times are arguments, in ms of any clock that does not run backwards.
 */
#ifndef DC_INFER_OPENAI_LIMIT_H
#define DC_INFER_OPENAI_LIMIT_H

#include <stdbool.h>

struct dc_limit {
    double now;         /* >= 1: requests that may be in flight */
    double max;         /* that it grows to */
    unsigned in_flight; /* requests */
    bool was_limited;   /* "too many requests" was heard: growth is slow */
    unsigned n_begun;   /* answers begun since it last changed */
    double episode_ms;  /* until then a refusal belongs to the one before */
    double hold_ms;     /* until then nothing is sent */
    unsigned n_failed;  /* times that nobody was there, one after the other;
                           what was lost together is one time */
};

/* first, max: requests in flight, at the beginning and ever; at least 1. */
struct dc_limit dc_limit_start(unsigned first, unsigned max);
/* How many more may be sent now? */
unsigned dc_limit_room(const struct dc_limit *l, double now_ms);
/* So many were sent; they are no longer in flight. A request for n choices is
 * as much work as n requests. */
void dc_limit_sent(struct dc_limit *l, unsigned n);
void dc_limit_over(struct dc_limit *l, unsigned n);
/* The server began an answer. */
void dc_limit_begun(struct dc_limit *l, double now_ms);
/* "Too many requests", and how long the server asks to wait; 0: it doesn't. */
void dc_limit_refused(struct dc_limit *l, double now_ms, double wait_ms);
/* A request failed, as any may. */
void dc_limit_failed(struct dc_limit *l);
/* Nobody is there, or it asks for patience: nothing is sent for wait_ms. */
void dc_limit_away(struct dc_limit *l, double now_ms, double wait_ms);

#endif
