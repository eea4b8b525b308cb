/*
 * window.c - which prompts audit an answer window, and how many calibrate.
 *
 * The draw of the audit is keyed like a token's, by an index no trace and no
 * token has, so that it depends on nothing but the run's seed and the prompt.
 */
#include "base/rng.h"

#include <deepconf/stop.h>
#include <math.h>

bool dc_window_audited(uint64_t seed, uint64_t stream, double share)
{
    const struct dc_rng_key key = {.seed = seed, .stream = stream};
    return dc_rng_uniform(&key, UINT32_MAX, UINT32_MAX) < share;
}

size_t dc_calibration_prompts(size_t n, double share)
{
    size_t want = (size_t)ceil(share * (double)n);
    return want == 0 && n > 0 ? 1 : want;
}
