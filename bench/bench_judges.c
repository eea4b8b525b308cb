/*
 * bench_judges.c - the judges `keywords` and `linear` by themselves, one core.
 *
 *   bench_judges TEXTS [judge.dcj]     built and driven by bench/judges.py
 *
 * TEXTS holds responses, each ended by a NUL byte; with a file the judge is
 * `linear`, else `keywords`. Writes the verdicts of all responses as one line,
 * a digit each; then, for every line read from standard input, judges all of
 * them again and again for a third of a second and writes how many bytes that
 * were and how many seconds of processor time they took.
 */
#include "base/mem.h"
#include "judge/judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FILE_MAX = 1 << 28, PER_SECOND = 3 };

extern const struct dc_judge_ops dc_judge_keywords, dc_judge_linear;

struct texts {
    struct dc_judge_item *item; /* [n] */
    char *data;
    size_t n, bytes;
};

static bool read_texts(const char *path, struct texts *t)
{
    FILE *f = fopen(path, "rb");
    t->data = dc_xcalloc(FILE_MAX + 1, 1);
    if (!f)
        return false;
    size_t m = fread(t->data, 1, FILE_MAX, f);
    fclose(f);
    for (size_t i = 0; i < m; i++)
        t->n += t->data[i] == '\0';
    t->item = dc_xcalloc(t->n + 1, sizeof *t->item);
    char *s = t->data;
    for (size_t i = 0; i < t->n; i++, s += strlen(s) + 1) {
        t->item[i] = (struct dc_judge_item){"", 0, s, strlen(s)};
        t->bytes += t->item[i].n;
    }
    return t->n > 0;
}

static void all(struct dc_judge *j, const struct dc_judge_ops *ops,
                const struct texts *t, bool print)
{
    static struct dc_judgement out[DC_JUDGE_BATCH];
    for (size_t i = 0; i < t->n; i += DC_JUDGE_BATCH) {
        size_t m = t->n - i < DC_JUDGE_BATCH ? t->n - i : DC_JUDGE_BATCH;
        memset(out, 0, sizeof out);
        if (ops->judge(j, t->item + i, m, out, NULL))
            exit(1);
        for (size_t k = 0; print && k < m; k++)
            putchar('0' + (int)out[k].verdict);
    }
}

int main(int argc, char **argv)
{
    struct dc_judge_cfg cfg = {.n_threads = 1};
    const struct dc_judge_ops *ops = &dc_judge_keywords;
    struct texts t = {.n = 0};
    struct dc_judge *j = NULL;
    struct dc_err err = {0};
    char line[8];
    if (argc > 2) {
        ops = &dc_judge_linear;
        cfg.file = argv[2];
    }
    if (argc < 2 || !read_texts(argv[1], &t) || ops->open(&cfg, &j, &err)) {
        fprintf(stderr, "usage: %s TEXTS [judge.dcj] %s\n", argv[0], err.msg);
        return 2;
    }
    all(j, ops, &t, true);
    putchar('\n');
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        size_t bytes = 0;
        clock_t start = clock(), used;
        do {
            all(j, ops, &t, false);
            bytes += t.bytes;
            used = clock() - start;
        } while (used < CLOCKS_PER_SEC / PER_SECOND);
        printf("%zu %.6f\n", bytes, (double)used / CLOCKS_PER_SEC);
        fflush(stdout);
    }
    ops->close(j);
    free(t.item);
    free(t.data);
    return 0;
}
