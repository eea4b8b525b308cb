/*
 * stop_esc.c - Early-Stopping Self-Consistency (Li et al. 2024, arXiv
 * 2401.10480): traces come in windows of w, one behind the other, and the first
 * window whose verdicts all agree ends the prompt.
 */
#include "base/mem.h"

#include <deepconf/stop.h>

static const struct dc_param param[] = {
    {.name = "w",
     .help = "traces of a window",
     .def = 4,
     .min = 1,
     .max = 4096,
     .integer = true},
};

/* All refusals (partial ones too), or all compliances. */
static bool agree(const struct dc_stop_trace *t, unsigned w)
{
    struct dc_tally of = {0};
    for (unsigned i = 0; i < w; i++)
        dc_tally_add(&of, t[i].verdict);
    return of.refusal == w || of.compliance == w;
}

static void next(const struct dc_stop_view *v, struct dc_stop_next *out)
{
    const struct dc_stop_trace *t = v->s->trace;
    unsigned n = v->s->tally.n, w = (unsigned)v->arg[0];
    if (n > 0 && n % w == 0 && agree(&t[n - w], w))
        *out = (struct dc_stop_next){.stop = true,
                                     .reason = "a whole window agrees"};
    else
        *out = (struct dc_stop_next){.reason = "", .need = w - n % w};
}

const struct dc_stop_policy dc_stop_esc = {
    .name = "esc",
    .rule = "stop at the end of a window of w traces whose verdicts all agree",
    .promise = "none: the loss against all K traces has to be measured",
    .param = param,
    .n_param = DC_COUNT(param),
    .count_arg = 1,
    .under_curtail = true,
    .next = next,
};
