/*
 * rule.c - rule.h: a row and its measure are parsed one after the other, as the
 * row says which measure it is.
 */
#include "read/rule.h"

#include "base/buf.h"

#include <stdint.h>

/* A rule that takes a confidence for a probability is given one. */
static enum dc_status fits_measure(const struct dc_stop_spec *p,
                                   const struct dc_measure_spec *m,
                                   struct dc_err *err)
{
    size_t n;
    const struct dc_measure *const *row = dc_measures(&n);
    struct dc_buf can;
    if (!p->row->needs_probability || dc_measure_is_probability(m->row))
        return DC_OK;
    dc_buf_init(&can, SIZE_MAX);
    for (size_t i = 0; i < n; i++)
        if (dc_measure_is_probability(row[i]))
            dc_buf_addf(&can, "%s%s", can.n ? " or " : "", row[i]->name);
    enum dc_status st =
        dc_fail(err, DC_USAGE,
                "%s takes a confidence for the probability that its verdict "
                "is right, and %s is none (%s, not from 0 to 1 and larger "
                "when surer): name %s, as in %s(%g,mean_prob)",
                p->row->name, m->spec.text, m->row->unit, can.data,
                p->row->name, p->spec.arg[0]);
    dc_buf_release(&can);
    return st;
}

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
        st = fits_measure(&p, looks_at, err);
    if (st)
        return st;
    dc_stop_set_measure(&p, looks_at->spec.text);
    *out = p;
    return DC_OK;
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
