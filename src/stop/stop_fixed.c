/*
 * stop_fixed.c - draw all K traces: the reference every other policy's losses
 * are measured against. The only policy that curtailment does not shorten.
 */
#include <deepconf/stop.h>

static void next(const struct dc_stop_view *v, struct dc_stop_next *out)
{
    *out = (struct dc_stop_next){.reason = "",
                                 .need = v->c->max_traces - v->s->tally.n};
}

const struct dc_stop_policy dc_stop_fixed = {
    .name = "fixed",
    .rule = "draw all K traces",
    .promise = "all traces are drawn, so nothing is left that could change",
    .by_tally = true,
    .next = next,
};
