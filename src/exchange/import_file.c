/*
 * import_file.c - a file as JSON values, and JSONL line by line.
 */
#include "base/file_in.h"
#include "base/mem.h"
#include "exchange/import_priv.h"
#include "exchange/json_pick.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char wanted[] = "the file to import";

static long read_file(void *arg, char *buf, size_t n)
{
    FILE *f = arg;
    size_t got = fread(buf, 1, n, f);
    return got == 0 && ferror(f) ? -1 : (long)got;
}

enum dc_status dc_import_open(const char *path, struct dc_import_file *f,
                              struct dc_err *err)
{
    char mark[3];
    struct stat sb;
    FILE *in = NULL;
    enum dc_status st = dc_file_open(path, wanted, &in, err);
    *f = (struct dc_import_file){.f = in};
    if (st)
        return st;
    if (fread(mark, 1, 3, in) != 3 || memcmp(mark, "\xEF\xBB\xBF", 3) != 0)
        rewind(in);
    f->json = dc_xcalloc(1, sizeof *f->json);
    dc_ji_init(f->json, read_file, in);
    if (fstat(fileno(in), &sb) == 0)
        f->json->room = dc_json_room((uint64_t)sb.st_size);
    return DC_OK;
}

/* The first bytes of a file that is read more than once: no pipe. */
static enum dc_status read_head(const char *path, char head[DC_FILE_HEAD],
                                size_t *n, struct dc_err *err)
{
    struct stat sb;
    FILE *f = NULL;
    if (stat(path, &sb) == 0 && !S_ISREG(sb.st_mode) && !S_ISDIR(sb.st_mode))
        return dc_fail(err, DC_IO,
                       "is no regular file; write what it gives to a file "
                       "first");
    enum dc_status st = dc_file_open(path, wanted, &f, err);
    if (st)
        return st;
    *n = fread(head, 1, DC_FILE_HEAD, f);
    if (ferror(f))
        st = dc_fail(err, DC_IO, "can't be read: %s", strerror(errno));
    fclose(f);
    return st;
}

static enum dc_status check_blank(const char *path, struct dc_err *err)
{
    struct dc_import_file f;
    enum dc_status st = dc_import_open(path, &f, err);
    if (!st && dc_ji_peek(f.json) < 0 && !f.json->failed)
        st = dc_fail(err, DC_DATA, "is empty: there is no response in it");
    dc_import_close(&f);
    return st;
}

enum dc_status dc_import_look(const char *path, const struct dc_format *format,
                              struct dc_err *err)
{
    char head[DC_FILE_HEAD];
    size_t n = 0;
    enum dc_status st = read_head(path, head, &n, err);
    const char *kind = st ? NULL : dc_file_kind(head, n);
    if (st)
        return st;
    if (!kind)
        return check_blank(path, err);
    bool zip = n >= 2 && !memcmp(head, "PK", 2);
    bool inspect = format->read == dc_read_inspect;
    if (zip && inspect)
        return DC_OK;
    return dc_fail(err, DC_DATA, "is %s; --format %s reads %stext in UTF-8%s",
                   kind, format->name, inspect ? "a zip archive or " : "",
                   zip ? ", and --format inspect logs that are archives"
                       : dc_file_kind_advice(kind));
}

void dc_import_note_feed(struct dc_import *in, const struct dc_json_in *j)
{
    dc_import_add(in, DC_IMPORT_MISSING,
                  "numbers that are not finite (NaN, Infinity)",
                  j->feed.n_not_finite);
}

void dc_import_close(struct dc_import_file *f)
{
    if (f->f)
        fclose(f->f);
    if (f->json)
        dc_ji_release(f->json);
    free(f->json);
    *f = (struct dc_import_file){.f = NULL};
}

/* Does the line at hand look like the header of a CSV file? */
static bool is_csv(const struct dc_json_in *j)
{
    size_t n = j->n - j->at;
    const char *s = j->chunk + j->at, *end = memchr(s, '\n', n);
    n = end ? (size_t)(end - s) : n;
    return memchr(s, ',', n) || memchr(s, ';', n) || memchr(s, '\t', n);
}

static enum dc_status no_object(const struct dc_import_file *f, int c,
                                struct dc_err *err)
{
    size_t line = f->json->line;
    if (f->n == 0 && c != '[' && is_csv(f->json))
        return dc_fail(err, DC_DATA,
                       "line %zu: expected JSON objects, and this is CSV by "
                       "its first line; --format csv reads rows of responses",
                       line);
    return dc_fail(err, DC_DATA,
                   "line %zu: expected a JSON object on the line, got "
                   "something else%s",
                   line,
                   c == '[' ? "; jq -c '.[]' writes the elements of an array "
                              "as lines"
                            : "");
}

/* What stands between the objects of an array; *more: an object comes. */
static enum dc_status next_element(struct dc_import_file *f, bool *more,
                                   struct dc_err *err)
{
    enum dc_status st = DC_OK;
    *more = dc_ji_peek(f->json) != ']';
    if (*more && f->n > 0)
        st = dc_ji_take(f->json, ',', err);
    if (st || *more)
        return st;
    st = dc_ji_take(f->json, ']', err);
    if (!st && dc_ji_peek(f->json) >= 0)
        st =
            dc_fail(err, DC_DATA, "line %zu: expected nothing behind the array",
                    f->json->line);
    return st;
}

/* Is there another object? *line: where it starts. */
static enum dc_status find_object(struct dc_import_file *f, bool *more,
                                  size_t *line, struct dc_err *err)
{
    int c = dc_ji_peek(f->json);
    enum dc_status st = DC_OK;
    *more = c >= 0;
    if (c == '[' && f->n == 0 && !f->in_array) {
        f->in_array = true;
        st = dc_ji_take(f->json, '[', err);
    }
    if (!st && f->in_array)
        st = next_element(f, more, err);
    c = dc_ji_peek(f->json);
    *line = f->json->line;
    if (!st && c < 0 && f->json->failed)
        st = dc_fail(err, DC_IO, "line %zu: the file can't be read on", *line);
    if (st || !*more)
        return st;
    f->n += c == '{';
    return c < 0 || c == '{' ? DC_OK : no_object(f, c, err);
}

enum dc_status dc_import_line(struct dc_import_file *f, json_t **out,
                              size_t *line, struct dc_err *err)
{
    bool more;
    enum dc_status st = find_object(f, &more, line, err);
    *out = NULL;
    return st || !more ? st : dc_ji_value(f->json, out, err);
}

enum dc_status dc_import_pick(struct dc_import_file *f,
                              const struct dc_import_keys *k, json_t **out,
                              size_t *line, struct dc_err *err)
{
    bool more;
    enum dc_status st = find_object(f, &more, line, err);
    *out = NULL;
    return st || !more ? st : dc_ji_pick(f->json, k->key, k->n, out, err);
}
