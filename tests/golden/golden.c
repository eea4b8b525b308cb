/*
 * golden.c - reading, comparing and reporting for the checkers of golden_check.
 *
 * Names and texts come from files that anyone may have written, so they pass
 * dc_utf8_display() before they are printed.
 */
#include "golden.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "data/jsonl.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SHOWN_COLS = 200, SHOWN_MAX = 1 << 24, FILE_MAX = 1 << 30 };

static const double tolerance = 1e-12;
/* Two steps of the smallest doubles, which hold no 1e-12. */
static const double least = 2 * DBL_TRUE_MIN;

/* ---- reporting ---- */

static void put(const char *s, size_t n)
{
    struct dc_buf b;
    dc_buf_init(&b, SHOWN_MAX);
    dc_utf8_display(&b, s, n < 4096 ? n : 4096, SHOWN_COLS);
    fputs(b.data, stdout);
    dc_buf_release(&b);
}

static void put_place(const struct golden *g)
{
    fputs(g->file, stdout);
    if (g->line)
        printf(":%zu", g->line);
    fputs(": ", stdout);
}

void golden_differs(struct golden *g, const char *field, const char *expected,
                    const char *got)
{
    g->n_bad++;
    put_place(g);
    fputs(g->part, stdout);
    put(field, strlen(field));
    fputs(": expected ", stdout);
    put(expected, strlen(expected));
    fputs(", got ", stdout);
    put(got, strlen(got));
    putchar('\n');
}

/* ---- comparing ---- */

static void differ(struct golden *g, const char *field, double expected,
                   double got)
{
    char want[32], have[32];
    snprintf(want, sizeof want, "%.17g", expected);
    snprintf(have, sizeof have, "%.17g", got);
    golden_differs(g, field, want, have);
}

void golden_same(struct golden *g, const char *field, double expected,
                 double got)
{
    if (!(got == expected))
        differ(g, field, expected, got);
}

bool golden_is_near(double expected, double got, double slack)
{
    return got == expected ||
           fabs(got - expected) <= tolerance * fabs(expected) + slack + least;
}

void golden_close(struct golden *g, const char *field, double expected,
                  double got, double slack)
{
    g->n_near++;
    g->n_equal += got == expected;
    if (!golden_is_near(expected, got, slack))
        differ(g, field, expected, got);
}

void golden_reference_off(const struct golden *g, const char *field,
                          double expected, double got)
{
    put_place(g);
    printf("%s%s: the reference %.17g is off: by long double arithmetic %.17g "
           "is right\n",
           g->part, field, expected, got);
}

void golden_near(struct golden *g, const char *field, double expected,
                 double got)
{
    golden_close(g, field, expected, got, 0);
}

void golden_same_count(struct golden *g, const char *field, size_t expected,
                       size_t got)
{
    char want[32], have[32];
    if (expected == got)
        return;
    snprintf(want, sizeof want, "%zu", expected);
    snprintf(have, sizeof have, "%zu", got);
    golden_differs(g, field, want, have);
}

/* Quoted, so that an empty text and null can be told apart. Caller frees. */
static char *quoted(const char *s, size_t n)
{
    struct dc_buf b;
    dc_buf_init(&b, SHOWN_MAX);
    if (!s) {
        dc_buf_adds(&b, "null");
    } else {
        dc_buf_addc(&b, '"');
        dc_buf_add(&b, s, n < 4096 ? n : 4096);
        dc_buf_addc(&b, '"');
    }
    return dc_buf_detach(&b);
}

void golden_same_text(struct golden *g, const char *field,
                      const json_t *expected, const char *got, size_t len)
{
    const char *want = json_string_value(expected);
    size_t n = want ? json_string_length(expected) : 0;

    if (!json_is_string(expected) && !json_is_null(expected)) {
        golden_differs(g, field, "a string or null in the file",
                       expected ? "something else" : "nothing");
        return;
    }
    if (!want == !got && (!want || (n == len && !memcmp(want, got, n))))
        return;
    char *a = quoted(want, n), *b = quoted(got, len);
    golden_differs(g, field, a, b);
    free(a);
    free(b);
}

/* ---- reading ---- */

static const char *type_name(json_type t)
{
    static const char *const name[] = {
        [JSON_OBJECT] = "an object", [JSON_ARRAY] = "an array",
        [JSON_STRING] = "a string",  [JSON_INTEGER] = "an integer",
        [JSON_REAL] = "a number",    [JSON_TRUE] = "true",
        [JSON_FALSE] = "false",      [JSON_NULL] = "null",
    };
    return name[t];
}

static void wrong_type(struct golden *g, const char *field, const char *wanted,
                       const json_t *v)
{
    golden_differs(g, field, wanted, v ? type_name(json_typeof(v)) : "nothing");
}

