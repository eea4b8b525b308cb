/*
 * judge_out.c - FILE.part and its state (judge_out.h).
 *
 * The state is JSONL. Its first line holds the configuration, each further one
 * a mark:
 *
 *   {"deepconf judge": 1, "config": {"rows": "jsonl", ...}}
 *   {"bytes": 8192, "sha256": "...", "mark": {...}}
 *
 * bytes and sha256 are of the part. Both files are read once, in step, when a
 * command goes on: the part's hash is that of the writing as well.
 */
#include "judging/judge_out.h"

#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"
#include "base/write_file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FORMAT = 1, PIECE = 1 << 16, MAX_STATE_LINE = 1 << 22, SHOW_COLS = 60 };

static const char format_key[] = "deepconf judge";

struct dc_judge_out {
    FILE *f;               /* the part, a device, or standard output */
    struct dc_file_out to; /* name NULL: standard output */
    char *part;            /* NULL: can't be gone on with */
    char *state_path;
    bool made_state; /* it was not there before */
    FILE *state;
    struct dc_buf line;       /* of the state */
    json_t *mark;             /* the line at hand */
    struct dc_sha256 *sha256; /* of the part, up to at */
    uint64_t at;
    /* kept: where the last mark that holds ends, in both files */
    uint64_t keep_at, keep_state;
    uint64_t state_at; /* behind the line at hand */
    const json_t *config;
    char piece[PIECE];
};

bool dc_judge_out_is_csv(const char *path)
{
    const char *dot = path ? strrchr(path, '.') : NULL;
    return dot && !strcmp(dot, ".csv");
}

const char *dc_judge_out_part(const struct dc_judge_out *o)
{
    return o->part;
}

static enum dc_status fail_io(const char *path, const char *what,
                              struct dc_err *err)
{
    if (errno == EINTR) /* only a signal that ends the work gets through */
        return dc_fail(err, DC_INTERRUPTED, "interrupted");
    return dc_fail(err, DC_IO, "%.300s: can't be %s: %s", path, what,
                   strerror(errno));
}

/* ---- opening ---- */

static enum dc_status foreign(const char *path, struct dc_err *err)
{
    return dc_fail(err, DC_USAGE,
                   "%.300s: is there, and is a link or a file that deepconf "
                   "did not make: move it away, or name another --out",
                   path);
}

/* For reading and writing, made if it is not there, with the mode that the
 * output will have; a link is not followed. */
static enum dc_status open_file(const struct dc_judge_out *o, const char *path,
                                FILE **f, bool *made, struct dc_err *err)
{
    enum { FLAGS = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK };
    struct stat sb;
    int fd = open(path, FLAGS | O_CREAT | O_EXCL, dc_mode_for(o->to.path));
    *f = NULL;
    *made = fd >= 0;
    if (*made)
        dc_mode_keep(AT_FDCWD, o->to.path, fd);
    else if (errno == EEXIST)
        fd = open(path, FLAGS);
    if (fd < 0 && (errno == ELOOP || errno == ENXIO || errno == EISDIR))
        return foreign(path, err);
    if (fd >= 0 && fstat(fd, &sb) == 0 && !S_ISREG(sb.st_mode)) {
        close(fd);
        return foreign(path, err);
    }
    *f = fd < 0 ? NULL : fdopen(fd, "r+b");
    if (*f)
        return DC_OK;
    enum dc_status st = dc_file_out_fail(&o->to, err);
    if (fd >= 0)
        close(fd);
    return st;
}

static enum dc_status lock(struct dc_judge_out *o, struct dc_err *err)
{
    struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fileno(o->state), F_SETLK, &l) == 0 ||
        (errno != EACCES && errno != EAGAIN)) /* a file system without locks */
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "%.300s: another deepconf is writing it; wait for it, or "
                   "name another --out",
                   o->part);
}

static bool is_empty(FILE *f)
{
    struct stat sb;
    return fstat(fileno(f), &sb) == 0 && sb.st_size == 0;
}

