/*
 * verify_file.c - line against line, in constant memory but for the longest
 * line (verify_file.h).
 */
#include "report/verify_file.h"

#include "base/file_in.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { EXCERPT = 60, MUCH = 1 << 20 };

/* ---- numbers ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           c == '_' || (unsigned char)c >= 0x80;
}

/* Where the number that begins at i ends. */
static size_t number_end(const char *s, size_t n, size_t i)
{
    while (i < n && (is_digit(s[i]) || ((s[i] == ',' || s[i] == '.') &&
                                        i + 1 < n && is_digit(s[i + 1]))))
        i++;
    if (i + 1 < n && (s[i] == 'e' || s[i] == 'E')) {
        size_t e = i + 1 + (s[i + 1] == '-' || s[i + 1] == '+');
        if (e < n && is_digit(s[e])) {
            for (i = e; i < n && is_digit(s[i]);)
                i++;
        }
    }
    return i;
}

bool dc_number_find(const char *s, size_t n_s, size_t from,
                    struct dc_number *out)
{
    for (size_t i = from; i < n_s; i++) {
        if (!is_word(s[i]))
            continue;
        size_t end = is_digit(s[i]) ? number_end(s, n_s, i) : i;
        if (end > i && (end == n_s || !is_word(s[end]))) {
            bool sign =
                i > 0 && s[i - 1] == '-' && (i == 1 || !is_word(s[i - 2]));
            *out = (struct dc_number){i - sign, end - i + sign};
            return true;
        }
        while (i < n_s && is_word(s[i]))
            i++;
    }
    return false;
}

static uint64_t count_numbers(const char *s, size_t n)
{
    struct dc_number x;
    uint64_t count = 0;
    for (size_t at = 0; dc_number_find(s, n, at, &x); at = x.at + x.n)
        count++;
    return count;
}

/* ---- lines ---- */

struct side {
    FILE *f;
    char *line;
    size_t cap, n;   /* n: without the line feed */
    bool has, ended; /* ended: by a line feed */
};

static void next(struct side *s)
{
    ssize_t got = dc_getline(&s->line, &s->cap, s->f);
    s->has = got >= 0;
    s->n = s->has ? (size_t)got : 0;
    s->ended = s->n > 0 && s->line[s->n - 1] == '\n';
    s->n -= s->ended;
}

static const char *shown(struct dc_arena *a, const char *s, size_t n,
                         size_t cols)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_utf8_display(&b, s, n, cols);
    const char *out = dc_arena_strdup(a, b.data);
    dc_buf_release(&b);
    return out;
}

static struct dc_verify_diff *add(struct dc_verify_file *f, size_t line)
{
    if (f->n_diff == DC_VERIFY_MAX_DIFFS) {
        f->n_more++;
        return NULL;
    }
    f->diff[f->n_diff] = (struct dc_verify_diff){.line = line};
    return &f->diff[f->n_diff++];
}

/* Text around the first byte that differs. */
static void add_excerpt(struct dc_verify_file *f, struct dc_arena *a,
                        const struct side side[2], size_t line)
{
    struct dc_verify_diff *d = add(f, line);
    size_t at = 0, least = side[0].n < side[1].n ? side[0].n : side[1].n;
    if (!d)
        return;
    if (side[0].has && side[1].has && side[0].ended != side[1].ended) {
        d->said = side[0].ended ? "a line feed at the end" : "no line feed";
        d->given = side[1].ended ? "a line feed at the end" : "no line feed";
        return;
    }
    while (at < least && side[0].line[at] == side[1].line[at])
        at++;
    size_t from = at > EXCERPT / 3 ? at - EXCERPT / 3 : 0;
    while (from > 0 && ((unsigned char)side[0].line[from] & 0xC0) == 0x80)
        from--;
    d->said = !side[0].has
                  ? "(no such line)"
                  : shown(a, side[0].line + from, side[0].n - from, EXCERPT);
    d->given = !side[1].has
                   ? "(no such line)"
                   : shown(a, side[1].line + from, side[1].n - from, EXCERPT);
}

static bool same_number(const struct side side[2], struct dc_number a,
                        struct dc_number b)
{
    return a.n == b.n && !memcmp(side[0].line + a.at, side[1].line + b.at, a.n);
}

