/*
 * bench_judges_linear.c - how fast the linear judge reads, one core.
 *
 *   cc -O3 -std=c17 -D_POSIX_C_SOURCE=200809L -ffp-contract=off \
 *      -fno-math-errno -Iinclude -Isrc bench/bench_judges_linear.c \
 *      src/judge/judge_linear.c src/judge/linear_model.c src/judge/ngram.c \
 *      src/base/buf.c src/base/clock.c src/base/hash.c src/base/json.c \
 *      src/base/mem.c src/base/status.c src/base/utf8.c \
 *      -ljansson -lcrypto -lutf8proc -lm -o bench_judges_linear
 *   ./bench_judges_linear judge.dcj responses [ROUNDS]
 *
 * `responses` holds texts, each ended by a NUL, as bench_judges_linear.py makes
 * them; that script runs both sides. Prints MB/s (1 MB = 10^6 bytes) of every
 * round by processor time, and the sum of the scores, so that nothing is left
 * out by the compiler.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "judge/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern const struct dc_judge_ops dc_judge_linear;

enum { TEXTS_MAX = 1 << 20, FILE_MAX = 1 << 28 };

static size_t read_texts(const char *path, char **data, struct dc_judge_item *t)
{
    size_t n = 0, m = 0;
    FILE *f = fopen(path, "rb");
    *data = dc_xcalloc(FILE_MAX + 1, 1);
    if (!f)
        return 0;
    m = fread(*data, 1, FILE_MAX, f);
    fclose(f);
    for (char *s = *data; s < *data + m && n < TEXTS_MAX; s += strlen(s) + 1)
        t[n++] = (struct dc_judge_item){"", 0, s, strlen(s)};
    return n;
}

static double one_round(struct dc_judge *j, const struct dc_judge_item *t,
                        size_t n)
{
    static struct dc_judgement out[DC_JUDGE_BATCH];
    double sum = 0;
    for (size_t i = 0; i < n; i += DC_JUDGE_BATCH) {
        size_t m = n - i < DC_JUDGE_BATCH ? n - i : DC_JUDGE_BATCH;
        memset(out, 0, sizeof out);
        dc_judge_linear.judge(j, t + i, m, out, NULL);
        for (size_t k = 0; k < m; k++)
            sum += out[k].score;
    }
    return sum;
}

int main(int argc, char **argv)
{
    struct dc_judge_item *t = dc_xcalloc(TEXTS_MAX, sizeof *t);
    struct dc_judge_cfg cfg = {.file = argc > 1 ? argv[1] : ""};
    struct dc_judge *j = NULL;
    struct dc_err err = {0};
    char *data = NULL;
    size_t n = argc > 2 ? read_texts(argv[2], &data, t) : 0, bytes = 0;
    long rounds = argc > 3 ? strtol(argv[3], NULL, 10) : 5;
    if (n == 0 || dc_judge_linear.open(&cfg, &j, &err)) {
        fprintf(stderr, "usage: %s judge.dcj responses [ROUNDS]: %s\n", argv[0],
                err.msg);
        return 2;
    }
    for (size_t i = 0; i < n; i++)
        bytes += t[i].n;
    for (long r = 0; r < rounds; r++) {
        clock_t start = clock();
        double sum = one_round(j, t, n);
        double s = (double)(clock() - start) / CLOCKS_PER_SEC;
        printf("%zu responses, %zu bytes: %.1f MB/s (scores add up to %.6f)\n",
               n, bytes, (double)bytes / s / 1e6, sum);
    }
    dc_judge_linear.close(j);
    free(data);
    free(t);
    return 0;
}
