/*
 * rule.c - rule.h: a row and its measure are parsed one after the other, as the
 * row says which measure it is.
 */
#include "read/rule.h"

enum dc_status dc_rule_policy(const char *policy, const char *measure,
                              struct dc_stop_spec *out,
                              struct dc_measure_spec *looks_at,
                              struct dc_err *err)
{
    char text[DC_SPEC_TEXT];
    struct dc_stop_spec p;
    enum dc_status st = dc_stop_parse(policy, &p, err);
    if (st)
        return st;
    dc_stop_measure(&p, measure, text);
    st = dc_measure_parse(text, looks_at, err);
    if (!st)
        *out = p;
    return st;
}

enum dc_status dc_rule_vote(const char *vote, struct dc_vote_spec *out,
                            struct dc_measure_spec *weight, struct dc_err *err)
{
    struct dc_vote_spec v;
    enum dc_status st = dc_vote_parse(vote, &v, err);
    if (!st && !v.row->by_tally) {
        st = dc_measure_parse(v.spec.measure, weight, err);
        if (!st)
            dc_vote_set_measure(&v, weight->spec.text);
    }
    if (!st)
        *out = v;
    return st;
}
