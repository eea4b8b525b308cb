/*
 * replay.h - what a stopping policy would have done on a recorded run.
 *
 * A replay asks the policy about the recorded traces one by one, in trace order
 * or in another one (the traces of a prompt are exchangeable), and stops where
 * a live run would have: same traces, same cuts, same decision. It needs no
 * model. What it can't know is a trace that was not drawn: such prompts are
 * counted as missing.
 */
#ifndef DC_REPLAY_REPLAY_H
#define DC_REPLAY_REPLAY_H

#include "replay/record.h"

/* Where the threshold of a calibrated policy comes from. */
enum dc_calibration {
    DC_CALIBRATION_CROSS,     /* from the other prompts: five folds */
    DC_CALIBRATION_LIVE,      /* from the first share, drawn to full K, as a
                                 live run does it */
    DC_CALIBRATION_IN_SAMPLE, /* from the very prompts it is scored on */
    DC_CALIBRATION_SUBSET     /* from the prompts of a subset: for those of it
                                 from its other ones (five folds), for all
                                 others from the whole of it */
};
enum { DC_CROSS_FOLDS = 5 };

struct dc_setting {
    struct dc_stop_spec policy;
    struct dc_measure_spec measure; /* that it looks at */
    struct dc_vote_spec vote;
    struct dc_measure_spec weight; /* that the vote weighs by, if it does */
    unsigned min_traces;
    unsigned max_traces; /* fewer than the record's K; 0: that */
    bool has_window;
    unsigned window;
    double audit_share; /* of prompts that run to full length */
    enum dc_calibration calibration;
    double calibration_share; /* LIVE */
    const bool *subset;       /* SUBSET: [n_prompt of the record], borrowed */
};
/* Curtail, majority, mean_prob, no window; min_traces 1. */
struct dc_setting dc_setting_default(void);
/*
 * Fill the setting's policy and the measure that it looks at; `measure` is used
 * unless the policy has its own.
 */
enum dc_status dc_setting_policy(struct dc_setting *s, const char *policy,
                                 const char *measure, struct dc_err *err);
enum dc_status dc_setting_vote(struct dc_setting *s, const char *vote,
                               struct dc_err *err);
/* "curtail", "deepconf(0.9,0.95,32,3)", "fixed, weighted(mean)", "curtail,
 * window 32"; a canonical text of what differs from plain; into out [n]. */
void dc_setting_text(const struct dc_setting *s, char *out, size_t n);
/* Ask for the columns and windows that s needs. */
enum dc_status dc_setting_want(const struct dc_setting *s,
                               struct dc_record_cfg *c, struct dc_err *err);

struct dc_outcome {
    bool missing;     /* it would have needed a trace that was not drawn */
    bool calibration; /* LIVE: it was drawn to full K for the threshold */
    enum dc_verdict decision;
    unsigned n_trace;
    uint64_t n_tok;
    double ms;
    const char *reason; /* static: why it stopped */
};

struct dc_replay; /* a setting made ready for a record */

/*
 * Thresholds and tables. r and s are borrowed. DC_DATA if no trace has a value
 * of the measure that has to be calibrated.
 */
enum dc_status dc_replay_create(const struct dc_record *r,
                                const struct dc_setting *s,
                                struct dc_replay **out, struct dc_err *err);
void dc_replay_free(struct dc_replay *p); /* p may be NULL */

/*
 * Replay prompt i. order [p->n_trace of the record] is the order its traces are
 * taken in; NULL: as recorded. Prompts with a problem are undetermined at no
 * cost. Not for two threads at once on one dc_replay.
 */
void dc_replay_prompt(struct dc_replay *p, size_t i, const unsigned *order,
                      struct dc_outcome *out);

/* order [n] of prompt `stream` in permutation `number`; 0 is as recorded. */
void dc_replay_order(uint64_t seed, uint64_t stream, uint32_t number,
                     unsigned n, unsigned *order);

#endif
