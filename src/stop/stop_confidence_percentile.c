/*
 * stop_confidence_percentile.c - stop when the last trace is surer than a
 * threshold: the q-th percentile of the oriented measure over calibration
 * traces (docs/METHODS.md, section 5). The caller finds the threshold first.
 *
 * The comparison is strict. A trace without a confidence (no tokens) never
 * stops a prompt.
 */
#include "base/mem.h"

#include <assert.h>
#include <deepconf/stop.h>

static void next(const struct dc_stop_view *v, struct dc_stop_next *out)
{
    unsigned n = v->s->tally.n;
    const struct dc_stop_trace *last = n ? &v->s->trace[n - 1] : NULL;
    assert(v->c->has_threshold);
    if (last && last->has_conf && last->conf > v->c->threshold)
        *out = (struct dc_stop_next){.stop = true,
                                     .reason = "confidence above threshold"};
    else
        *out = (struct dc_stop_next){.reason = "", .need = 1};
}

static const struct dc_param param[] = {
    {.name = "q",
     .help = "percentile of the calibration sample",
     .def = 20,
     .min = 0,
     .max = 100},
};

const struct dc_stop_policy dc_stop_confidence_percentile = {
    .name = "confidence-percentile",
    .rule = "from min traces on, stop when the last trace's confidence is "
            "above the q-th percentile of a calibration sample",
    .promise = "none: the loss against all K traces has to be measured",
    .param = param,
    .n_param = DC_COUNT(param),
    .under_curtail = true,
    .needs_calibration = true,
    .next = next,
};