static enum dc_status unknown_part(const struct dc_judge_out *o,
                                   struct dc_err *err)
{
    return dc_fail(err, DC_USAGE,
                   "%.300s: is there, and %.300s does not say by which command "
                   "it was written: delete both to start anew, or name another "
                   "--out",
                   o->part, o->state_path);
}

/* ---- the state ---- */

/* The next whole line of the state, parsed; NULL: there is none, or it is
 * torn. */
static json_t *state_line(struct dc_judge_out *o)
{
    int c;
    dc_buf_clear(&o->line);
    while ((c = getc(o->state)) != EOF && c != '\n' &&
           o->line.n < MAX_STATE_LINE)
        dc_buf_addc(&o->line, (char)c);
    if (c != '\n')
        return NULL;
    o->state_at += o->line.n + 1;
    return dc_json_loadb(o->line.data, o->line.n, JSON_REJECT_DUPLICATES, NULL);
}

static void show(struct dc_buf *out, const json_t *v)
{
    const char *s = json_string_value(v);
    if (!s) {
        dc_buf_adds(out, "not set");
        return;
    }
    dc_buf_addc(out, '\'');
    dc_utf8_display(out, s, strlen(s), SHOW_COLS);
    dc_buf_addc(out, '\'');
}

static enum dc_status fail_differs(const struct dc_judge_out *o,
                                   const char *key, const json_t *was,
                                   const json_t *now, struct dc_err *err)
{
    struct dc_buf k, a, b;
    dc_buf_init(&k, 1 << 12);
    dc_buf_init(&a, 1 << 12);
    dc_buf_init(&b, 1 << 12);
    dc_utf8_display(&k, key, strlen(key), SHOW_COLS);
    show(&a, was);
    show(&b, now);
    enum dc_status st = dc_fail(
        err, DC_USAGE,
        "%.200s: holds the verdicts of another command: %s is %s there and %s "
        "now: give that command to go on, or delete the file to start anew",
        o->part, k.data, a.data, b.data);
    dc_buf_release(&k);
    dc_buf_release(&a);
    dc_buf_release(&b);
    return st;
}

static enum dc_status check_config(const struct dc_judge_out *o,
                                   const json_t *was, struct dc_err *err)
{
    json_t *now = (json_t *)o->config, *v;
    const char *key;
    json_object_foreach(now, key, v)
    {
        const json_t *w = json_object_get(was, key);
        if (!json_equal(w, v))
            return fail_differs(o, key, w, v, err);
    }
    json_object_foreach((json_t *)was, key, v)
    {
        if (!json_object_get(now, key))
            return fail_differs(o, key, v, NULL, err);
    }
    return DC_OK;
}

/* Does the state begin as ours do, or would it, had it not been cut short? */
static bool is_our_state(FILE *f)
{
    static const char head[] = "{\"deepconf judge\":";
    char text[sizeof head - 1];
    size_t n = fread(text, 1, sizeof text, f);
    rewind(f);
    return memcmp(text, head, n) == 0;
}

/* The first line of the state. A part without one is not ours, or of a
 * version that left none; without a part there is nothing to lose. */
static enum dc_status read_head(struct dc_judge_out *o, struct dc_err *err)
{
    if (is_empty(o->f))
        return is_our_state(o->state) ? DC_OK : foreign(o->state_path, err);
    json_t *head = state_line(o);
    const json_t *config = json_object_get(head, "config");
    enum dc_status st = DC_OK;
    if (!json_is_object(config) ||
        json_integer_value(json_object_get(head, format_key)) != FORMAT)
        st = unknown_part(o, err);
    else
        st = check_config(o, config, err);
    json_decref(head);
    return st;
}

/* The state is made before the part, so that a part without one is not ours. */
static enum dc_status open_part(struct dc_judge_out *o,
                                const struct dc_judge_out_cfg *cfg,
                                struct dc_err *err)
{
    bool made_part = false;
    o->part = dc_path_with(o->to.path, ".part");
    o->state_path = dc_path_with(o->part, ".state");
    o->config = cfg->config;
    o->sha256 = dc_sha256_create();
    enum dc_status st =
        open_file(o, o->state_path, &o->state, &o->made_state, err);
    if (!st)
        st = lock(o, err);
    if (!st)
        st = open_file(o, o->part, &o->f, &made_part, err);
    if (!st && o->made_state && !made_part)
        st = unknown_part(o, err);
    if (!st)
        st = read_head(o, err);
    if (st && made_part)
        unlink(o->part);
    return st;
}

