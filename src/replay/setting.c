/*
 * setting.c - a policy with all that its replay depends on: measure, vote,
 * answer window, and where its threshold comes from.
 */
#include "base/mem.h"
#include "read/rule.h"
#include "replay/replay.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

struct dc_setting dc_setting_default(void)
{
    struct dc_setting s = {.min_traces = 1, .calibration_share = 0.1};
    enum dc_status st = dc_setting_policy(&s, "curtail", "mean_prob", NULL);
    if (!st)
        st = dc_setting_vote(&s, "majority", NULL);
    assert(!st);
    (void)st;
    return s;
}

enum dc_status dc_setting_policy(struct dc_setting *s, const char *policy,
                                 const char *measure, struct dc_err *err)
{
    return dc_rule_policy(policy, measure, &s->policy, &s->measure, err);
}

enum dc_status dc_setting_vote(struct dc_setting *s, const char *vote,
                               struct dc_err *err)
{
    return dc_rule_vote(vote, &s->vote, &s->weight, err);
}

void dc_setting_text(const struct dc_setting *s, char *out, size_t n)
{
    char measure[DC_SPEC_TEXT + 8] = "", vote[DC_SPEC_TEXT + 8] = "",
                                window[32] = "";
    if (s->policy.row->needs_calibration)
        snprintf(measure, sizeof measure, " of %s", s->measure.spec.text);
    if (!s->vote.row->by_tally)
        snprintf(vote, sizeof vote, ", %s", s->vote.spec.text);
    if (s->has_window)
        snprintf(window, sizeof window, ", window %u", s->window);
    snprintf(out, n, "%s%s%s%s", s->policy.spec.text, measure, vote, window);
}

enum dc_status dc_setting_want(const struct dc_setting *s,
                               struct dc_record_cfg *c, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    if (s->has_window)
        st = dc_record_want_window(c, s->window, err);
    for (int whole = 0; whole < 2 && !st; whole++) {
        bool window = s->has_window && !whole;
        if (whole == 0 && !window)
            continue;
        if (!s->policy.row->by_tally)
            st = dc_record_want(c, &s->measure, window, s->window, err);
        if (!st && !s->vote.row->by_tally)
            st = dc_record_want(c, &s->weight, window, s->window, err);
    }
    if (s->policy.row->bar)
        c->conf = true;
    return st;
}
