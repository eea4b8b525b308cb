/*
 * rng.h - counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror
 * and Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 *
 * There is no state: a number is a pure function of a key and a counter, so
 * that what one trace draws never depends on what runs beside it. The uniform
 * of a token is keyed (run seed; prompt, trace index, token index).
 */
#ifndef DC_BASE_RNG_H
#define DC_BASE_RNG_H

#include <stdint.h>

struct dc_rng_key {
    uint64_t seed;   /* of the run */
    uint64_t stream; /* of the prompt: dc_hash64 of its id */
};

/* The block of four words for (key.seed; ctr). */
void dc_philox4x32(uint64_t key, const uint32_t ctr[4], uint32_t out[4]);

/*
 * Uniform in (0, 1): an odd multiple of 2^-53, so never 0 and never 1. `a` and
 * `b` are the trace index and the token index, or any other pair that names a
 * draw. The exact bits are in rng.c.
 */
double dc_rng_uniform(const struct dc_rng_key *key, uint32_t a, uint32_t b);

/* Uniform integer in 0..n-1 without bias worth naming (n < 2^32), n >= 1. */
uint32_t dc_rng_below(const struct dc_rng_key *key, uint32_t a, uint32_t b,
                      uint32_t n);

#endif