/* What is no file (a pipe, a device) is written as it is. */
static enum dc_status open_named(struct dc_judge_out *o,
                                 const struct dc_judge_out_cfg *cfg,
                                 struct dc_err *err)
{
    if (dc_file_same(cfg->input, cfg->path))
        return dc_fail(err, DC_USAGE,
                       "--out %.200s is the file that is read; name another "
                       "one",
                       cfg->path);
    enum dc_status st = dc_file_out_find(&o->to, cfg->path, err);
    if (st || o->to.path)
        return st ? st : open_part(o, cfg, err);
    o->f = fopen(cfg->path, "wb");
    return o->f ? DC_OK : fail_io(cfg->path, "written", err);
}

static void out_free(struct dc_judge_out *o)
{
    if (o->to.name && o->f)
        fclose(o->f);
    if (o->state)
        fclose(o->state);
    json_decref(o->mark);
    dc_buf_release(&o->line);
    dc_sha256_free(o->sha256);
    free(o->part);
    free(o->state_path);
    dc_file_out_forget(&o->to);
    free(o);
}

enum dc_status dc_judge_out_open(const struct dc_judge_out_cfg *cfg,
                                 struct dc_judge_out **out, struct dc_err *err)
{
    struct dc_judge_out *o = dc_xcalloc(1, sizeof *o);
    dc_buf_init(&o->line, MAX_STATE_LINE);
    enum dc_status st = DC_OK;
    if (cfg->path && strcmp(cfg->path, "-") != 0)
        st = open_named(o, cfg, err);
    else
        o->f = stdout;
    if (!st) {
        *out = o;
        return st;
    }
    if (o->made_state && is_empty(o->state))
        unlink(o->state_path);
    out_free(o);
    return st;
}

/* ---- going on ---- */

/* Read the part up to `to`; false: it is not that long. */
static bool read_part(struct dc_judge_out *o, uint64_t to)
{
    while (o->at < to) {
        size_t n = to - o->at < PIECE ? (size_t)(to - o->at) : PIECE;
        size_t got = fread(o->piece, 1, n, o->f);
        if (got == 0)
            return false;
        dc_sha256_add(o->sha256, o->piece, got);
        o->at += got;
    }
    return o->at == to;
}

/* Does the part hold the rows of the mark at hand? */
static bool holds(struct dc_judge_out *o)
{
    char now[DC_SHA256_HEX];
    const char *want = json_string_value(json_object_get(o->mark, "sha256"));
    const json_t *bytes = json_object_get(o->mark, "bytes");
    if (!want || !json_is_integer(bytes) || json_integer_value(bytes) < 0 ||
        !json_is_object(json_object_get(o->mark, "mark")) ||
        !read_part(o, (uint64_t)json_integer_value(bytes)))
        return false;
    dc_sha256_now(o->sha256, now);
    return !strcmp(now, want);
}

enum dc_status dc_judge_out_next(struct dc_judge_out *o, const json_t **mark,
                                 struct dc_err *err)
{
    *mark = NULL;
    if (!o->part || is_empty(o->f))
        return DC_OK;
    json_decref(o->mark);
    o->mark = state_line(o);
    if (o->mark && holds(o))
        *mark = json_object_get(o->mark, "mark");
    if (ferror(o->f) || ferror(o->state))
        return fail_io(ferror(o->f) ? o->part : o->state_path, "read", err);
    return DC_OK;
}

void dc_judge_out_keep(struct dc_judge_out *o)
{
    o->keep_at = o->at;
    o->keep_state = o->state_at;
}

/* ---- writing ---- */

static enum dc_status put(FILE *f, const char *path, const struct dc_buf *b,
                          struct dc_err *err)
{
    errno = 0;
    if (fwrite(b->data, 1, b->n, f) == b->n && fflush(f) == 0)
        return DC_OK;
    return fail_io(path, "written", err);
}

