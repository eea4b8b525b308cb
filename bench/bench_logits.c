/*
 * bench_logits.c - milliseconds per row of dc_logits_scan, by kernel.
 *
 * Rows look like a model's: normal logits with a few that stand out. Each
 * figure is the median and the least of REPEAT means over N_ROW rows, which
 * together are larger than the second-level cache, as after a decode.
 *
 * Not in the default build. From the top of the checkout (one line):
 * cc -O3 -ffp-contract=off -fno-math-errno -D_POSIX_C_SOURCE=200809L -Iinclude
 * -Isrc bench/bench_logits.c src/conf/[ls]*.c src/base/[mrc]*.c -lm -o bench_l
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"

#include <deepconf/conf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_ROW = 8, REPEAT = 41 };

static int ascending(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static float *make_rows(size_t n_vocab)
{
    const struct dc_rng_key key = {.seed = 1, .stream = n_vocab};
    float *z = dc_xcalloc(N_ROW * n_vocab, sizeof *z);
    for (size_t i = 0; i < N_ROW * n_vocab; i++) {
        double u = dc_rng_uniform(&key, 0, (uint32_t)i);
        double v = dc_rng_uniform(&key, 1, (uint32_t)i);
        double g = sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
        z[i] = (float)(2.5 * g + (i % 9973 == 17 ? 14 : 0));
    }
    return z;
}

static void measure(size_t n_vocab, enum dc_simd which)
{
    struct dc_logits w;
    struct dc_token tok;
    const struct dc_sampling how = dc_sampling_default();
    double scan[REPEAT], both[REPEAT], sink = 0;
    if (!dc_logits_set_simd(which)) {
        puts("this machine has no AVX2");
        return;
    }
    float *z = make_rows(n_vocab);
    dc_logits_init(&w, n_vocab, DC_CONF_K_DEFAULT);
    for (int i = 0; i < REPEAT; i++) {
        double start = dc_clock_ms();
        for (size_t r = 0; r < N_ROW; r++) {
            if (!dc_logits_scan(&w, z + r * n_vocab))
                abort();
            sink += w.conf;
        }
        double middle = dc_clock_ms();
        for (size_t r = 0; r < N_ROW; r++) {
            if (!dc_logits_scan(&w, z + r * n_vocab))
                abort();
            dc_logits_sample(&w, z + r * n_vocab, &how, 0.5, &tok);
            sink += (double)tok.logprob;
        }
        scan[i] = (middle - start) / N_ROW;
        both[i] = (dc_clock_ms() - middle) / N_ROW;
    }
    qsort(scan, REPEAT, sizeof *scan, ascending);
    qsort(both, REPEAT, sizeof *both, ascending);
    printf("%7zu %-7s %8.4f %8.4f %8.4f %8.4f\n", n_vocab,
           dc_logits_simd_name(), scan[REPEAT / 2], scan[0], both[REPEAT / 2],
           both[0]);
    if (!isfinite(sink))
        abort();
    dc_logits_release(&w);
    free(z);
}

int main(void)
{
    const size_t size[] = {49152, 151936};
    puts("ms per row              scan         scan and draw");
    puts("n_vocab kernel    median    least   median    least");
    for (size_t i = 0; i < DC_COUNT(size); i++) {
        measure(size[i], DC_SIMD_SCALAR);
        measure(size[i], DC_SIMD_AVX2);
    }
    return 0;
}
