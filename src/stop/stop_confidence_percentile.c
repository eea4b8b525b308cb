/*
 * stop_confidence_percentile.c - stop when the last trace is surer than a
 * threshold: the q-th percentile of the oriented measure over calibration
 * traces (docs/METHODS.md, section 5). The caller finds the threshold first.
 *
 * The comparison is strict. A trace without a confidence (no tokens) never
 * stops a prompt.
 */
#include <assert.h>
#include <deepconf/stop.h>

static void next(const struct dc_stop_state *s, const struct dc_stop_cfg *c,
                 struct dc_stop_next *out)
{
    assert(c->has_threshold);
    if (s->has_conf && s->last_conf > c->threshold)
        *out = (struct dc_stop_next){.stop = true,
                                     .reason = "confidence above threshold"};
    else
        *out = (struct dc_stop_next){.reason = "", .need = 1};
}

const struct dc_stop_policy dc_stop_confidence_percentile = {
    .name = "confidence-percentile",
    .rule = "from min traces on, stop when the last trace's confidence is "
            "above the q-th percentile of a calibration sample",
    .promise = "none: the loss against all K traces has to be measured",
    .under_curtail = true,
    .needs_calibration = true,
    .next = next,
};
