/*
 * bench_auroc.c - time of the cluster bootstrap of an AUROC.
 *
 *   cc -O3 -std=c17 -D_POSIX_C_SOURCE=200809L -ffp-contract=off \
 *      -fno-math-errno -Iinclude -Isrc bench/bench_auroc.c src/stat/auroc.c \
 *      src/stat/boot.c src/stat/boot_auroc.c src/stat/percentile.c \
 *      src/base/mem.c src/base/rng.c src/base/status.c src/base/utf8.c \
 *      src/base/buf.c src/base/clock.c -lutf8proc -lm -lpthread \
 *      -o bench_auroc && ./bench_auroc
 *
 * 5,083 prompts (the ToxicChat test set) of 10 traces, 362 prompts positive,
 * scores with an effect of the prompt; 10,000 resamples. Rounded scores have
 * ties of about 25 rows. Wall time and processor time of every round, as the
 * machine may be busy. bench_auroc FILE writes the first data set as lines
 * "prompt positive score", for bench_auroc_numpy.py, which runs both.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/rng.h"

#include <deepconf/boot.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { PROMPTS = 5083, TRACES = 10, POSITIVES = 362, ROUNDS = 3 };

static double normal(uint64_t stream, uint32_t a, uint32_t b)
{
    const struct dc_rng_key key = {11, stream};
    double u = dc_rng_uniform(&key, a, 2 * b);
    double v = dc_rng_uniform(&key, a, 2 * b + 1);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static void fill(double *score, bool *positive, uint32_t *prompt)
{
    for (uint32_t g = 0; g < PROMPTS; g++) {
        double effect = normal(1, g, 0) + (g < POSITIVES ? 0.8 : 0);
        for (uint32_t t = 0; t < TRACES; t++) {
            uint32_t i = g * TRACES + t;
            score[i] = effect + 0.5 * normal(2, g, t);
            positive[i] = g < POSITIVES;
            prompt[i] = g;
        }
    }
}

static int write_rows(const char *path, const struct dc_scored *s)
{
    FILE *f = fopen(path, "w");
    if (!f)
        return 1;
    for (size_t i = 0; i < s->n; i++)
        fprintf(f, "%u %d %.17g\n", s->group[i], s->positive[i], s->score[i]);
    return fclose(f) != 0;
}

static void bench(const struct dc_scored *s, const char *what, uint32_t threads)
{
    struct dc_boot_cfg cfg = dc_boot_cfg_default();
    struct dc_boot b;
    cfg.n_resamples = 10000;
    cfg.n_threads = threads;
    cfg.seed = 1;
    for (int round = 0; round < ROUNDS; round++) {
        clock_t c0 = clock();
        double t0 = dc_clock_ms();
        if (dc_boot_auroc(s, &cfg, &b, NULL) != DC_OK)
            return;
        double wall = dc_clock_ms() - t0;
        double cpu = (double)(clock() - c0) / CLOCKS_PER_SEC;
        printf("%-8s threads %u  wall %.3f s  processor %.3f s  "
               "auroc %.17g lo %.17g hi %.17g\n",
               what, threads, wall / 1000, cpu, b.value.value, b.lo, b.hi);
    }
}

int main(int argc, char **argv)
{
    size_t n = (size_t)PROMPTS * TRACES;
    double *score = dc_xcalloc(n, sizeof *score);
    bool *positive = dc_xcalloc(n, sizeof *positive);
    uint32_t *prompt = dc_xcalloc(n, sizeof *prompt);
    const struct dc_scored s = {score, positive, prompt, n, PROMPTS};
    fill(score, positive, prompt);
    int rc = argc > 1 ? write_rows(argv[1], &s) : 0;
    bench(&s, "distinct", 1);
    bench(&s, "distinct", 2);
    for (size_t i = 0; i < n; i++)
        score[i] = floor(score[i] * 400) / 400;
    bench(&s, "ties", 1);
    free(prompt);
    free(positive);
    free(score);
    return rc;
}
