/*
 * boot_draw.c - the clusters of a resample.
 *
 * A draw is counter (resample, draw / 2, stream) of Philox; words 0 and 1 of
 * its block make the even draw, words 2 and 3 the odd one, each as
 * floor(x n / 2^64) with a 64-bit x. The stream is a constant, so that a
 * bootstrap and a run with the same seed share no number.
 *
 * Drawing is what a bootstrap of many clusters spends its time on. With AVX2
 * four blocks are made at once, a 64-bit lane each, of which the low half
 * counts (`_mm256_mul_epu32` looks at no more); the integers are the same.
 */
#include "base/rng.h"
#include "stat/boot_priv.h"

#include <stdbool.h>

static const uint32_t STREAM_LO = 0x73747270, STREAM_HI = 0x626f6f74;

static uint32_t below(uint32_t lo, uint32_t hi, uint32_t n)
{
    return (uint32_t)(((uint64_t)hi * n + ((uint64_t)lo * n >> 32)) >> 32);
}

/* Draws from .. n - 1; from is even. */
static void draw_from(uint64_t seed, uint32_t resample, uint32_t from,
                      uint32_t n, uint32_t *cluster)
{
    uint32_t ctr[4] = {resample, 0, STREAM_LO, STREAM_HI}, w[4];
    for (uint32_t i = from; i < n; i += 2) {
        ctr[1] = i / 2;
        dc_philox4x32(seed, ctr, w);
        cluster[i] = below(w[0], w[1], n);
        if (i + 1 < n)
            cluster[i + 1] = below(w[2], w[3], n);
    }
}

void dc_boot_draw_plain(uint64_t seed, uint32_t resample, uint32_t n,
                        uint32_t *cluster)
{
    draw_from(seed, resample, 0, n, cluster);
}

#if defined(__x86_64__)

#include <immintrin.h>

enum { BLOCKS = 4, ROUNDS = 10 };

/* 32 bits in the low half of every lane. */
DC_BOOT_AVX2 static __m256i all(uint32_t x)
{
    return _mm256_set1_epi64x((long long)x);
}

/* below() of four pairs; the results in the low halves. */
DC_BOOT_AVX2 static __m256i below_four(__m256i lo, __m256i hi, __m256i n)
{
    __m256i low = _mm256_srli_epi64(_mm256_mul_epu32(lo, n), 32);
    return _mm256_srli_epi64(_mm256_add_epi64(_mm256_mul_epu32(hi, n), low),
                             32);
}

/* Eight draws from block `first` on: rng.c has the rounds. */
DC_BOOT_AVX2 static void draw_eight(uint64_t seed, uint32_t resample,
                                    uint32_t first, uint32_t n,
                                    uint32_t out[2 * BLOCKS])
{
    const __m256i m0 = all(0xD2511F53), m1 = all(0xCD9E8D57);
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    __m256i c0 = all(resample), c2 = all(STREAM_LO), c3 = all(STREAM_HI);
    __m256i c1 = _mm256_add_epi64(all(first), _mm256_set_epi64x(3, 2, 1, 0));
    for (int i = 0; i < ROUNDS; i++) {
        __m256i p0 = _mm256_mul_epu32(m0, c0), p1 = _mm256_mul_epu32(m1, c2);
        c0 = _mm256_xor_si256(_mm256_srli_epi64(p1, 32),
                              _mm256_xor_si256(c1, all(k0)));
        c2 = _mm256_xor_si256(_mm256_srli_epi64(p0, 32),
                              _mm256_xor_si256(c3, all(k1)));
        c1 = p1;
        c3 = p0;
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
    __m256i even = below_four(c0, c1, all(n)), odd = below_four(c2, c3, all(n));
    void *to = out;
    _mm256_storeu_si256(to, _mm256_or_si256(even, _mm256_slli_epi64(odd, 32)));
}

DC_BOOT_AVX2 static void draw_avx2(uint64_t seed, uint32_t resample, uint32_t n,
                                   uint32_t *cluster)
{
    uint32_t i = 0;
    for (; n - i >= 2 * BLOCKS; i += 2 * BLOCKS)
        draw_eight(seed, resample, i / 2, n, cluster + i);
    draw_from(seed, resample, i, n, cluster);
}

void dc_boot_draw(uint64_t seed, uint32_t resample, uint32_t n,
                  uint32_t *cluster)
{
    if (DC_BOOT_HAS_AVX2())
        draw_avx2(seed, resample, n, cluster);
    else
        dc_boot_draw_plain(seed, resample, n, cluster);
}

#else

void dc_boot_draw(uint64_t seed, uint32_t resample, uint32_t n,
                  uint32_t *cluster)
{
    dc_boot_draw_plain(seed, resample, n, cluster);
}

#endif
