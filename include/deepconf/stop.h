/*
 * stop.h - stopping policies: when is no further trace of a prompt needed?
 *
 * A policy sees the verdicts and confidences of the traces 0 .. n-1 of one
 * prompt, in trace order, and nothing else: a live run and a replay over the
 * recorded traces therefore stop at the same trace. Rows stand in
 * src/stop/stops.def. Formulas: docs/METHODS.md, section 5.
 *
 * Every policy runs on top of `curtail`'s rule (dc_stop_next applies both),
 * except `fixed`: none may run on when the decision can't change.
 */
#ifndef DEEPCONF_STOP_H
#define DEEPCONF_STOP_H

#include <deepconf/status.h>
#include <deepconf/vote.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { DC_STOP_K_MAX = 4096 };

/* What is known of a prompt so far. */
struct dc_stop_state {
    struct dc_tally tally; /* of the n = tally.n traces seen */
    bool has_conf;         /* the last trace has a confidence */
    double last_conf;      /* of trace n-1, already oriented: larger is surer */
};

struct dc_stop_cfg {
    unsigned min_traces; /* >= 1 */
    unsigned max_traces; /* K, >= min_traces */
    bool has_threshold;  /* confidence-percentile: set once calibrated */
    double threshold;    /* oriented like last_conf */
};

/* One answer of a policy. */
struct dc_stop_next {
    bool stop;
    const char *reason; /* static; "" while it goes on */
    /*
     * When it goes on: at least this many more traces are needed before the
     * policy can stop, whatever they say (>= 1). The engine starts that many
     * at once and none is wasted.
     */
    unsigned need;
};

struct dc_stop_policy {
    const char *name;
    const char *rule;    /* plain text */
    const char *promise; /* what is guaranteed against all K traces */
    bool under_curtail;  /* curtail's rule applies too */
    bool needs_calibration;
    /* required; called with tally.n < K, may look at everything in s and c */
    void (*next)(const struct dc_stop_state *s, const struct dc_stop_cfg *c,
                 struct dc_stop_next *out);
};

const struct dc_stop_policy *const *dc_stop_policies(size_t *n);
const struct dc_stop_policy *dc_stop_find(const char *name);

/* DC_USAGE if min and max don't fit: 1 <= min <= max <= DC_STOP_K_MAX. */
enum dc_status dc_stop_check(const struct dc_stop_cfg *c, struct dc_err *err);

/*
 * Ask policy p: stop (budget spent, decided by curtailment, or the policy's own
 * rule, in this order), or how many traces more. Never stops below min_traces.
 */
struct dc_stop_next dc_stop_ask(const struct dc_stop_policy *p,
                                const struct dc_stop_state *s,
                                const struct dc_stop_cfg *c);

#ifdef __cplusplus
}
#endif
#endif