bool golden_keys(struct golden *g, const json_t *obj, const char *const *known)
{
    const char *key;
    json_t *v;
    bool all = true;

    json_object_foreach((json_t *)obj, key, v)
    {
        size_t i = 0;
        while (known[i] && strcmp(known[i], key))
            i++;
        if (known[i])
            continue;
        golden_differs(g, key, "no such key", "one that is not known");
        all = false;
    }
    return all;
}

const json_t *golden_get(struct golden *g, const json_t *obj, const char *key,
                         json_type type)
{
    const json_t *v = json_object_get(obj, key);
    if (v && json_typeof(v) == type)
        return v;
    wrong_type(g, key, type_name(type), v);
    return NULL;
}

bool golden_number(struct golden *g, const json_t *obj, const char *key,
                   double *out)
{
    const json_t *v = json_object_get(obj, key);
    if (json_is_number(v)) {
        *out = json_number_value(v);
        return true;
    }
    wrong_type(g, key, type_name(JSON_REAL), v);
    return false;
}

bool golden_count(struct golden *g, const json_t *obj, const char *key,
                  size_t *out)
{
    const json_t *v = golden_get(g, obj, key, JSON_INTEGER);
    if (v && json_integer_value(v) >= 0) {
        *out = (size_t)json_integer_value(v);
        return true;
    }
    if (v)
        golden_differs(g, key, "0 or more", "less");
    return false;
}

double *golden_values(struct golden *g, const json_t *v, const char *field,
                      size_t *n)
{
    if (!json_is_array(v)) {
        wrong_type(g, field, "an array of numbers", v);
        return NULL;
    }
    *n = json_array_size(v);
    double *x = dc_xcalloc(*n, sizeof *x);
    for (size_t i = 0; i < *n; i++) {
        const json_t *e = json_array_get(v, i);
        if (!json_is_number(e)) {
            wrong_type(g, field, "numbers only", e);
            free(x);
            return NULL;
        }
        x[i] = json_number_value(e);
    }
    return x;
}

double *golden_numbers(struct golden *g, const json_t *obj, const char *key,
                       size_t *n)
{
    return golden_values(g, json_object_get(obj, key), key, n);
}

/* ---- files ---- */

static bool read_all(FILE *f, struct dc_buf *out)
{
    char piece[1 << 14];
    size_t n;

    while ((n = fread(piece, 1, sizeof piece, f)) > 0) {
        if (n > dc_buf_room(out))
            return false;
        dc_buf_add(out, piece, n);
    }
    return !ferror(f);
}

static void check_lines(struct golden *g, const struct golden_checker *c,
                        const struct dc_buf *text)
{
    struct dc_jsonl j;
    bool more = true;

    dc_jsonl_init(&j, text->data, text->n);
    for (;;) {
        struct dc_err err = {0};
        if (dc_jsonl_next(&j, &more, &err)) {
            golden_differs(g, err.msg, "JSONL", "this");
            break;
        }
        if (!more)
            break;
        g->n_rows++;
        g->line = j.record_line;
        c->row(g, j.object);
    }
    g->line = 0;
    dc_jsonl_release(&j);
}

static void check_whole(struct golden *g, const struct golden_checker *c,
                        const struct dc_buf *text)
{
    json_error_t why;
    json_t *root =
        json_loadb(text->data, text->n, JSON_REJECT_DUPLICATES, &why);
    if (json_is_object(root))
        c->all(g, root);
    else
        golden_differs(g, root ? "the file" : why.text, "a JSON object",
                       "this");
    json_decref(root);
}

static void summarise(const struct golden *g)
{
    put_place(g);
    if (g->n_bad)
        printf("%zu rows, %zu mismatches\n", g->n_rows, g->n_bad);
    else
        printf("%zu rows ok", g->n_rows);
    if (!g->n_bad && g->n_near)
        printf(" (%zu of %zu inexact figures to the last bit)", g->n_equal,
               g->n_near);
    if (!g->n_bad)
        putchar('\n');
}

enum golden_end golden_file(const char *dir, const struct golden_checker *c)
{
    struct golden g = {.file = c->file};
    struct dc_buf path, text;

    dc_buf_init(&path, 1 << 16);
    dc_buf_addf(&path, "%s/%s", dir, c->file);
    FILE *f = fopen(path.data, "rb");
    dc_buf_release(&path);
    if (!f && errno == ENOENT) {
        printf("%s: not there\n", c->file);
        return GOLDEN_ABSENT;
    }
    dc_buf_init(&text, FILE_MAX);
    if (!f || !read_all(f, &text))
        golden_differs(&g, "the file", "one that can be read",
                       f ? "an error or too much" : strerror(errno));
    else if (c->row)
        check_lines(&g, c, &text);
    else
        check_whole(&g, c, &text);
    dc_buf_release(&text);
    if (f)
        fclose(f);
    if (!g.n_bad && !g.n_rows)
        golden_differs(&g, "the file", "rows", "none");
    summarise(&g);
    return g.n_bad ? GOLDEN_BAD : GOLDEN_OK;
}
