/*
 * stop.c - the table of stopping policies (stops.def) and the frame each of
 * them is asked in.
 *
 * The frame holds what no policy may get wrong: never stop below min_traces,
 * always stop at K, and let curtailment go first, so that no policy runs on
 * when the decision can't change. A policy's own file holds its rule alone, and
 * may stop too early for min_traces. The answer is a pure function of the
 * state: a replay over recorded traces stops where the live run did.
 *
 * `need` of the answer is the smaller of the policy's own and curtailment's,
 * since either may end the prompt; it stays within
 *   max(1, min_traces - n) <= need <= K - n.
 */
#include "base/mem.h"

#include <assert.h>
#include <deepconf/stop.h>
#include <string.h>

#define X(name) extern const struct dc_stop_policy dc_stop_##name;
#include "stops.def"
#undef X

static const struct dc_stop_policy *const policies[] = {
#define X(name) &dc_stop_##name,
#include "stops.def"
#undef X
};

const struct dc_stop_policy *const *dc_stop_policies(size_t *n)
{
    *n = DC_COUNT(policies);
    return policies;
}

const struct dc_stop_policy *dc_stop_find(const char *name)
{
    for (size_t i = 0; i < DC_COUNT(policies); i++)
        if (strcmp(policies[i]->name, name) == 0)
            return policies[i];
    return NULL;
}

enum dc_status dc_stop_check(const struct dc_stop_cfg *c, struct dc_err *err)
{
    if (c->min_traces < 1)
        return dc_fail(err, DC_USAGE, "min traces is %u; at least 1 is needed",
                       c->min_traces);
    if (c->max_traces < c->min_traces)
        return dc_fail(err, DC_USAGE,
                       "min traces (%u) is larger than max traces (%u); lower "
                       "the first or raise the second",
                       c->min_traces, c->max_traces);
    if (c->max_traces > DC_STOP_K_MAX)
        return dc_fail(err, DC_USAGE,
                       "max traces is %u; at most %d are supported",
                       c->max_traces, (int)DC_STOP_K_MAX);
    return DC_OK;
}

struct dc_stop_next dc_stop_ask(const struct dc_stop_policy *p,
                                const struct dc_stop_state *s,
                                const struct dc_stop_cfg *c)
{
    assert(c->min_traces >= 1 && c->min_traces <= c->max_traces);
    assert(s->tally.n <= c->max_traces);
    unsigned n = s->tally.n;
    if (n == c->max_traces)
        return (struct dc_stop_next){.stop = true, .reason = "budget spent"};

    unsigned rem = c->max_traces - n;
    unsigned least = n < c->min_traces ? c->min_traces - n : 1;
    unsigned need = rem;
    if (p->under_curtail) {
        struct dc_stop_next base = {.reason = ""};
        dc_stop_curtail.next(s, c, &base);
        if (base.stop && n >= c->min_traces)
            return base;
        need = base.stop ? least : base.need;
    }
    struct dc_stop_next own = {.reason = ""};
    p->next(s, c, &own);
    if (own.stop && n >= c->min_traces)
        return own;
    if (own.stop)
        need = least;
    else if (own.need < need)
        need = own.need;
    if (need < least)
        need = least;
    return (struct dc_stop_next){.reason = "", .need = need};
}
