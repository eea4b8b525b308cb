/*
 * stop_adaptive_consistency.c - Adaptive-Consistency (Aggarwal et al. 2023,
 * arXiv 2305.11860) for two answers: stop when the leader is probably that of
 * the model.
 *
 * With a votes for the leader, b against, and a uniform prior, the leader's
 * share s is Beta(a + 1, b + 1), and
 *   P(s > 1/2) = sum over j = 0 .. a of C(a+b+1, j) / 2^(a+b+1)
 *              = P(Bin(a+b+1, 1/2) <= a).
 * An undetermined verdict counts against the leader.
 */
#include "base/mem.h"

#include <deepconf/dist.h>
#include <deepconf/stop.h>

static const struct dc_param param[] = {
    {.name = "p",
     .help = "probability that the leader leads",
     .def = 0.95,
     .min = 0.5,
     .max = 1,
     .open_min = true,
     .open_max = true},
};

static void next(const struct dc_stop_view *v, struct dc_stop_next *out)
{
    const struct dc_tally *t = &v->s->tally;
    unsigned a = t->refusal > t->compliance ? t->refusal : t->compliance;
    *out = (struct dc_stop_next){.reason = "", .need = 1};
    if (2 * a >= t->n && dc_binom_cdf(a, t->n + 1, 0.5) >= v->arg[0])
        *out = (struct dc_stop_next){.stop = true,
                                     .reason = "the leader is probable"};
}

const struct dc_stop_policy dc_stop_adaptive_consistency = {
    .name = "adaptive-consistency",
    .rule = "stop when P(the leader has more than half) is p or more, by "
            "Beta(a+1, b+1)",
    .promise =
        "Bayesian, per look; its exact worst case `deepconf sweep` gives",
    .param = param,
    .n_param = DC_COUNT(param),
    .under_curtail = true,
    .by_tally = true,
    .next = next,
};
