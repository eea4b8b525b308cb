/*
 * promise.h - what a run promises of its decisions against all K traces, in the
 * words of what holds for its K, vote, window and judge.
 *
 * Run files keep a sentence too (stop.promise), written when they were begun;
 * readers ask here instead, so that an older file promises no more than this.
 */
#ifndef DC_REPLAY_PROMISE_H
#define DC_REPLAY_PROMISE_H

#include "base/arena.h"

#include <stdbool.h>

struct dc_promise {
    const char *policy, *vote; /* as in the run file */
    const char *stored;        /* its own sentence */
    unsigned min_traces, max_traces;
    unsigned window;        /* answer window; 0: none */
    const char *stopped_by; /* another judge than the one asked, if prompts
                               that its verdicts ended are open
                               (read/run_view.h); else NULL */
    bool given;
};

/* A clause, in the arena; it begins with "none" if there is no promise. */
const char *dc_promise_text(const struct dc_promise *p, struct dc_arena *a);
bool dc_promise_is_none(const char *text);

#endif
