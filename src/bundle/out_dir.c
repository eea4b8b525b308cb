/*
 * out_dir.c - the temporary folder and its way into the target (out_dir.h).
 */
#include "bundle/out_dir.h"

#include "base/hash.h"
#include "base/mem.h"
#include "bundle/manifest.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum dc_status io(struct dc_err *err, const char *path, const char *what)
{
    return dc_fail(err, DC_IO, "%.500s: %s: %s", path, what, strerror(errno));
}

bool dc_out_is_inside(const char *path)
{
    if (!path[0] || path[0] == '/')
        return false;
    for (const char *p = path; p; p = strchr(p, '/')) {
        p += *p == '/';
        if (!strncmp(p, "..", 2) && (p[2] == '/' || !p[2]))
            return false;
    }
    return true;
}

/* ---- folders ---- */

static bool is_dot(const char *name)
{
    return !strcmp(name, ".") || !strcmp(name, "..");
}

/* The name of one entry of a folder, in a; NULL: it is empty. */
static const char *first_entry(struct dc_arena *a, const char *path)
{
    const char *name = NULL;
    DIR *d = opendir(path);
    if (!d)
        return NULL;
    for (struct dirent *e = readdir(d); e && !name; e = readdir(d))
        if (!is_dot(e->d_name))
            name = dc_arena_strdup(a, e->d_name);
    closedir(d);
    return name;
}

/* May we write there? */
static enum dc_status check_target(struct dc_out_dir *o, struct dc_err *err)
{
    struct stat s;
    if (stat(o->target, &s))
        return errno == ENOENT ? DC_OK
                               : io(err, o->target, "can't be looked at");
    if (!S_ISDIR(s.st_mode))
        return dc_fail(err, DC_USAGE,
                       "%.500s is no folder: the report is a folder of files; "
                       "name a new one",
                       o->target);
    const char *entry = first_entry(&o->arena, o->target);
    if (!entry || dc_manifest_is_ours(o->target))
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "%.500s has files that are not of a report (such as %.100s) "
                   "and no %s: nothing was written; name a new or an empty "
                   "folder",
                   o->target, entry, DC_MANIFEST);
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

enum dc_status dc_out_begin(const char *target, struct dc_out_dir *o,
                            struct dc_err *err)
{
    const char *tmp = getenv("TMPDIR");
    *o = (struct dc_out_dir){.sub = ""};
    dc_arena_init(&o->arena);
    if (target && !target[0])
        return dc_fail(err, DC_USAGE,
                       "the name of the report's folder is empty");
    if (target) {
        size_t n = strlen(target);
        while (n > 1 && target[n - 1] == '/')
            n--;
        o->target = dc_arena_strndup(&o->arena, target, n);
        enum dc_status st = check_target(o, err);
        if (st)
            return st;
    }
    char *root = target
                     ? dc_arena_printf(&o->arena, "%s.part-XXXXXX", o->target)
                     : dc_arena_printf(&o->arena, "%s/deepconf-XXXXXX",
                                       tmp && tmp[0] ? tmp : "/tmp");
    if (!mkdtemp(root))
        return io(err, target ? o->target : root,
                  "a folder for the report can't be made here");
    o->root = root;
    /* mkdtemp() makes it for the user alone. */
    mode_t mask = umask(0);
    umask(mask);
    if (target && chmod(root, 0777 & ~mask))
        return io(err, root, "the folder's mode can't be set");
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

enum dc_status dc_out_open(struct dc_out_dir *o, const char *name, FILE **f,
                           struct dc_err *err)
{
    const char *path;
    enum dc_status st = dc_out_path(o, name, &path, err);
    *f = st ? NULL : fopen(path, "wb");
    if (!st && !*f)
        return io(err, path, "can't be written");
    return st;
}

/* A file by the name that it was to have. */
static const char *in_target(struct dc_out_dir *o, const char *name)
{
    return dc_arena_printf(&o->arena, "%s/%s%s",
                           o->target ? o->target : o->root, o->sub, name);
}

enum dc_status dc_out_close(struct dc_out_dir *o, const char *name, FILE *f,
                            struct dc_err *err)
{
    bool bad = ferror(f) != 0;
    if (fclose(f) || bad)
        return io(err, in_target(o, name), "can't be written");
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

const struct dc_out_file *dc_out_find(const struct dc_out_file *file, size_t n,
                                      const char *path)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(file[i].path, path))
            return &file[i];
    return NULL;
}

