/*
 * stop_own_percentile.c - stop at the first trace that is as sure as the q-th
 * percentile of the prompt's own first W traces (docs/METHODS.md, section 5).
 *
 * It is the rule of the evaluation that this program was asked to improve on,
 * as it was run there. So curtailment is off under it: the row shows what the
 * rule itself costs. Curtailment would change no decision, since whatever is
 * certain stays so.
 *
 * A trace without a confidence (no tokens) never stops a prompt, and the
 * percentile is over those of the first W that have one.
 */
#include "base/mem.h"

#include <deepconf/stat.h>
#include <deepconf/stop.h>
#include <stdlib.h>

static const struct dc_param param[] = {
    {.name = "q",
     .help = "percentile of the prompt's own first W confidences",
     .def = 20,
     .min = 0,
     .max = 100},
    {.name = "W",
     .help = "first traces of a prompt, that its threshold is made of",
     .def = 3,
     .min = 1,
     .max = DC_STOP_K_MAX,
     .integer = true},
    {.name = "MEASURE",
     .help = "confidence that it looks at",
     .measure = true,
     .left_out = true},
};

enum { Q, FIRST }; /* as in param */

/* The threshold; false if none of the first w traces has a confidence. */
static bool own_threshold(const struct dc_stop_view *v, unsigned w, double *out)
{
    double *x = dc_xcalloc(w, sizeof *x);
    size_t n = 0;
    for (unsigned i = 0; i < w; i++)
        if (v->s->trace[i].has_conf)
            x[n++] = v->s->trace[i].conf;
    if (n > 0)
        *out = dc_percentile(x, n, v->arg[Q]);
    free(x);
    return n > 0;
}

static void next(const struct dc_stop_view *v, struct dc_stop_next *out)
{
    unsigned n = v->s->tally.n, w = (unsigned)v->arg[FIRST];
    double least;
    if (n < w) {
        *out = (struct dc_stop_next){.reason = "", .need = w - n};
        return;
    }
    const struct dc_stop_trace *last = &v->s->trace[n - 1];
    if (last->has_conf && own_threshold(v, w, &least) && last->conf >= least)
        *out = (struct dc_stop_next){
            .stop = true, .reason = "as sure as its own first traces"};
    else
        *out = (struct dc_stop_next){.reason = "", .need = 1};
}

const struct dc_stop_policy dc_stop_own_percentile = {
    .name = "own-percentile",
    .rule = "from the W-th trace on, stop at the first whose confidence is at "
            "least the q-th percentile of the prompt's own first W",
    .promise = "none: the loss against all K traces has to be measured",
    .param = param,
    .n_param = DC_COUNT(param),
    .count_arg = FIRST + 1,
    .next = next,
};
