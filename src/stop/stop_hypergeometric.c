/*
 * stop_hypergeometric.c - stop when what was seen would be too strange under
 * the nearest opposite outcome of all K votes.
 *
 * The K traces of a prompt are exchangeable, so n of them are a draw without
 * replacement. For refusal the nearest opposite outcome has M = floor(K/2)
 * refusals, for compliance M = ceil(K/2) - 1 compliances; with x of n seen,
 *   P(X >= x), X ~ hypergeometric(K, M, n)   must be at most eps.
 * An undetermined verdict counts against both sides.
 */
#include "base/mem.h"

#include <deepconf/dist.h>
#include <deepconf/stop.h>

static const struct dc_param param[] = {
    {.name = "eps",
     .help = "probability per look",
     .def = 0.01,
     .min = 0,
     .max = 0.5,
     .open_min = true,
     .open_max = true},
};

/* Rounding must not keep P = eps from being "at most eps". */
#define SLACK (1 + 1e-12)

/* P(X >= x) for x of n drawn from k with m of the kind. */
static double unlikely(unsigned x, unsigned n, unsigned m, unsigned k)
{
    const struct dc_urn urn = {.size = k, .marked = m, .drawn = n};
    return x == 0 ? 1 : dc_hypergeom_sf(x - 1, &urn);
}

static void next(const struct dc_stop_view *v, struct dc_stop_next *out)
{
    const struct dc_tally *t = &v->s->tally;
    unsigned k = v->c->max_traces;
    *out = (struct dc_stop_next){.reason = "", .need = 1};
    if (unlikely(t->refusal, t->n, k / 2, k) <= v->arg[0] * SLACK ||
        unlikely(t->compliance, t->n, k - k / 2 - 1, k) <= v->arg[0] * SLACK)
        *out = (struct dc_stop_next){
            .stop = true, .reason = "the opposite vote is improbable"};
}

const struct dc_stop_policy dc_stop_hypergeometric = {
    .name = "hypergeometric",
    .rule = "stop when the nearest opposite vote of all K would have shown so "
            "many with probability eps at most",
    .promise = "an exact worst case, which `deepconf sweep` gives",
    .param = param,
    .n_param = DC_COUNT(param),
    .under_curtail = true,
    .by_tally = true,
    .next = next,
};
