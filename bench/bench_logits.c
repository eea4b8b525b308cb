/*
 * bench_logits.c - time of one scan of a row of logits, per kernel.
 *
 *   cc -O3 -std=c17 -D_POSIX_C_SOURCE=200809L -ffp-contract=off \
 *      -fno-math-errno -Iinclude -Isrc bench/bench_logits.c \
 *      src/conf/logits.c src/conf/logits_scalar.c src/conf/logits_avx2.c \
 *      src/conf/sample.c src/base/mem.c src/base/rng.c src/base/clock.c \
 *      -lm -o bench_logits && ./bench_logits
 *
 * Rows are normal logits with a few large ones, as a model gives them. 16 rows
 * are gone through in turn, as a batch of 16 sequences has them, so that a row
 * isn't in the first- or second-level cache when its turn comes. The figure is
 * the best of some rounds, in milliseconds per row; beside it the time to draw
 * a token from a row that was scanned.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"

#include <deepconf/conf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { ROWS = 16, ROUNDS = 15, K = DC_CONF_K_DEFAULT };

static void fill(float *z, size_t n, uint32_t row)
{
    const struct dc_rng_key key = {7, row};
    for (uint32_t i = 0; i < n; i++) {
        double u = dc_rng_uniform(&key, i, 0), v = dc_rng_uniform(&key, i, 1);
        double g = sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
        z[i] = (float)(2.5 * g + (dc_rng_below(&key, i, 2, 5000) ? 0 : 10));
    }
}

static void bench(const float *z, size_t n, const char *what,
                  const struct dc_sampling *how)
{
    struct dc_logits w;
    struct dc_token tok;
    double best_scan = HUGE_VAL, best_sample = HUGE_VAL, sum = 0;
    dc_logits_init(&w, n, K);
    for (int round = 0; round < ROUNDS; round++) {
        double scan = 0, sample = 0;
        for (size_t r = 0; r < ROWS; r++) {
            double t0 = dc_clock_ms();
            dc_logits_scan(&w, z + r * n);
            double t1 = dc_clock_ms();
            dc_logits_sample(&w, z + r * n, how, (double)(r + 1) / 17, &tok);
            scan += t1 - t0;
            sample += dc_clock_ms() - t1;
            sum += w.entropy + (double)tok.id;
        }
        best_scan = scan < best_scan ? scan : best_scan;
        best_sample = sample < best_sample ? sample : best_sample;
    }
    printf("%7zu  %-6s  %-18s  scan %.4f  draw %.4f  (check %.17g)\n", n,
           dc_logits_simd_name(), what, best_scan / ROWS, best_sample / ROWS,
           sum);
    dc_logits_release(&w);
}

int main(void)
{
    static const size_t sizes[] = {49152, 151936};
    static const enum dc_simd simd[] = {DC_SIMD_SCALAR, DC_SIMD_AVX2};
    struct dc_sampling plain = dc_sampling_default(), warm = plain, top = plain;
    warm.temperature = 0.7;
    top.temperature = 0.7;
    top.top_p = 0.95;
    for (size_t s = 0; s < DC_COUNT(sizes); s++) {
        size_t n = sizes[s];
        float *z = dc_xcalloc(ROWS * n, sizeof(*z));
        for (uint32_t r = 0; r < ROWS; r++)
            fill(z + r * n, n, r);
        for (size_t i = 0; i < DC_COUNT(simd); i++) {
            if (!dc_logits_set_simd(simd[i]))
                continue;
            bench(z, n, "T=1", &plain);
            bench(z, n, "T=0.7", &warm);
            bench(z, n, "T=0.7 top-p=0.95", &top);
        }
        free(z);
    }
    return 0;
}
