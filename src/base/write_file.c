/*
 * write_file.c - looks at what is at a path, writes beside it, and renames
 * (write_file.h).
 */
#include "base/write_file.h"

#include "base/buf.h"
#include "base/file_in.h"
#include "base/mem.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_LINKS = 40, MAX_LINK = 4096 };

static const char *shown(const struct dc_file_out *o)
{
    return o->name ? o->name : "standard output";
}

enum dc_status dc_file_out_fail(const struct dc_file_out *o, struct dc_err *err)
{
    if (errno == EINTR) /* only a signal that ends the work gets through */
        return dc_fail(err, DC_INTERRUPTED, "interrupted");
    if (errno == EPIPE && o->f == stdout) /* `| head` has read enough */
        return dc_fail(err, DC_IO, "%s", "");
    return dc_fail(err, DC_IO, "%.500s: can't be written: %s", shown(o),
                   errno ? strerror(errno) : "the disk may be full");
}

/* What nobody means to lose by a slip of --out. */
static enum dc_status check_old(const char *path, struct dc_err *err)
{
    char head[DC_FILE_HEAD];
    FILE *f = NULL;
    if (dc_file_open(path, "", &f, NULL))
        return DC_OK;
    size_t n = fread(head, 1, sizeof head, f);
    fclose(f);
    const char *kind = dc_file_kind(head, n);
    if (!kind || !(strstr(kind, "database") || strstr(kind, "model")))
        return DC_OK;
    return dc_fail(err, DC_USAGE,
                   "%.500s is %s, which is not written over; name another file",
                   path, kind);
}

/* If *path is a symbolic link: what it leads to, instead. */
static bool follow(char **path)
{
    char to[MAX_LINK];
    struct dc_buf b;
    ssize_t n = readlink(*path, to, sizeof to);
    if (n <= 0 || (size_t)n == sizeof to)
        return false;
    dc_buf_init(&b, SIZE_MAX);
    if (to[0] != '/')
        dc_buf_add(&b, *path, dc_path_folder(*path));
    dc_buf_add(&b, to, (size_t)n);
    free(*path);
    *path = dc_buf_detach(&b);
    return true;
}

char *dc_path_follow(const char *path)
{
    char *to = dc_xstrdup(path);
    for (int i = 0; i < MAX_LINKS && follow(&to); i++)
        continue;
    return to;
}

/* Where to write; into the place itself if it is no plain file. */
static enum dc_status find_place(struct dc_file_out *o, struct dc_err *err)
{
    struct stat to;
    bool there = stat(o->name, &to) == 0;
    if (there && S_ISDIR(to.st_mode))
        return dc_fail(err, DC_USAGE,
                       "%.500s is a folder; name the file to write", o->name);
    if (there && !S_ISREG(to.st_mode))
        return DC_OK;
    o->path = dc_path_follow(o->name);
    return check_old(o->path, err);
}

void dc_file_out_forget(struct dc_file_out *o)
{
    free(o->path);
    dc_beside_forget(&o->part);
    *o = (struct dc_file_out){.f = NULL};
}

enum dc_status dc_file_out_find(struct dc_file_out *o, const char *path,
                                struct dc_err *err)
{
    *o = (struct dc_file_out){.name = path};
    if (!path[0])
        return dc_fail(err, DC_USAGE, "the name of the file to write is empty");
    enum dc_status st = find_place(o, err);
    if (st)
        dc_file_out_forget(o);
    return st;
}

enum dc_status dc_file_out_check(const char *path, struct dc_err *err)
{
    struct dc_file_out o;
    enum dc_status st = dc_file_out_find(&o, path, err);
    if (st || !o.path)
        return st;
    char *folder = dc_path_folder_copy(o.path);
    if (access(folder, W_OK | X_OK) != 0)
        st = dc_file_out_fail(&o, err);
    free(folder);
    dc_file_out_forget(&o);
    return st;
}

/* ---- the mode ---- */

mode_t dc_mode_for(const char *path)
{
    struct stat old;
    bool there = lstat(path, &old) == 0 && S_ISREG(old.st_mode);
    return there ? old.st_mode & 0777 : 0666;
}

