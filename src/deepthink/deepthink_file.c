/*
 * deepthink_file.c - a JSONL file that a killed run can take up again.
 *
 * A record is one line, written and synced before the next question begins, so
 * at most the last line is torn, and a torn one lacks its line feed. Only a
 * tail that begins as every record does is cut off: a file that is not ours is
 * refused as it is. An fcntl() lock keeps a second writer out and ends with its
 * process.
 */
#include "base/beside.h"
#include "base/file_in.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "deepthink/deepthink_records.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { SHOWN = 60 };

static enum dc_status io_error(const char *path, const char *what,
                               struct dc_err *err)
{
    return dc_fail(err, DC_IO, "%.500s: %s: %s", path, what, strerror(errno));
}

/* ---- one line ---- */

static enum dc_status no_record(const struct dc_deep_file *f, size_t line,
                                struct dc_err *err)
{
    return dc_fail(err, DC_DATA,
                   "%.500s: line %zu: not a record of deepthink; give the run "
                   "a new file (this one is left as it is)",
                   f->path, line);
}

/* The first key of a or b whose value differs, shown with both. */
static enum dc_status other_config(const struct dc_deep_file *f,
                                   const json_t *old, const json_t *now,
                                   struct dc_err *err)
{
    const char *key = "config";
    const json_t *was = old, *is = now;
    const char *k;
    json_t *v;
    json_object_foreach((json_t *)now, k, v)
    {
        if (json_equal(json_object_get(old, k), v))
            continue;
        key = k;
        was = json_object_get(old, k);
        is = v;
        break;
    }
    char *a = was ? json_dumps(was, JSON_ENCODE_ANY) : NULL;
    char *b = json_dumps(is, JSON_ENCODE_ANY);
    struct dc_buf x, y;
    dc_buf_init(&x, SIZE_MAX);
    dc_buf_init(&y, SIZE_MAX);
    dc_utf8_display(&x, a ? a : "nothing", a ? strlen(a) : 7, SHOWN);
    dc_utf8_display(&y, b, strlen(b), SHOWN);
    enum dc_status st = dc_fail(
        err, DC_USAGE,
        "%.500s holds another run: %s is %s there and %s now; give this run "
        "a new file, or the same options",
        f->path, key, x.data, y.data);
    dc_buf_release(&x);
    dc_buf_release(&y);
    free(a);
    free(b);
    return st;
}

struct reading {
    struct dc_deep_file *file;
    const json_t *config;
    dc_deep_old old;
    void *arg;
};

static enum dc_status read_line(const struct reading *r, const char *s,
                                size_t n, size_t line, struct dc_err *err)
{
    json_t *o = dc_json_loadb(s, n, JSON_REJECT_DUPLICATES, NULL);
    const char *format = json_string_value(json_object_get(o, "format"));
    const char *qid = json_string_value(json_object_get(o, "qid"));
    const json_t *config = json_object_get(o, "config");
    enum dc_status st;
    if (!format || strcmp(format, DC_DEEP_FORMAT) != 0 || !qid ||
        !json_is_object(config))
        st = no_record(r->file, line, err);
    else if (!json_equal(config, r->config))
        st = other_config(r->file, config, r->config, err);
    else
        st = r->old(r->arg, o, qid, err);
    json_decref(o);
    return st;
}

/* A line without its end: is it the beginning of a record? */
static bool torn(const char *s, size_t n)
{
    size_t head = sizeof DC_DEEP_HEAD - 1;
    return memcmp(s, DC_DEEP_HEAD, n < head ? n : head) == 0;
}

static enum dc_status read_all(const struct reading *r, struct dc_err *err)
{
    struct dc_deep_file *f = r->file;
    char *text = NULL;
    size_t cap = 0, line = 0;
    off_t good = 0;
    enum dc_status st = DC_OK;
    for (ssize_t n; !st && (n = dc_getline(&text, &cap, f->f)) > 0;) {
        line++;
        if (text[n - 1] == '\n') {
            st = read_line(r, text, (size_t)n, line, err);
            good += n;
            f->n++;
        } else if (!torn(text, (size_t)n)) {
            st = no_record(f, line, err);
        }
    }
    free(text);
    if (!st && ferror(f->f))
        st = io_error(f->path, "can't be read", err);
    if (!st && ftruncate(fileno(f->f), good) != 0)
        st =
            io_error(f->path, "can't be shortened to its last whole line", err);
    return st;
}

/* ---- the file ---- */

static enum dc_status open_locked(struct dc_deep_file *f, struct dc_err *err)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    f->ours = access(f->path, F_OK) != 0;
    int fd = open(f->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK,
                  0666);
    if (fd < 0)
        return io_error(f->path, "can't be written", err);
    if (lseek(fd, 0, SEEK_CUR) < 0) {
        close(fd);
        return dc_fail(err, DC_IO, "%.500s: is no regular file", f->path);
    }
    if (fcntl(fd, F_SETLK, &lock) != 0) {
        close(fd);
        return dc_fail(err, DC_STORE,
                       "%.500s: another process is writing to it", f->path);
    }
    f->f = fdopen(fd, "a+");
    if (!f->f) {
        close(fd);
        return io_error(f->path, "can't be opened", err);
    }
    rewind(f->f);
    if (f->ours && !dc_sync_folder_of(f->path))
        return io_error(f->path, "can't be written", err);
    return DC_OK;
}

enum dc_status dc_deep_file_open(const char *path, const json_t *config,
                                 struct dc_deep_file *out, dc_deep_old old,
                                 void *arg, struct dc_err *err)
{
    const struct reading r = {out, config, old, arg};
    *out = (struct dc_deep_file){.path = path};
    enum dc_status st = open_locked(out, err);
    if (st)
        return st;
    st = read_all(&r, err);
    if (st) {
        fclose(out->f);
        out->f = NULL;
    }
    return st;
}

json_t *dc_deep_file_config(const char *path)
{
    FILE *f = NULL;
    char *text = NULL;
    size_t cap = 0;
    if (dc_file_open(path, "a file of records", &f, NULL))
        return NULL;
    ssize_t n = dc_getline(&text, &cap, f);
    json_t *o = n > 0 ? dc_json_loadb(text, (size_t)n, 0, NULL) : NULL;
    json_t *config = json_incref(json_object_get(o, "config"));
    json_decref(o);
    free(text);
    fclose(f);
    return config;
}

enum dc_status dc_deep_file_add(struct dc_deep_file *f, const json_t *record,
                                struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_json_dump(record, JSON_REAL_PRECISION(17), &b);
    dc_buf_addc(&b, '\n');
    bool ok = fwrite(b.data, 1, b.n, f->f) == b.n && fflush(f->f) == 0 &&
              fsync(fileno(f->f)) == 0;
    dc_buf_release(&b);
    f->n += ok;
    return ok ? DC_OK : io_error(f->path, "can't be written", err);
}

void dc_deep_file_close(struct dc_deep_file *f)
{
    if (!f->f)
        return;
    fclose(f->f);
    f->f = NULL;
    if (f->ours && f->n == 0)
        unlink(f->path);
}
