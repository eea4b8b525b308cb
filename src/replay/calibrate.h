/*
 * calibrate.h - the cheapest setting whose loss is held below a promise: Learn
 * then Test over a family of settings (docs/METHODS.md, section 7, "Promises
 * from calibration prompts").
 *
 * The prompts are split by id. On the calibration prompts each setting is
 * tested, from the safest, until the first that fails; of those that passed,
 * the one with the fewest tokens (traces, where tokens are not known) is
 * offered. It is then scored on the other
 * prompts, which nothing was chosen on: a threshold that a policy needs comes
 * from calibration prompts too.
 *
 * The reference is the majority over all K traces; prompts without it are left
 * out and counted. Each prompt that a loss is about is one trial.
 */
#ifndef DC_REPLAY_CALIBRATE_H
#define DC_REPLAY_CALIBRATE_H

#include "replay/sweep.h"

#include <deepconf/stat.h>

enum dc_loss {
    DC_LOSS_MISSED, /* of the prompts that all K refuse: decided otherwise */
    DC_LOSS_FALSE,  /* of those that all K answer: decided as refusal */
    DC_LOSS_CHANGED /* of all prompts: another decision */
};
enum { DC_LOSSES = DC_LOSS_CHANGED + 1 };

const char *dc_loss_name(enum dc_loss l); /* "missed-refusals", ... */
/* DC_USAGE names the losses. */
enum dc_status dc_loss_parse(const char *name, enum dc_loss *out,
                             struct dc_err *err);

struct dc_calibrate_cfg {
    enum dc_loss loss;
    struct dc_ltt_promise promise;
    double share;  /* of the prompts that calibrate, in (0, 1) */
    uint64_t seed; /* of the split */
    double level;  /* of the intervals, 0.95 */
};

/* What a setting did on the prompts of one half. */
struct dc_calibrate_half {
    size_t n; /* prompts */
    uint64_t n_trace, n_tok;
    double ms;
    struct dc_ltt_setting loss[DC_LOSSES]; /* n: prompts it is about */
};

enum dc_calibrate_test {
    DC_CALIBRATE_PASSED,
    DC_CALIBRATE_FAILED,
    DC_CALIBRATE_NOT_TESTED /* behind the first that failed */
};

struct dc_calibrate_row {
    struct dc_setting setting;
    char text[DC_SWEEP_TEXT];      /* of the setting, canonical */
    struct dc_calibrate_half half; /* calibration prompts: chosen on these */
    double p;                      /* of "it loses more than alpha" */
    enum dc_calibrate_test test;
    bool has_table; /* an exact worst case, which needs no prompts */
    double worst;   /* of the loss asked about */
};

struct dc_calibrate {
    const struct dc_record *record;
    struct dc_calibrate_cfg cfg;
    bool *subset;                 /* [n_prompt of the record]: calibrates */
    struct dc_calibrate_row *row; /* [n_row] in the order given */
    size_t n_row;
    size_t n_left_out;               /* prompts without a reference */
    size_t n_calibration, n_scoring; /* with one */
    uint64_t n_trial;                /* calibration prompts the loss is about */
    uint64_t n_needed;               /* at no loss */
    bool too_few;                    /* n_trial < n_needed */
    bool has_offer;                  /* a setting passed */
    size_t offer;                    /* its row */
    uint64_t n_offer_needed;         /* with the losses that it had */
    struct dc_calibrate_half scored; /* the offer, on the other prompts */
    struct dc_calibrate_half safest; /* row 0, on the other prompts */
    bool has_full_cost;              /* all K traces of those were drawn */
    uint64_t full_trace, full_tok;   /* then: what they cost */
    bool has_count, has_time; /* tokens, ms are known; else they mean nothing */
};

/* Is the prompt with this stream one that calibrates? */
bool dc_calibrate_is_in(const struct dc_calibrate_cfg *cfg, uint64_t stream);

/*
 * Test setting [n >= 1], safest first. That none passes is a result, not a
 * failure. DC_DATA: no prompt has a reference, a setting needs traces that were
 * not drawn, a threshold has nothing to come from. Release with ..._release;
 * the record is borrowed until then.
 */
enum dc_status dc_calibrate_run(const struct dc_record *r,
                                const struct dc_setting *setting, size_t n,
                                const struct dc_calibrate_cfg *cfg,
                                struct dc_calibrate *out, struct dc_err *err);
void dc_calibrate_release(struct dc_calibrate *c);

/*
 * How large a run of prompts like these has to be for the safest setting to
 * pass with probability DC_CALIBRATE_POWER, if it loses as often as it did
 * here. False: at such losses no run would do, or none that can be named.
 */
#define DC_CALIBRATE_POWER 0.8
bool dc_calibrate_run_size(const struct dc_calibrate *c, uint64_t *n);

/*
 * The cheapest row whose exact worst case is alpha or less: it keeps the
 * promise for every prompt whose verdicts are all determined, at any number of
 * them. False if there is none; of the loss `changed` also where a verdict of
 * the record is undetermined, since more orders can change a decision then.
 */
bool dc_calibrate_by_table(const struct dc_calibrate *c, size_t *row);

#endif
