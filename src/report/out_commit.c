/*
 * out_commit.c - from the temporary folder into the target (out_dir.h).
 *
 * A new report has its name by one rename. Into a folder that is there, first
 * goes a manifest that is marked as unfinished and names the files of both
 * sets; then the files, one by one; then what only the old set had is removed;
 * and last goes the manifest proper. So whatever ends this, the folder is one
 * that the same command can write into again.
 */
#include "base/file_in.h"
#include "base/flock.h"
#include "base/mem.h"
#include "base/write_file.h"
#include "report/inside.h"
#include "report/manifest.h"
#include "report/out_dir.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNFINISHED DC_MANIFEST ".unfinished"

static enum dc_status io(struct dc_out_dir *o, const char *name,
                         struct dc_err *err)
{
    int why = errno;
    if (why == EINTR)
        return dc_fail(err, DC_INTERRUPTED, "interrupted");
    return dc_fail(err, DC_IO, "%.500s: can't be written: %s",
                   dc_out_place(o, name), strerror(why));
}

static enum dc_status put_manifest(struct dc_out_dir *o, const char *name,
                                   const struct dc_manifest *says,
                                   struct dc_err *err)
{
    struct dc_buf b;
    FILE *f = NULL;
    dc_buf_init(&b, SIZE_MAX);
    dc_manifest_text(says, &b);
    enum dc_status st = dc_out_open(o, name, &f, err);
    if (!st) {
        fwrite(b.data, 1, b.n, f);
        bool bad = ferror(f) != 0;
        if (fclose(f) || bad)
            st = io(o, DC_MANIFEST, err);
    }
    dc_buf_release(&b);
    return st;
}

/* ---- onto the disk ---- */

static bool sync_path(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool ok = dc_sync(fd);
    int why = errno;
    close(fd);
    errno = why;
    return ok;
}

/* A file of the temporary folder, and the folders above it. */
static bool sync_one(struct dc_out_dir *o, const char *name)
{
    char *path = dc_arena_printf(&o->arena, "%s/%s", o->root, name);
    bool ok = sync_path(path);
    while (ok && strlen(path) > strlen(o->root)) {
        *strrchr(path, '/') = '\0';
        ok = sync_path(path);
    }
    return ok;
}

static enum dc_status sync_all(struct dc_out_dir *o, struct dc_err *err)
{
    for (size_t i = 0; i < o->n; i++)
        if (!sync_one(o, o->file[i].path))
            return io(o, o->file[i].path, err);
    return sync_one(o, DC_MANIFEST) ? DC_OK : io(o, DC_MANIFEST, err);
}

/* ---- a new folder ---- */

static enum dc_status name_it(struct dc_out_dir *o, struct dc_err *err)
{
    if (rename(o->root, o->target) != 0)
        return errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR
                   ? dc_fail(err, DC_IO,
                             "%.500s: was made by somebody else meanwhile, and "
                             "nothing was written there; give the same command "
                             "again",
                             o->target)
                   : io(o, "", err);
    dc_beside_forget(&o->part);
    o->root = o->target;
    return dc_sync_folder_of(o->target) ? DC_OK : io(o, "", err);
}

/* ---- a folder that is there ---- */

static enum dc_status in_the_way(struct dc_out_dir *o, const char *path,
                                 size_t n, mode_t mode, struct dc_err *err)
{
    return dc_fail(err, DC_DATA,
                   "%s: is %s, and the report has %s there: nothing was "
                   "written; remove it, or name another folder",
                   dc_out_place(o, dc_arena_strndup(&o->arena, path, n)),
                   dc_file_what(mode), path[n] ? "a folder" : "a file");
}

/* Is the place of a file free, or that of a file? Its folder is a folder. */
static enum dc_status check_place(struct dc_out_dir *o, int top,
                                  const char *path, struct dc_err *err)
{
    size_t n = 0;
    mode_t mode = 0;
    assert(dc_inside_is_path(path));
    if (!dc_inside_look(top, path, &n, &mode))
        return DC_OK;
    if (path[n] || S_ISDIR(mode))
        return in_the_way(o, path, n, mode, err);
    return DC_OK;
}

static enum dc_status check_places(struct dc_out_dir *o, int top,
                                   struct dc_err *err)
{
    enum dc_status st = check_place(o, top, DC_MANIFEST, err);
    for (size_t i = 0; i < o->n && !st; i++)
        st = check_place(o, top, o->file[i].path, err);
    return st;
}

/* Without a manifest: is every file below `sub` ("" or with a slash at its end)
 * one of the set, with the same bytes? Then none can be lost. */
