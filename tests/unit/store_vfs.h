/*
 * store_vfs.h - a file system that does as a test says: it ends the process at
 * the nth change, fails calls from the nth on or just that one, and has no
 * shared memory or no locks. It stands between SQLite and SQLite's own.
 */
#ifndef STORE_VFS_H
#define STORE_VFS_H

#include "base/mem.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <string.h>

enum vfs_fault { VFS_WELL, VFS_KILL, VFS_FAIL_ONCE, VFS_FAIL_ON, VFS_READ_ON };

static struct {
    enum vfs_fault fault;
    int at;    /* the number of the call, from 1 */
    int n;     /* calls that change a file so far */
    int n_rd;  /* reads so far */
    int error; /* errno of a failure */
    bool no_shm, no_locks;
} vfs;

/* A method table of SQLite's with some of ours in it. */
struct vfs_table {
    sqlite3_io_methods mine; /* first: what files point to */
    const sqlite3_io_methods *real;
};
static struct vfs_table vfs_table[8];
static sqlite3_vfs *vfs_real, vfs_mine;

static inline const sqlite3_io_methods *vfs_of(sqlite3_file *f)
{
    return ((const struct vfs_table *)(const void *)f->pMethods)->real;
}

/* Count a change: true if it is to fail. */
static inline bool vfs_fails(void)
{
    vfs.n++;
    if (vfs.fault == VFS_KILL && vfs.n == vfs.at)
        raise(SIGKILL);
    if ((vfs.fault == VFS_FAIL_ONCE && vfs.n == vfs.at) ||
        (vfs.fault == VFS_FAIL_ON && vfs.n >= vfs.at)) {
        errno = vfs.error;
        return true;
    }
    return false;
}

static inline int vfs_write(sqlite3_file *f, const void *p, int n,
                            sqlite3_int64 at)
{
    if (vfs_fails())
        return vfs.error == ENOSPC ? SQLITE_FULL : SQLITE_IOERR_WRITE;
    return vfs_of(f)->xWrite(f, p, n, at);
}

static inline int vfs_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    return vfs_fails() ? SQLITE_IOERR_TRUNCATE : vfs_of(f)->xTruncate(f, n);
}

static inline int vfs_sync(sqlite3_file *f, int flags)
{
    return vfs_fails() ? SQLITE_IOERR_FSYNC : vfs_of(f)->xSync(f, flags);
}

static inline int vfs_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    if (vfs.fault == VFS_READ_ON && ++vfs.n_rd >= vfs.at) {
        errno = EIO;
        return SQLITE_IOERR_READ;
    }
    return vfs_of(f)->xRead(f, p, n, at);
}

static inline int vfs_lock(sqlite3_file *f, int how)
{
    if (vfs.no_locks) {
        errno = ENOLCK;
        return SQLITE_BUSY;
    }
    return vfs_of(f)->xLock(f, how);
}

static inline int vfs_shm(sqlite3_file *f, int i, int n, int more,
                          void volatile **p)
{
    int rc = vfs_of(f)->xShmMap(f, i, n, more, p);

    if (!vfs.no_shm || (rc & 0xff) == SQLITE_READONLY)
        return rc;
    *p = NULL;
    errno = ENODEV;
    return SQLITE_IOERR_SHMMAP;
}

static inline const sqlite3_io_methods *vfs_wrap(const sqlite3_io_methods *real)
{
    for (size_t i = 0; i < DC_COUNT(vfs_table); i++) {
        struct vfs_table *t = &vfs_table[i];
        if (t->real == real)
            return &t->mine;
        if (t->real)
            continue;
        t->real = real;
        t->mine = *real;
        t->mine.xWrite = vfs_write;
        t->mine.xTruncate = vfs_truncate;
        t->mine.xSync = vfs_sync;
        t->mine.xRead = vfs_read;
        t->mine.xLock = vfs_lock;
        if (real->iVersion >= 2 && real->xShmMap)
            t->mine.xShmMap = vfs_shm;
        return &t->mine;
    }
    abort();
}

static inline int vfs_open(sqlite3_vfs *v, const char *name, sqlite3_file *f,
                           int flags, int *out)
{
    int rc;

    (void)v;
    if ((flags & SQLITE_OPEN_CREATE) && vfs_fails())
        return SQLITE_CANTOPEN;
    rc = vfs_real->xOpen(vfs_real, name, f, flags, out);
    if (f->pMethods)
        f->pMethods = vfs_wrap(f->pMethods);
    return rc;
}

static inline int vfs_delete(sqlite3_vfs *v, const char *name, int sync)
{
    (void)v;
    return vfs_fails() ? SQLITE_IOERR_DELETE
                       : vfs_real->xDelete(vfs_real, name, sync);
}

/* From now on, in this process. */
static inline void vfs_install(void)
{
    if (vfs_real)
        return;
    vfs_real = sqlite3_vfs_find(NULL);
    vfs_mine = *vfs_real;
    vfs_mine.zName = "test";
    vfs_mine.xOpen = vfs_open;
    vfs_mine.xDelete = vfs_delete;
    sqlite3_vfs_register(&vfs_mine, 1);
}

#endif
