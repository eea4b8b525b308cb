/*
 * lock.c - the writer's lock (lock.h).
 *
 * The holder removes the file before it lets go. Between our open() and our
 * flock() it may do so, and we would hold a file that has no name any more,
 * while a third process makes a new one. So after locking, the name must still
 * lead to the file that was locked; if not, we try again.
 */
#include "store/lock.h"

#include "base/buf.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* glibc keeps these from strictly POSIX sources; every system has the same. */
#ifndef LOCK_EX
#define LOCK_EX 2
#define LOCK_NB 4
#endif

enum { MAX_TRIES = 100, MAX_PATH = 1 << 16 };

/* True if `path` still names the file open as fd. */
static bool same_file(int fd, const char *path)
{
    struct stat a, b;

    return fstat(fd, &a) == 0 && lstat(path, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}

static int flock_again(int fd, int op)
{
    int rc;

    do
        rc = flock(fd, op);
    while (rc != 0 && errno == EINTR);
    return rc;
}

static enum dc_status fail_held(const char *shown, int fd, struct dc_err *err)
{
    char text[32] = "";
    long pid = 0;

    if (pread(fd, text, sizeof(text) - 1, 0) > 0)
        pid = strtol(text, NULL, 10);
    if (pid <= 0)
        return dc_fail(err, DC_STORE,
                       "%s: another process is writing this run: wait until "
                       "it has ended, or stop it, then run the same command "
                       "again",
                       shown);
    return dc_fail(err, DC_STORE,
                   "%s: process %ld is writing this run: wait until it has "
                   "ended, or stop it (kill %ld), then run the same command "
                   "again",
                   shown, pid, pid);
}

static enum dc_status fail_io(const char *shown, const char *path,
                              struct dc_err *err)
{
    int e = errno;

    if (e == EROFS || e == EACCES || e == EPERM)
        return dc_fail(err, DC_IO,
                       "%s: its folder can't be written (%s: %s): make it "
                       "writable, or name a run file in another folder",
                       shown, path, strerror(e));
    if (e == ENOSPC || e == EDQUOT || e == EFBIG)
        return dc_fail(err, DC_IO,
                       "%s: the disk is full (%s: %s). What was committed is "
                       "kept: make space and run the same command again",
                       shown, path, strerror(e));
    return dc_fail(err, DC_IO,
                   "%s: can't take the writer's lock (%s: %s): name a run "
                   "file on another file system",
                   shown, path, strerror(e));
}

/* The pid, for others to read. */
static bool write_pid(int fd)
{
    char text[32];
    int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

    if (ftruncate(fd, 0) != 0)
        return false;
    return pwrite(fd, text, (size_t)n, 0) == n;
}

/* Is this a lock of ours: empty, or a process id, torn by a power cut or not?
 * A file of the user's that has this name by chance is not taken. */
static bool is_ours(int fd)
{
    char text[64] = "";
    struct stat s;
    ssize_t n;

    if (fstat(fd, &s) != 0 || !S_ISREG(s.st_mode) ||
        (n = pread(fd, text, sizeof(text), 0)) < 0 || n > 32)
        return false;
    for (ssize_t i = 0; i < n; i++)
        if (text[i] && text[i] != '\n' && (text[i] < '0' || text[i] > '9'))
            return false;
    return true;
}

static enum dc_status fail_foreign(const char *shown, const char *path,
                                   struct dc_err *err)
{
    return dc_fail(err, DC_STORE,
                   "%s: the file for its writer's lock can't be made: %s is "
                   "there, and is a link or a file that deepconf did not "
                   "make; move it away, or name another run file",
                   shown, path);
}

/* One try. *again: the file was removed under us. */
static enum dc_status try_lock(const char *shown, const char *path, int *out,
                               bool *again, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                  0666);

    *again = false;
    if (fd < 0)
        return errno == ELOOP || errno == ENXIO || errno == EISDIR
                   ? fail_foreign(shown, path, err)
                   : fail_io(shown, path, err);
    if (!is_ours(fd)) {
        st = fail_foreign(shown, path, err);
    } else if (flock_again(fd, LOCK_EX | LOCK_NB) != 0) {
        st = errno == EWOULDBLOCK ? fail_held(shown, fd, err)
                                  : fail_io(shown, path, err);
    } else if (!same_file(fd, path)) {
        *again = true;
    } else if (!write_pid(fd)) {
        st = fail_io(shown, path, err);
        unlink(path);
    } else {
        *out = fd;
        return DC_OK;
    }
    close(fd);
    return st;
}

enum dc_status dc_lock_take(const char *shown, const char *real,
                            struct dc_lock *out, struct dc_err *err)
{
    enum dc_status st = DC_OK;
    struct dc_buf path;
    bool again = true;
    int fd = -1;

    dc_buf_init(&path, MAX_PATH);
    dc_buf_addf(&path, "%s-lock", real);
    for (int i = 0; i < MAX_TRIES && !st && again; i++)
        st = try_lock(shown, path.data, &fd, &again, err);
    if (!st && again)
        st = dc_fail(err, DC_STORE,
                     "%s: other processes keep taking the writer's lock: wait "
                     "until they have ended",
                     shown);
    if (!st)
        *out = (struct dc_lock){.fd = fd, .path = dc_buf_detach(&path)};
    dc_buf_release(&path);
    return st;
}

void dc_lock_release(struct dc_lock *l)
{
    if (!l->path)
        return;
    if (same_file(l->fd, l->path)) /* and not one made by hand since */
        unlink(l->path);
    close(l->fd);
    free(l->path);
    l->path = NULL;
}
