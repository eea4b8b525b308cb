/*
 * bench_judges.c - bytes a second of the judge `keywords`, on one core.
 *
 *   make && cc -O3 -std=c17 -D_POSIX_C_SOURCE=200809L -Iinclude -Isrc \
 *      -include base/banned.h bench/bench_judges.c src/judge/judge_keywords.c \
 *      src/judge/keywords_*.c build/embedded/keywords_builtin.c \
 *      src/base/arena.c src/base/buf.c src/base/clock.c src/base/hash.c \
 *      src/base/mem.c src/base/status.c src/base/utf8.c -lutf8proc -lcrypto \
 *      -o bench_judges
 *   python3 bench/bench_judges_re.py ./bench_judges FILE.csv...
 *
 * Reads responses from standard input, each ended by a NUL byte, and judges all
 * of them again and again. Writes a line "VERDICT RULE" for each, then the time
 * of each round: processor time, as other work may run beside it, and wall time
 * in brackets. bench_judges_re.py feeds it and does the same with Python's re.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "judge/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 5, MAX_TEXT = 1 << 28, MIN_BYTES = 50000000 };

extern const struct dc_judge_ops dc_judge_keywords;

struct texts {
    char *data;
    size_t n;
};

static struct dc_judgement judge(struct dc_judge *j, const char *s, size_t n)
{
    struct dc_judgement out = {.rule = ""};
    const struct dc_judge_item item = {"", 0, s, n};
    if (dc_judge_keywords.judge(j, &item, 1, &out, NULL))
        exit(1);
    return out;
}

/* Judge every text; print what was found if asked to. Bytes judged. */
static size_t all(struct dc_judge *j, const struct texts *t, bool print)
{
    size_t bytes = 0;
    for (size_t at = 0; at < t->n;) {
        size_t n = strlen(t->data + at);
        if (n > 0) {
            struct dc_judgement o = judge(j, t->data + at, n);
            if (print)
                printf("%d %s\n", (int)o.verdict, o.rule);
        }
        bytes += n;
        at += n + 1;
    }
    return bytes;
}

int main(void)
{
    struct dc_judge_cfg cfg = {.n_threads = 1};
    struct dc_judge *j;
    struct texts t = {dc_xmalloc(MAX_TEXT + 1), 0};
    t.n = fread(t.data, 1, MAX_TEXT, stdin);
    t.data[t.n] = '\0';
    double start = dc_clock_ms();
    if (t.n == 0 || dc_judge_keywords.open(&cfg, &j, NULL))
        return 1;
    fprintf(stderr, "opened in %.2f ms\n", dc_clock_ms() - start);
    all(j, &t, true);
    for (int r = 0; r < ROUNDS; r++) {
        size_t bytes = 0;
        clock_t used = clock();
        start = dc_clock_ms();
        while (bytes < MIN_BYTES)
            bytes += all(j, &t, false);
        double ms = dc_clock_ms() - start, mb = (double)bytes / 1e6;
        double s = (double)(clock() - used) / CLOCKS_PER_SEC;
        fprintf(stderr, "%.1f MB/s (%.1f)\n", mb / s, mb * 1000 / ms);
    }
    dc_judge_keywords.close(j);
    free(t.data);
    return 0;
}
