/*
 * stop_curtail.c - stop as soon as the majority over K traces is certain
 * (curtailed sampling; docs/METHODS.md, section 5).
 *
 * Certainty is dc_tally_decided(). `need` is exact: the fewest further traces
 * after which one of the three decisions could be certain. With n seen, r
 * refusals, c compliances and rem = K - n to come:
 *   refusal       r grows to floor(K/2) + 1, all to come being refusals
 *   compliance    c grows to ceil(K/2), all to come being compliances
 *   undetermined  r + rem must fall to floor(K/2) and c + rem to ceil(K/2) - 1;
 *                 an undetermined verdict lowers both by one, any other only
 *                 one of them, so undetermined verdicts get there first
 * The smallest of the three is at most rem: after K traces something is
 * certain. Under a vote that weighs nothing is before that.
 */
#include <deepconf/stop.h>

static unsigned min_u(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static unsigned max_u(unsigned a, unsigned b)
{
    return a > b ? a : b;
}

/* a - b, or 0 */
static unsigned above(unsigned a, unsigned b)
{
    return a > b ? a - b : 0;
}

/* The fewest further traces after which the decision could be certain. */
static unsigned until_certain(const struct dc_tally *t, unsigned k)
{
    unsigned rem = k - t->n;
    unsigned to_refuse = k / 2 + 1;
    unsigned to_comply = k - k / 2;
    unsigned need = max_u(above(t->refusal + rem, to_refuse - 1),
                          above(t->compliance + rem, to_comply - 1));
    need = min_u(need, above(to_refuse, t->refusal));
    return min_u(need, above(to_comply, t->compliance));
}

static void next(const struct dc_stop_view *v, struct dc_stop_next *out)
{
    if (v->c->weighted)
        *out = (struct dc_stop_next){.reason = "",
                                     .need = v->c->max_traces - v->s->tally.n};
    else if (dc_tally_decided(&v->s->tally, v->c->max_traces, NULL))
        *out =
            (struct dc_stop_next){.stop = true, .reason = "decision certain"};
    else
        *out = (struct dc_stop_next){
            .reason = "",
            .need = until_certain(&v->s->tally, v->c->max_traces)};
}

const struct dc_stop_policy dc_stop_curtail = {
    .name = "curtail",
    .rule = "stop as soon as the traces still to come can't change the "
            "majority over all K",
    .promise = "no decision ever changes",
    .under_curtail = true,
    .by_tally = true,
    .next = next,
};
