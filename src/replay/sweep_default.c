/*
 * sweep_default.c - the settings that a sweep replays unless some are named:
 * every policy of the table, over the parameters that people ask about.
 */
#include "base/mem.h"
#include "replay/sweep.h"

#include <stdlib.h>

static const char *const policies[] = {
    "fixed",
    "curtail",
    "unanimous(3)",
    "unanimous(4)",
    "unanimous(5)",
    "hypergeometric(0.05)",
    "hypergeometric(0.01)",
    "hypergeometric(0.001)",
    "adaptive-consistency(0.9)",
    "adaptive-consistency(0.95)",
    "adaptive-consistency(0.99)",
    "sprt(0.4,0.6,0.05,0.05)",
    "sprt(0.3,0.7,0.05,0.05)",
    "e-process(0.1)",
    "e-process(0.05)",
    "confidence-percentile(20)",
    "confidence-percentile(30)",
    "confidence-percentile(40)",
    "confidence-percentile(50)",
    "confidence-percentile(60)",
    "confidence-percentile(70)",
    "confidence-percentile(80)",
    "confidence-percentile(90)",
    "deepconf(0.9,0.95)",
    "deepconf(0.5,0.95)",
    "deepconf(0.1,0.95)",
    "esc(2)",
    "esc(3)",
    "esc(4)",
    "esc(5)",
};

/* Added later: reports that were made before have none of these. */
static const char *const policies_added[] = {
    "own-percentile(20)",  "own-percentile(30)",   "own-percentile(40)",
    "own-percentile(50)",  "own-percentile(60)",   "own-percentile(70)",
    "own-percentile(80)",  "own-percentile(90)",   "own-percentile(95)",
    "cges(0.9,mean_prob)", "cges(0.95,mean_prob)", "cges(0.99,mean_prob)",
};

static const char *const votes[] = {"weighted(mean)", "weighted(tail)",
                                    "weighted(group_min)", "filtered(0.5,mean)",
                                    "filtered(0.1,mean)"};

static const unsigned window_tokens[] = {16, 32, 64};

/* Does it look at something that the traces lack? */
static bool is_blind(const struct dc_setting *s, unsigned lacks)
{
    return (dc_stop_looks(s->policy.row) && (s->measure.row->reads & lacks)) ||
           (s->policy.row->bar && (lacks & DC_TOKEN_CONF)) ||
           (!s->vote.row->by_tally && (s->weight.row->reads & lacks));
}

enum dc_status dc_sweep_default(const struct dc_sweep_defaults *d,
                                struct dc_setting **out, size_t *n,
                                struct dc_err *err)
{
    enum {
        MOST = DC_COUNT(policies) + DC_COUNT(policies_added) + DC_COUNT(votes) +
               DC_COUNT(window_tokens)
    };
    struct dc_setting *s = dc_xcalloc(MOST, sizeof *s);
    enum dc_status st = DC_OK;
    size_t m = 0;
    for (size_t i = 0; i < MOST; i++) {
        s[i] = dc_setting_default();
        s[i].min_traces = d->min_traces;
        s[i].audit_share = 0.05;
    }
    for (size_t i = 0; i < DC_COUNT(policies) && !st; i++)
        st = dc_setting_policy(&s[m++], policies[i], d->measure, err);
    for (size_t i = 0; i < DC_COUNT(policies_added) && !d->first_set && !st;
         i++)
        st = dc_setting_policy(&s[m++], policies_added[i], d->measure, err);
    for (size_t i = 0; i < DC_COUNT(votes) && !st; i++) {
        st = dc_setting_policy(&s[m], "fixed", d->measure, err);
        if (!st)
            st = dc_setting_vote(&s[m++], votes[i], err);
    }
    for (size_t i = 0; i < DC_COUNT(window_tokens) && d->windows && !st; i++) {
        if (window_tokens[i] >= d->max_tokens)
            continue;
        s[m].has_window = true;
        s[m++].window = window_tokens[i];
    }
    if (st) {
        free(s);
        return st;
    }
    *n = 0;
    for (size_t i = 0; i < m; i++)
        if (!is_blind(&s[i], d->lacks) &&
            (d->max_traces == 0 ||
             dc_stop_counts(&s[i].policy, d->max_traces, NULL) == DC_OK))
            s[(*n)++] = s[i];
    *out = s;
    return DC_OK;
}