/* Numbers of both lines in turn; false if something else differs too. */
static bool add_numbers(struct dc_verify_file *f, struct dc_arena *a,
                        const struct side side[2], size_t line)
{
    size_t at[2] = {0, 0}, before = f->n_diff + f->n_more;
    for (;;) {
        struct dc_number x, y;
        bool p = dc_number_find(side[0].line, side[0].n, at[0], &x);
        bool q = dc_number_find(side[1].line, side[1].n, at[1], &y);
        if (!p || !q)
            return p == q && f->n_diff + f->n_more > before;
        at[0] = x.at + x.n;
        at[1] = y.at + y.n;
        if (same_number(side, x, y))
            continue;
        struct dc_verify_diff *d = add(f, line);
        if (!d)
            return true;
        d->said = shown(a, side[0].line + x.at, x.n, EXCERPT);
        d->given = shown(a, side[1].line + y.at, y.n, EXCERPT);
    }
}

static void differ(struct dc_verify_file *f, struct dc_arena *a,
                   const struct side side[2], size_t line)
{
    size_t n_diff = f->n_diff, n_more = f->n_more;
    bool both = side[0].has && side[1].has;
    if (both && add_numbers(f, a, side, line))
        return;
    f->n_diff = n_diff;
    f->n_more = n_more;
    add_excerpt(f, a, side, line);
}

/* ---- what is left out ---- */

static bool has_picture(const struct side *s)
{
    return s->has &&
           (strstr(s->line, "data:image/") || strstr(s->line, "\"image/png\""));
}

/* Only what an SVG states about itself is compared. */
struct stated {
    bool inside;
};

static bool is_stated(struct stated *st, const struct side *s)
{
    bool here =
        st->inside ||
        (s->has && (strstr(s->line, "<metadata") || strstr(s->line, "<desc")));
    if (s->has && (strstr(s->line, "<metadata") || strstr(s->line, "<desc")))
        st->inside = true;
    if (s->has && (strstr(s->line, "</metadata") || strstr(s->line, "</desc")))
        st->inside = false;
    return here;
}

static void next_stated(struct side *s, struct stated *st)
{
    do
        next(s);
    while (s->has && !is_stated(st, s));
}

static bool same(const struct side side[2])
{
    return side[0].has == side[1].has && side[0].ended == side[1].ended &&
           side[0].n == side[1].n &&
           !memcmp(side[0].line, side[1].line, side[0].n);
}

static void walk(const struct dc_verify_two *two, struct side side[2],
                 struct dc_arena *a, struct dc_verify_file *f)
{
    struct stated st[2] = {{false}, {false}};
    for (size_t line = 1;; line++) {
        for (int i = 0; i < 2; i++) {
            if (two->figures_only)
                next_stated(&side[i], &st[i]);
            else
                next(&side[i]);
        }
        if (!side[0].has && !side[1].has)
            return;
        f->n_number += count_numbers(side[1].line, side[1].n);
        if (same(side) || (two->no_pictures && has_picture(&side[0]) &&
                           has_picture(&side[1])))
            continue;
        f->state = DC_VERIFY_DIFFERS;
        differ(f, a, side, line);
    }
}

/* A line is held in memory whole: how long it may be follows from ours. */
static bool is_far_larger(FILE *const f[2], struct dc_arena *a,
                          struct dc_verify_file *out)
{
    struct stat s[2];
    if (fstat(fileno(f[0]), &s[0]) != 0 || fstat(fileno(f[1]), &s[1]) != 0 ||
        s[0].st_size / 2 <= s[1].st_size + MUCH)
        return false;
    out->state = DC_VERIFY_DIFFERS;
    out->diff[out->n_diff++] = (struct dc_verify_diff){
        .said = dc_arena_printf(a, "%lld bytes", (long long)s[0].st_size),
        .given = dc_arena_printf(a, "%lld", (long long)s[1].st_size)};
    return true;
}

enum dc_status dc_verify_compare(const struct dc_verify_two *two,
                                 struct dc_arena *a, struct dc_verify_file *f,
                                 struct dc_err *err)
{
    FILE *const file[2] = {two->said, fopen(two->given, "rb")};
    enum dc_status st = DC_OK;
    f->state = DC_VERIFY_EQUAL;
    if (!file[1])
        return dc_fail(err, DC_IO, "%.500s: can't be read: %s", two->given,
                       strerror(errno));
    if (!is_far_larger(file, a, f)) {
        struct side side[2] = {{.f = file[0]}, {.f = file[1]}};
        walk(two, side, a, f);
        for (int i = 0; i < 2; i++) {
            if (ferror(side[i].f))
                st = dc_err_prefix(err, dc_file_errno(NULL, err), "%.500s",
                                   f->path);
            free(side[i].line);
        }
    }
    fclose(file[1]);
    return st;
}