void dc_mode_keep(int folder, const char *path, int fd)
{
    struct stat old, now;
    if (fstatat(folder, path, &old, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(old.st_mode) || fstat(fd, &now) != 0)
        return;
    mode_t mode = old.st_mode & 0777;
    bool same = old.st_uid == now.st_uid && old.st_gid == now.st_gid;
    if (!same && fchown(fd, old.st_uid, old.st_gid) != 0 &&
        old.st_gid != now.st_gid)
        mode &= ~(mode_t)070; /* what was open to one group, not to another */
    if (mode != (now.st_mode & 0777) || !same)
        fchmod(fd, mode); /* where the file system has modes */
}

/* ---- opening ---- */

/* The part, and a stream on it, whose end is not that of the part's lock. */
static bool open_part(struct dc_file_out *o)
{
    if (!dc_beside_file(o->path, dc_mode_for(o->path), &o->part))
        return false;
    dc_mode_keep(AT_FDCWD, o->path, o->part.fd);
    int fd = fcntl(o->part.fd, F_DUPFD_CLOEXEC, 0);
    o->f = fd < 0 ? NULL : fdopen(fd, "wb");
    if (o->f)
        return true;
    int why = errno;
    if (fd >= 0)
        close(fd);
    dc_beside_remove(&o->part);
    errno = why;
    return false;
}

static enum dc_status open_found(struct dc_file_out *o, struct dc_err *err)
{
    if (o->path ? open_part(o) : (o->f = fopen(o->name, "wb")) != NULL)
        return DC_OK;
    enum dc_status st = dc_file_out_fail(o, err);
    dc_file_out_forget(o);
    return st;
}

enum dc_status dc_file_out_open(struct dc_file_out *o, const char *path,
                                struct dc_err *err)
{
    *o = (struct dc_file_out){.f = stdout};
    if (!path || !strcmp(path, "-"))
        return DC_OK;
    enum dc_status st = dc_file_out_find(o, path, err);
    return st ? st : open_found(o, err);
}

enum dc_status dc_file_out_open_own(struct dc_file_out *o, const char *path,
                                    struct dc_err *err)
{
    struct stat to;
    *o = (struct dc_file_out){.name = path};
    if (lstat(path, &to) == 0 && S_ISDIR(to.st_mode))
        return dc_fail(err, DC_USAGE,
                       "%.500s is a folder, and a file is to be written there; "
                       "name another folder",
                       path);
    o->path = dc_xstrdup(path);
    return open_found(o, err);
}

/* ---- the end ---- */

enum dc_status dc_file_out_finish(struct dc_file_out *o, enum dc_status st,
                                  struct dc_err *err)
{
    if (!o->f)
        return st;
    errno = 0;
    bool bad = ferror(o->f) != 0 || fflush(o->f) != 0;
    if (!bad && !st && o->part.path)
        bad = !dc_sync(o->part.fd);
    int why = errno;
    if (o->name && fclose(o->f) != 0 && !bad) {
        bad = true;
        why = errno;
    }
    errno = why;
    if (bad && !st)
        st = dc_file_out_fail(o, err);
    o->f = NULL;
    if (st) {
        dc_beside_remove(&o->part);
        dc_file_out_forget(o);
    }
    return st;
}

enum dc_status dc_file_out_name(struct dc_file_out *o, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    if (o->part.path && !dc_beside_rename(&o->part, o->path))
        st = dc_file_out_fail(o, err);
    if (st)
        dc_beside_remove(&o->part);
    dc_file_out_forget(o);
    return st;
}

enum dc_status dc_file_out_close(struct dc_file_out *o, enum dc_status st,
                                 struct dc_err *err)
{
    if (!o->f)
        return st;
    st = dc_file_out_finish(o, st, err);
    return st ? st : dc_file_out_name(o, err);
}

enum dc_status dc_write_file(const char *path, const void *data, size_t n,
                             struct dc_err *err)
{
    struct dc_file_out o;
    enum dc_status st = dc_file_out_open(&o, path, err);
    if (st)
        return st;
    errno = 0;
    if (fwrite(data, 1, n, o.f) != n)
        st = dc_file_out_fail(&o, err);
    return dc_file_out_close(&o, st, err);
}

bool dc_file_same(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}
