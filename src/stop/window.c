/*
 * window.c - which prompts audit an answer window.
 *
 * The draw is keyed like a token's, by an index no trace and no token has, so
 * that it depends on nothing but the run's seed and the prompt.
 */
#include "base/rng.h"

#include <deepconf/stop.h>

bool dc_window_audited(uint64_t seed, uint64_t stream, double share)
{
    const struct dc_rng_key key = {.seed = seed, .stream = stream};
    return dc_rng_uniform(&key, UINT32_MAX, UINT32_MAX) < share;
}
