/*
 * stop_unanimous.c - stop when the first m verdicts, or all of more, are equal.
 *
 * Two verdicts that differ end its say: curtailment alone is left then.
 */
#include "base/mem.h"

#include <deepconf/stop.h>

static const struct dc_param param[] = {
    {.name = "m",
     .help = "equal verdicts, none other",
     .def = 5,
     .min = 1,
     .max = 4096,
     .integer = true},
};

static void next(const struct dc_stop_view *v, struct dc_stop_next *out)
{
    const struct dc_tally *t = &v->s->tally;
    unsigned m = (unsigned)v->arg[0];
    bool same = t->refusal == t->n || t->compliance == t->n;
    if (same && t->n >= m)
        *out = (struct dc_stop_next){.stop = true, .reason = "unanimous"};
    else if (same && t->n < m)
        *out = (struct dc_stop_next){.reason = "", .need = m - t->n};
    else
        *out = (struct dc_stop_next){.reason = "",
                                     .need = v->c->max_traces - t->n};
}

const struct dc_stop_policy dc_stop_unanimous = {
    .name = "unanimous",
    .rule =
        "stop when all verdicts so far are the same and there are m or more",
    .promise = "an exact worst case, which `deepconf sweep` gives",
    .param = param,
    .n_param = DC_COUNT(param),
    .count_arg = 1,
    .under_curtail = true,
    .by_tally = true,
    .next = next,
};
