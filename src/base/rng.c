/*
 * rng.c - Philox4x32-10.
 *
 * One round on the words c and the round's key k, with hi and lo the halves of
 * a 64-bit product (Salmon et al. 2011, section 3.3, and its constants):
 *
 *   c0' = hi(M1 c2) ^ c1 ^ k0      c1' = lo(M1 c2)
 *   c2' = hi(M0 c0) ^ c3 ^ k1      c3' = lo(M0 c0)
 *
 * ten times, the key being raised by the two Weyl constants in between. The
 * low half of a 64-bit key or stream is its first word.
 *
 * A draw is counter (a, b, stream): words 0 and 1 of its block make the
 * uniform, words 2 and 3 the integer, so that the two are independent even
 * when a and b are equal.
 */
#include "base/rng.h"

#include <assert.h>

enum { ROUNDS = 10 };

static const uint64_t M0 = 0xD2511F53U;
static const uint64_t M1 = 0xCD9E8D57U;
static const uint32_t WEYL0 = 0x9E3779B9U; /* golden ratio */
static const uint32_t WEYL1 = 0xBB67AE85U; /* sqrt(3) - 1 */

void dc_philox4x32(uint64_t key, const uint32_t ctr[4], uint32_t out[4])
{
    uint32_t k0 = (uint32_t)key;
    uint32_t k1 = (uint32_t)(key >> 32);
    uint32_t c0 = ctr[0], c1 = ctr[1], c2 = ctr[2], c3 = ctr[3];

    for (int i = 0; i < ROUNDS; i++) {
        uint64_t p0 = M0 * c0;
        uint64_t p1 = M1 * c2;
        c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)p1;
        c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)p0;
        k0 += WEYL0;
        k1 += WEYL1;
    }
    out[0] = c0;
    out[1] = c1;
    out[2] = c2;
    out[3] = c3;
}

static void block(const struct dc_rng_key *key, uint32_t a, uint32_t b,
                  uint32_t out[4])
{
    const uint32_t ctr[4] = {a, b, (uint32_t)key->stream,
                             (uint32_t)(key->stream >> 32)};

    dc_philox4x32(key->seed, ctr, out);
}

/*
 * (x + 1/2) 2^-52 with x of 52 bits: every value is exact in a double, the
 * least is 2^-53 and the largest 1 - 2^-53. With 53 bits the last value,
 * 2^53 - 1/2, would round up and give 1.
 */
double dc_rng_uniform(const struct dc_rng_key *key, uint32_t a, uint32_t b)
{
    uint32_t w[4];

    block(key, a, b, w);
    uint64_t x = ((uint64_t)w[1] << 32 | w[0]) >> 12;
    return ((double)x + 0.5) * 0x1p-52;
}

/* floor(x n / 2^64) for a 64-bit x: no integer is off by more than 2^-32. */
uint32_t dc_rng_below(const struct dc_rng_key *key, uint32_t a, uint32_t b,
                      uint32_t n)
{
    uint32_t w[4];

    assert(n >= 1);
    block(key, a, b, w);
    uint64_t low = (uint64_t)w[2] * n;
    return (uint32_t)(((uint64_t)w[3] * n + (low >> 32)) >> 32);
}
