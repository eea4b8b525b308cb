/*
 * rejudge.h - the decisions of a run under another judge than its own.
 *
 * Each decision is made again, from that judge's verdicts on the traces that
 * the run's decision counts, by the run's vote (and by its policy, where that
 * decides by a rule of its own). A verdict `partial` counts as a refusal, as in
 * any vote. Under the run's own judge the stored decisions come as they are.
 *
 * What can't be made again is the sampling: where the run stopped before all K
 * traces, it stopped by its own judge's verdicts. The decision then rests on
 * the traces that were drawn, and is open if those not drawn could change it.
 */
#ifndef DC_REPLAY_REJUDGE_H
#define DC_REPLAY_REJUDGE_H

#include "base/arena.h"
#include "replay/replay.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>

/* What was found while decisions were walked over; starts anew each walk. */
struct dc_rejudge_note {
    size_t n_decided; /* prompts that ran and are decided */
    size_t n_short;   /* of them: drawn to fewer than K traces */
    size_t n_open;    /* of those: traces not drawn could change the decision */
    size_t n_changed; /* of n_decided: decided otherwise than in the run */
};

struct dc_rejudge {
    struct dc_store *store; /* borrowed */
    struct dc_arena arena;
    const char *judge, *version; /* in the arena */
    const char *run_judge;       /* the run's own */
    bool own;                    /* the same */
    unsigned k;                  /* the run's max traces */
    struct dc_setting set;       /* the run's policy, measure and vote */
    struct dc_rejudge_note note;
};

/*
 * judge: a label; NULL: the run's own judge. DC_USAGE: the file has no verdicts
 * by it (those that it has are listed). DC_DATA: verdicts of some traces are
 * missing, or they are of several versions. Release also after a failure. The
 * caller holds a snapshot if a run may be writing meanwhile.
 */
enum dc_status dc_rejudge_open(struct dc_store *s, const char *judge,
                               struct dc_rejudge *out, struct dc_err *err);
void dc_rejudge_release(struct dc_rejudge *r);

/* As dc_store_each_decision(), the decisions made again. `reason` still says
 * why the run stopped. */
enum dc_status dc_rejudge_each(struct dc_rejudge *r, int64_t prompt,
                               dc_decision_fn *fn, void *arg,
                               struct dc_err *err);

/*
 * In words, what the note says of the decisions of r, in its arena; NULL if r
 * is the run's own judge.
 */
const char *dc_rejudge_says(struct dc_rejudge *r);

#endif