static enum dc_status check_remains(struct dc_out_dir *o, int top,
                                    const char *sub, struct dc_err *err)
{
    struct dc_buf names;
    enum dc_status st = DC_OK;
    dc_buf_init(&names, SIZE_MAX);
    if (!dc_inside_list(top, sub, &names))
        st = io(o, sub, err);
    for (size_t i = 0; i < names.n && !st; i += strlen(names.data + i) + 1) {
        size_t n = 0;
        mode_t mode = 0;
        const char *path =
            dc_arena_printf(&o->arena, "%s%s", sub, names.data + i);
        const struct dc_out_file *f = dc_out_find(o->file, o->n, path);
        if (dc_out_is_left(path) || !dc_inside_look(top, path, &n, &mode))
            continue;
        if (S_ISDIR(mode))
            st = check_remains(o, top, dc_arena_printf(&o->arena, "%s/", path),
                               err);
        else if (!f || !dc_out_same(f, top, path))
            st = dc_out_foreign(o, path, err);
    }
    dc_buf_release(&names);
    return st;
}

/* The mode that the user gave to the file there is that of the new one. */
static void keep_mode(int from, const char *name, int to, const char *old)
{
    int fd = openat(from, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    dc_mode_keep(to, old, fd);
    close(fd);
}

/* The files of both sets, so that none is forgotten should this be the end. */
static enum dc_status mark(struct dc_out_dir *o, int top,
                           const struct dc_manifest *says,
                           const struct dc_manifest *old, struct dc_err *err)
{
    struct dc_manifest both = *says;
    both.unfinished = true;
    both.file = dc_xcalloc(says->n + old->n + 1, sizeof *both.file);
    if (says->n > 0)
        memcpy(both.file, says->file, says->n * sizeof *both.file);
    for (size_t i = 0; i < old->n; i++)
        if (!dc_out_find(says->file, says->n, old->file[i].path))
            both.file[both.n++] = old->file[i];
    enum dc_status st = put_manifest(o, UNFINISHED, &both, err);
    if (!st)
        keep_mode(o->part.fd, UNFINISHED, top, DC_MANIFEST);
    if (!st && (!sync_one(o, UNFINISHED) ||
                renameat(o->part.fd, UNFINISHED, top, DC_MANIFEST) != 0 ||
                !dc_sync(top)))
        st = io(o, DC_MANIFEST, err);
    free(both.file);
    return st;
}

static enum dc_status move(struct dc_out_dir *o, int top, const char *path,
                           struct dc_err *err)
{
    const char *name = NULL;
    int from = dc_inside_folder(o->part.fd, path, false, &name);
    int to = from < 0 ? -1 : dc_inside_folder(top, path, true, &name);
    if (to >= 0)
        keep_mode(from, name, to, name);
    bool ok = to >= 0 && renameat(from, name, to, name) == 0 && dc_sync(to);
    enum dc_status st = ok ? DC_OK : io(o, path, err);
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    return st;
}

/* What the old set had and the new one has not, and empty folders. */
static enum dc_status remove_old(struct dc_out_dir *o, int top,
                                 const struct dc_manifest *old,
                                 struct dc_err *err)
{
    for (size_t i = 0; i < old->n; i++) {
        const char *path = old->file[i].path;
        if (!dc_out_find(o->file, o->n, path) &&
            strcmp(path, DC_MANIFEST) != 0 && !dc_inside_remove(top, path))
            return dc_fail(err, DC_IO, "%.500s: can't be removed: %s",
                           dc_out_place(o, path), strerror(errno));
    }
    return DC_OK;
}

static enum dc_status update(struct dc_out_dir *o, int top,
                             const struct dc_manifest *says, struct dc_err *err)
{
    struct dc_manifest old;
    enum dc_status st = check_places(o, top, err);
    if (!st && o->remains)
        st = check_remains(o, top, "", err);
    if (st)
        return st;
    if (dc_manifest_read(o->target, &old, NULL)) /* an empty folder */
        dc_manifest_empty(&old);
    st = mark(o, top, says, &old, err);
    for (size_t i = 0; i < o->n && !st; i++)
        st = move(o, top, o->file[i].path, err);
    if (!st)
        st = remove_old(o, top, &old, err);
    if (!st)
        st = move(o, top, DC_MANIFEST, err);
    dc_manifest_release(&old);
    return st;
}

/* One at a time. */
static enum dc_status update_alone(struct dc_out_dir *o,
                                   const struct dc_manifest *says,
                                   struct dc_err *err)
{
    int top = dc_inside_top(o->target), rc = 0;
    if (top < 0)
        return io(o, "", err);
    do
        rc = flock(top, LOCK_EX);
    while (rc != 0 && errno == EINTR && !(o->stop && atomic_load(o->stop)));
    enum dc_status st =
        rc != 0 && errno == EINTR ? io(o, "", err) : update(o, top, says, err);
    close(top);
    return st;
}

enum dc_status dc_out_commit(struct dc_out_dir *o,
                             const struct dc_manifest *says, struct dc_err *err)
{
    dc_out_enter(o, "");
    enum dc_status st = put_manifest(o, DC_MANIFEST, says, err);
    if (st || !o->target)
        return st;
    st = sync_all(o, err);
    if (st)
        return st;
    dc_beside_settle_begin();
    st = o->is_new ? name_it(o, err) : update_alone(o, says, err);
    dc_beside_settle_end();
    return st;
}
