/*
 * write_file.c - write_file.h.
 */
#include "base/write_file.h"

#include "base/buf.h"
#include "base/file_in.h"
#include "base/mem.h"
#include "base/path.h"

#include <errno.h>
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
    return dc_fail(err, DC_IO, "%.500s: can't be written: %s", shown(o),
                   errno ? strerror(errno) : "the disk may be full");
}

/* What nobody means to lose by a slip of --out. */
static enum dc_status check_old(const char *path, struct dc_err *err)
{
    char head[DC_FILE_HEAD];
    FILE *f = fopen(path, "rb");
    if (!f)
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
    o->path = dc_xstrdup(o->name);
    for (int i = 0; i < MAX_LINKS && follow(&o->path); i++)
        continue;
    return check_old(o->path, err);
}

void dc_file_out_forget(struct dc_file_out *o)
{
    free(o->path);
    free(o->part);
    *o = (struct dc_file_out){.f = NULL};
}

enum dc_status dc_file_out_find(struct dc_file_out *o, const char *path,
                                struct dc_err *err)
{
    *o = (struct dc_file_out){.name = path};
    if (!path[0])
        return dc_fail(err, DC_USAGE, "the name of the file to write is empty");
    enum dc_status st = find_place(o, err);
    if (!st && o->path) {
        struct dc_buf part;
        dc_buf_init(&part, SIZE_MAX);
        dc_buf_addf(&part, "%s.part", o->path);
        o->part = dc_buf_detach(&part);
    }
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
    size_t n = dc_path_folder(o.path);
    char *folder = n ? dc_xstrndup(o.path, n) : dc_xstrdup(".");
    if (access(folder, W_OK | X_OK) != 0)
        st = dc_file_out_fail(&o, err);
    free(folder);
    dc_file_out_forget(&o);
    return st;
}

enum dc_status dc_file_out_open(struct dc_file_out *o, const char *path,
                                struct dc_err *err)
{
    *o = (struct dc_file_out){.f = stdout};
    if (!path || !strcmp(path, "-"))
        return DC_OK;
    enum dc_status st = dc_file_out_find(o, path, err);
    if (st)
        return st;
    o->f = fopen(o->part ? o->part : path, "wb");
    if (!o->f) {
        st = dc_file_out_fail(o, err);
        dc_file_out_forget(o);
    }
    return st;
}

enum dc_status dc_file_out_close(struct dc_file_out *o, enum dc_status st,
                                 struct dc_err *err)
{
    if (!o->f)
        return st;
    errno = 0;
    bool bad = ferror(o->f) != 0;
    if ((o->name ? fclose(o->f) : fflush(o->f)) != 0)
        bad = true;
    if (bad && !st)
        st = dc_file_out_fail(o, err);
    if (!st && o->part && rename(o->part, o->path) != 0)
        st = dc_file_out_fail(o, err);
    if (st && o->part && !o->keep)
        unlink(o->part);
    dc_file_out_forget(o);
    return st;
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
