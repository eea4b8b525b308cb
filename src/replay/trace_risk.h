/*
 * trace_risk.h - if only the surest traces were kept, how many of them would be
 * wrong: a curve over coverage, and its interval at some of it.
 */
#ifndef DC_REPLAY_TRACE_RISK_H
#define DC_REPLAY_TRACE_RISK_H

#include "replay/trace_rows.h"

enum { DC_RISK_STEPS = 100, DC_RISK_BANDS = 20 }; /* equal steps up to all */

struct dc_risk_curve {
    double coverage[DC_RISK_STEPS], risk[DC_RISK_STEPS];
    /* at every fifth step: the threshold there is held fixed and prompts are
     * resampled: the ratio of wrong to kept traces; elsewhere without a value
     */
    struct dc_boot band[DC_RISK_STEPS];
};

/* positive of x: right; boot NULL: without a band. */
void dc_risk_curve_find(const struct dc_trace_rows *x,
                        const struct dc_boot_cfg *boot,
                        struct dc_risk_curve *out);

#endif