bool dc_out_same(const struct dc_out_file *f, const char *path)
{
    char sha[DC_SHA256_HEX];
    return !dc_sha256_file(path, sha, NULL) && !strcmp(sha, f->sha256);
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

/* ---- into the target ---- */

/* Remove what the old set had and the new one has not, and empty folders. */
static void remove_old(const struct dc_out_dir *o,
                       const struct dc_manifest *old)
{
    struct dc_buf b;
    dc_buf_init(&b, SIZE_MAX);
    for (size_t i = 0; i < old->n; i++) {
        const char *path = old->file[i].path;
        if (!dc_out_is_inside(path) || dc_out_find(o->file, o->n, path))
            continue;
        dc_buf_clear(&b);
        dc_buf_addf(&b, "%s/%s", o->target, path);
        unlink(b.data);
        char *slash = strrchr(b.data, '/');
        for (; slash > b.data + strlen(o->target);
             slash = strrchr(b.data, '/')) {
            *slash = '\0';
            if (rmdir(b.data))
                break;
        }
    }
    dc_buf_release(&b);
}

static enum dc_status move_one(struct dc_out_dir *o, const char *path,
                               struct dc_err *err)
{
    char *from = dc_arena_printf(&o->arena, "%s/%s", o->root, path);
    char *to = dc_arena_printf(&o->arena, "%s/%s", o->target, path);
    enum dc_status st = make_folders(to, strlen(o->target) + 1, err);
    if (!st && rename(from, to))
        return io(err, to, "can't be written");
    return st;
}

static enum dc_status move_all(struct dc_out_dir *o, struct dc_err *err)
{
    struct dc_manifest old;
    enum dc_status st = DC_OK;
    const char *manifest =
        dc_arena_printf(&o->arena, "%s/" DC_MANIFEST, o->target);
    if (mkdir(o->target, 0777) && errno != EEXIST)
        return io(err, o->target, "the folder can't be made");
    bool has_old = dc_manifest_read(o->target, &old, NULL) == DC_OK;
    for (size_t i = 0; i < o->n && !st; i++)
        st = move_one(o, o->file[i].path, err);
    if (!st && has_old)
        remove_old(o, &old);
    if (has_old)
        dc_manifest_release(&old);
    if (!st && rename(dc_arena_printf(&o->arena, "%s/" DC_MANIFEST, o->root),
                      manifest))
        st = io(err, manifest, "can't be written");
    return st;
}

enum dc_status dc_out_commit(struct dc_out_dir *o,
                             const struct dc_buf *manifest, struct dc_err *err)
{
    FILE *f = NULL;
    dc_out_enter(o, "");
    enum dc_status st = dc_out_open(o, DC_MANIFEST, &f, err);
    if (st)
        return st;
    fwrite(manifest->data, 1, manifest->n, f);
    bool bad = ferror(f) != 0;
    if (fclose(f) || bad)
        return io(err, in_target(o, DC_MANIFEST), "can't be written");
    return o->target ? move_all(o, err) : DC_OK;
}

/* ---- the end ---- */

static void remove_tree(const char *path)
{
    struct dc_buf b;
    DIR *d = opendir(path);
    if (!d)
        return;
    dc_buf_init(&b, SIZE_MAX);
    for (struct dirent *e = readdir(d); e; e = readdir(d)) {
        struct stat s;
        if (is_dot(e->d_name))
            continue;
        dc_buf_clear(&b);
        dc_buf_addf(&b, "%s/%s", path, e->d_name);
        if (!lstat(b.data, &s) && S_ISDIR(s.st_mode))
            remove_tree(b.data);
        else
            unlink(b.data);
    }
    closedir(d);
    dc_buf_release(&b);
    rmdir(path);
}

void dc_out_end(struct dc_out_dir *o)
{
    if (o->root)
        remove_tree(o->root);
    free(o->file);
    dc_arena_release(&o->arena);
    *o = (struct dc_out_dir){.sub = ""};
}
