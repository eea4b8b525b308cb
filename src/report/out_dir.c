/*
 * out_dir.c - the temporary folder and its files (out_dir.h).
 */
#include "report/out_dir.h"

#include "base/folder.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/write_file.h"
#include "report/inside.h"
#include "report/manifest.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static enum dc_status io(struct dc_err *err, const char *path, const char *what)
{
    return dc_fail(err, DC_IO, "%.500s: %s: %s", path, what, strerror(errno));
}

/* ---- may we write there? ---- */

/* The names in the target but for what killed reports left, in the arena, each
 * with its NUL and an empty one at the end. */
static enum dc_status list(struct dc_out_dir *o, const char **names,
                           struct dc_err *err)
{
    struct dc_buf all, b;
    enum dc_status st = DC_OK;
    dc_buf_init(&all, SIZE_MAX);
    dc_buf_init(&b, SIZE_MAX);
    if (!dc_folder_names(dc_inside_top(o->target), &all))
        st = io(err, o->target, "can't be looked at");
    for (const char *p = all.data; p < all.data + all.n; p += strlen(p) + 1)
        if (!dc_out_is_left(p))
            dc_buf_add(&b, p, strlen(p) + 1);
    *names = dc_arena_strndup(&o->arena, b.data, b.n);
    dc_buf_release(&all);
    dc_buf_release(&b);
    return st;
}

enum dc_status dc_out_foreign(const struct dc_out_dir *o, const char *name,
                              struct dc_err *err)
{
    return dc_fail(err, DC_USAGE,
                   "%.500s has files that are not of a report (such as %.100s) "
                   "and no %s: nothing was written; name a new or an empty "
                   "folder",
                   o->target, name, DC_MANIFEST);
}

/* Of several runs each has a folder, and nobody knows the names here. */
static bool is_folder(struct dc_out_dir *o, const char *name)
{
    struct stat s;
    return !lstat(dc_arena_printf(&o->arena, "%s/%s", o->target, name), &s) &&
           S_ISDIR(s.st_mode);
}

/* A folder that is there: empty, a report, or perhaps what a killed report of
 * an older version left, which is held against the new one in the end. */
static enum dc_status check_folder(struct dc_out_dir *o, struct dc_err *err)
{
    const char *names = "";
    struct dc_manifest m;
    struct stat s;
    enum dc_status st = list(o, &names, err);
    if (st || !names[0])
        return st;
    if (lstat(dc_arena_printf(&o->arena, "%s/" DC_MANIFEST, o->target), &s)) {
        for (const char *p = names; *p; p += strlen(p) + 1)
            if (!dc_report_may_have(p) && !is_folder(o, p))
                return dc_out_foreign(o, p, err);
        o->remains = true;
        return DC_OK;
    }
    st = dc_manifest_read(o->target, &m, err);
    if (!st)
        dc_manifest_release(&m);
    else if (err)
        st = dc_fail(err, DC_USAGE,
                     "%.*s: so %.300s is not taken for a report, and nothing "
                     "was written; name a new or an empty folder",
                     (int)strcspn(err->msg, ";"), err->msg, o->target);
    return st;
}

static enum dc_status check_target(struct dc_out_dir *o, struct dc_err *err)
{
    struct stat s;
    o->is_new = lstat(o->target, &s) != 0;
    if (o->is_new)
        return errno == ENOENT ? DC_OK
                               : io(err, o->target, "can't be looked at");
    if (S_ISDIR(s.st_mode))
        return check_folder(o, err);
    return dc_fail(err, DC_USAGE,
                   "%.500s is no folder: the report is a folder of files; "
                   "name a new one",
                   o->target);
}

static enum dc_status find_target(struct dc_out_dir *o, const char *target,
                                  struct dc_err *err)
{
    size_t n = strlen(target);
    if (n == 0)
        return dc_fail(err, DC_USAGE,
                       "the name of the report's folder is empty");
    while (n > 1 && target[n - 1] == '/')
        n--;
    char *name = dc_arena_strndup(&o->arena, target, n);
    char *to = dc_path_follow(name);
    o->target = dc_arena_strdup(&o->arena, to);
    free(to);
    return check_target(o, err);
}

static enum dc_status make_folders(char *path, size_t from, struct dc_err *err)
{
    for (char *p = path + from; (p = strchr(p, '/')); p++) {
        *p = '\0';
        int rc = mkdir(path, 0777);
        if (rc && errno != EEXIST)
            return io(err, path, "the folder can't be made");
        *p = '/';
    }
    return DC_OK;
}

/* A new report grows beside its place, and has its name by one rename; what
 * changes one grows inside it, on the same file system, where nobody else reads
 * what may take the place of a file that is closed to them. */
enum dc_status dc_out_begin(const char *target, struct dc_out_dir *o,
                            struct dc_err *err)
{
    const char *tmp = getenv("TMPDIR");
    *o = (struct dc_out_dir){.sub = ""};
    dc_arena_init(&o->arena);
    enum dc_status st = target ? find_target(o, target, err) : DC_OK;
    if (st)
        return st;
    const char *at = dc_arena_printf(
        &o->arena, "%s%s", target ? o->target : (tmp && tmp[0] ? tmp : "/tmp"),
        !target ? "/deepconf" : (o->is_new ? "" : "/"));
    if (!dc_beside_folder(at, target && o->is_new ? 0777 : 0700, &o->part))
        return io(err, target ? o->target : at,
                  "a folder for the report can't be made here");
    o->root = o->part.path;
    return DC_OK;
}