/* A line of the state; takes `line`. */
static enum dc_status put_state(struct dc_judge_out *o, json_t *line,
                                struct dc_err *err)
{
    char *text = json_dumps(line, JSON_COMPACT | JSON_ENSURE_ASCII);
    assert(text);
    dc_buf_clear(&o->line);
    dc_buf_addf(&o->line, "%s\n", text);
    free(text);
    json_decref(line);
    return put(o->state, o->state_path, &o->line, err);
}

static enum dc_status cut(FILE *f, const char *path, uint64_t at,
                          struct dc_err *err)
{
    if (ftruncate(fileno(f), (off_t)at) == 0 &&
        fseeko(f, (off_t)at, SEEK_SET) == 0)
        return DC_OK;
    return fail_io(path, "written", err);
}

/* The part's hash is of all that was read, which may be more than is kept. */
static enum dc_status rewind_hash(struct dc_judge_out *o, struct dc_err *err)
{
    dc_sha256_free(o->sha256);
    o->sha256 = dc_sha256_create();
    o->at = 0;
    if (fseeko(o->f, 0, SEEK_SET) == 0 && read_part(o, o->keep_at))
        return DC_OK;
    return fail_io(o->part, "read", err);
}

static enum dc_status put_rows_head(struct dc_judge_out *o, const char *head,
                                    struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_adds(&b, head);
    enum dc_status st = dc_judge_out_write(o, &b, err);
    dc_buf_release(&b);
    return st;
}

static enum dc_status put_head(struct dc_judge_out *o, const char *head,
                               struct dc_err *err)
{
    enum dc_status st = put_state(
        o, json_pack("{s:i,s:O}", format_key, FORMAT, "config", o->config),
        err);
    return st ? st : put_rows_head(o, head, err);
}

enum dc_status dc_judge_out_begin(struct dc_judge_out *o, const char *head,
                                  struct dc_err *err)
{
    enum dc_status st = DC_OK;
    if (!o->part)
        return put_rows_head(o, head, err);
    if (o->at != o->keep_at)
        st = rewind_hash(o, err);
    if (!st)
        st = cut(o->f, o->part, o->keep_at, err);
    if (!st)
        st = cut(o->state, o->state_path, o->keep_state, err);
    if (!st && o->keep_state == 0)
        st = put_head(o, head, err);
    return st;
}

enum dc_status dc_judge_out_write(struct dc_judge_out *o,
                                  const struct dc_buf *rows, struct dc_err *err)
{
    const char *name = o->to.name ? o->to.name : "standard output";
    enum dc_status st = put(o->f, o->part ? o->part : name, rows, err);
    if (!st && o->part) {
        dc_sha256_add(o->sha256, rows->data, rows->n);
        o->at += rows->n;
    }
    return st;
}

enum dc_status dc_judge_out_mark(struct dc_judge_out *o, json_t *mark,
                                 struct dc_err *err)
{
    char sha256[DC_SHA256_HEX];
    if (!o->part) {
        json_decref(mark);
        return DC_OK;
    }
    dc_sha256_now(o->sha256, sha256);
    return put_state(o,
                     json_pack("{s:I,s:s,s:o}", "bytes", (json_int_t)o->at,
                               "sha256", sha256, "mark", mark),
                     err);
}

/* ---- the end ---- */

static enum dc_status finish(struct dc_judge_out *o, struct dc_err *err)
{
    if (fflush(o->f) != 0 || !dc_sync(fileno(o->f)))
        return fail_io(o->part, "written", err);
    if (rename(o->part, o->to.path) != 0 || !dc_sync_folder_of(o->to.path))
        return fail_io(o->to.path, "written", err);
    unlink(o->state_path);
    return DC_OK;
}

enum dc_status dc_judge_out_close(struct dc_judge_out *o, enum dc_status st,
                                  struct dc_err *err)
{
    if (!o)
        return st;
    if (!st && o->part)
        st = finish(o, err);
    out_free(o);
    return st;
}