void dc_out_enter(struct dc_out_dir *o, const char *sub)
{
    o->sub = sub[0] ? dc_arena_printf(&o->arena, "%s/", sub) : "";
}

/* ---- files ---- */

enum dc_status dc_out_path(struct dc_out_dir *o, const char *name,
                           const char **path, struct dc_err *err)
{
    char *p = dc_arena_printf(&o->arena, "%s/%s%s", o->root, o->sub, name);
    *path = p;
    if (o->stop && atomic_load(o->stop))
        return dc_fail(err, DC_INTERRUPTED, "interrupted");
    return make_folders(p, strlen(o->root) + 1, err);
}

enum dc_status dc_out_add(struct dc_out_dir *o, const char *name,
                          struct dc_err *err)
{
    struct dc_out_file f;
    struct stat s;
    f.path = dc_arena_printf(&o->arena, "%s%s", o->sub, name);
    const char *path = dc_arena_printf(&o->arena, "%s/%s", o->root, f.path);
    if (stat(path, &s))
        return io(err, path, "was to be written");
    enum dc_status st = dc_sha256_file(path, f.sha256, err);
    if (st)
        return st;
    f.n = (uint64_t)s.st_size;
    if (o->n == o->cap) {
        o->cap = o->cap ? 2 * o->cap : 64;
        o->file = dc_xrealloc(o->file, o->cap, sizeof *o->file);
    }
    o->file[o->n++] = f;
    return DC_OK;
}

const char *dc_out_place(struct dc_out_dir *o, const char *name)
{
    return dc_arena_printf(&o->arena, "%s/%s%s",
                           o->target ? o->target : o->root, o->sub, name);
}

enum dc_status dc_out_open(struct dc_out_dir *o, const char *name, FILE **f,
                           struct dc_err *err)
{
    const char *path;
    enum dc_status st = dc_out_path(o, name, &path, err);
    *f = st ? NULL : fopen(path, "wb");
    if (!st && !*f)
        return io(err, dc_out_place(o, name), "can't be written");
    return st;
}

enum dc_status dc_out_close(struct dc_out_dir *o, const char *name, FILE *f,
                            struct dc_err *err)
{
    bool bad = ferror(f) != 0;
    if (fclose(f) || bad)
        return io(err, dc_out_place(o, name), "can't be written");
    return dc_out_add(o, name, err);
}

enum dc_status dc_out_put(struct dc_out_dir *o, const char *name,
                          const struct dc_buf *b, struct dc_err *err)
{
    FILE *f = NULL;
    enum dc_status st = dc_out_open(o, name, &f, err);
    if (st)
        return st;
    fwrite(b->data, 1, b->n, f);
    return dc_out_close(o, name, f, err);
}

enum dc_status dc_out_json(struct dc_out_dir *o, const char *name, json_t *root,
                           struct dc_err *err)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    dc_json_print(root, &b);
    enum dc_status st = dc_out_put(o, name, &b, err);
    dc_buf_release(&b);
    return st;
}

const struct dc_out_file *dc_out_find(const struct dc_out_file *file, size_t n,
                                      const char *path)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(file[i].path, path))
            return &file[i];
    return NULL;
}

bool dc_out_same(const struct dc_out_file *f, int top, const char *path)
{
    char sha[DC_SHA256_HEX];
    struct stat s;
    FILE *in = NULL;
    if (dc_inside_open(top, path, &in, NULL))
        return false;
    bool same = fstat(fileno(in), &s) == 0 && (uint64_t)s.st_size == f->n &&
                !dc_sha256_stream(in, sha, NULL) && !strcmp(sha, f->sha256);
    fclose(in);
    return same;
}

bool dc_out_is_left(const char *name)
{
    return !strncmp(name, DC_BESIDE_MARK, sizeof DC_BESIDE_MARK - 1) &&
           dc_beside_is_name(name);
}

bool dc_out_has(const struct dc_out_dir *o, const char *name)
{
    size_t sub = strlen(o->sub);
    for (size_t i = 0; i < o->n; i++)
        if (!strncmp(o->file[i].path, o->sub, sub) &&
            !strcmp(o->file[i].path + sub, name))
            return true;
    return false;
}

const char *dc_out_plot(struct dc_out_dir *o, const struct dc_out_file *f,
                        const char *ending)
{
    static const char folder[] = "plots/";
    size_t from = strlen(o->sub) + sizeof folder - 1, n = strlen(f->path);
    size_t end = strlen(ending);
    if (n <= from + end || strncmp(f->path, o->sub, strlen(o->sub)) != 0 ||
        strncmp(f->path + strlen(o->sub), folder, sizeof folder - 1) != 0 ||
        strcmp(f->path + n - end, ending) != 0)
        return NULL;
    return dc_arena_strndup(&o->arena, f->path + from, n - from - end);
}

enum dc_status dc_out_read(struct dc_out_dir *o, const char *name,
                           struct dc_buf *b, struct dc_err *err)
{
    char piece[1 << 14];
    const char *path;
    enum dc_status st = dc_out_path(o, name, &path, err);
    FILE *f = st ? NULL : fopen(path, "rb");
    if (!st && !f)
        return io(err, path, "can't be read");
    for (size_t n = 1; f && n > 0; dc_buf_add(b, piece, n))
        n = fread(piece, 1, sizeof piece, f);
    if (f && ferror(f))
        st = io(err, path, "can't be read");
    if (f)
        fclose(f);
    return st;
}

/* ---- the end ---- */

void dc_out_end(struct dc_out_dir *o)
{
    dc_beside_remove(&o->part);
    free(o->file);
    dc_arena_release(&o->arena);
    *o = (struct dc_out_dir){.sub = ""};
}
