/*
 * lock.c - the writer's lock (lock.h).
 *
 * The holder removes the file before it lets go. Between our open() and our
 * flock() it may do so, and we would hold a file that has no name any more,
 * while a third process makes a new one. So after locking, the name must still
 * lead to the file that was locked; if not, we try again.
 *
 * Where the lock can't be made (a folder that can't be written), a reader asks
 * by a shared lock, which needs no right to write, whether somebody writes. It
 * holds that lock for a moment only; a writer that meets it tries again.
 *
 * The folder may be shared: what stands at the name and is no plain file of one
 * name is not written to.
 */
#include "store/lock.h"

#include "base/clock.h"
#include "base/flock.h"
#include "base/path.h"
#include "store/db.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAUSE_MS = 5, UNSURE_MS = 1000 };

static const char mends[] = "mending "; /* in front of a reader's pid */

static bool lock_fd(int fd, int op)
{
    int rc;

    do
        rc = flock(fd, op | LOCK_NB);
    while (rc != 0 && errno == EINTR);
    return rc == 0;
}

static void read_text(int fd, char text[32])
{
    ssize_t n = pread(fd, text, 31, 0);

    text[n > 0 ? n : 0] = '\0';
}

static enum dc_status fail_held(const char *shown, int fd, struct dc_err *err)
{
    char text[32];
    long pid;

    read_text(fd, text);
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
    if (e == ELOOP || e == EEXIST || e == ENXIO || e == EISDIR)
        return dc_fail(
            err, DC_STORE,
            "%s: the file for its writer's lock can't be made: %s is "
            "there, and is a link or a file that deepconf did not "
            "make; move it away, or name another run file",
            shown, path);
    return dc_fail(err, DC_IO,
                   "%s: can't take the writer's lock (%s: %s): name a run "
                   "file on another file system",
                   shown, path, strerror(e));
}

/* Who holds it, for others to read. */
static bool write_text(int fd, const char *word)
{
    char text[32];
    int n = snprintf(text, sizeof(text), "%s%ld\n", word, (long)getpid());

    if (ftruncate(fd, 0) != 0)
        return false;
    return pwrite(fd, text, (size_t)n, 0) == n;
}

/*
 * Is this a lock of ours: empty, or a process id, torn by a power cut or not?
 * A file of the user's that has this name by chance is not taken.
 */
static bool is_ours(int fd)
{
    char text[64] = "";
    struct stat sb;
    ssize_t n, i;

    if (fstat(fd, &sb) != 0 || !S_ISREG(sb.st_mode) || sb.st_nlink > 1 ||
        (n = pread(fd, text, sizeof(text), 0)) < 0 || n > 32)
        return false;
    i = strncmp(text, mends, strlen(mends)) ? 0 : (ssize_t)strlen(mends);
    while (i < n && (!text[i] || strchr("0123456789\n", text[i])))
        i++;
    return i >= n;
}

/* -1 with errno: it can't be opened, or is not to be written to (EEXIST). */
static int open_lock(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                  0666);

    if (fd < 0 || is_ours(fd))
        return fd;
    close(fd);
    errno = EEXIST;
    return -1;
}

/* The same to read only, where writing is not allowed. */
static int open_to_look(const char *path)
{
    int before = errno, fd = -1;

    if (before == EACCES || before == EPERM || before == EROFS)
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    errno = before;
    return fd;
}

/*
 * Whose is the lock that was just refused to fd? The holder writes who it is
 * after it has the lock, so that until then the text is nobody's, or that of
 * one who was killed.
 */
static enum dc_lock_state holder_of(int fd)
{
    char text[32];
    long pid;

    if (lock_fd(fd, LOCK_SH))
        return DC_LOCK_BRIEF; /* a reader that asks */
    read_text(fd, text);
    if (!strncmp(text, mends, strlen(mends)))
        return DC_LOCK_BRIEF;
    pid = strtol(text, NULL, 10);
    if (pid > 0 && (kill((pid_t)pid, 0) == 0 || errno == EPERM))
        return DC_LOCK_WRITER;
    return DC_LOCK_UNSURE;
}

/*
 * One try for the lock. *fd is open on return, but for DC_LOCK_NONE. A file
 * that is another user's, left by a reader that was killed, is removed.
 */
static enum dc_lock_state try_once(const char *path, int *fd)
{
    enum dc_lock_state is = DC_LOCK_NONE;
    bool foreign = false;
    int e;

    *fd = open_lock(path);
    if (*fd < 0) {
        *fd = open_to_look(path);
        foreign = true;
    }
    if (*fd < 0)
        return DC_LOCK_NONE;
    e = errno;
    if (!lock_fd(*fd, foreign ? LOCK_SH : LOCK_EX)) {
        if (errno == EWOULDBLOCK)
            return holder_of(*fd);
        e = errno;
    } else if (!dc_flock_is_at(*fd, path) ||
               (foreign && is_ours(*fd) && unlink(path) == 0)) {
        return DC_LOCK_BRIEF;
    } else if (!foreign) {
        return DC_LOCK_OURS;
    }
    close(*fd);
    errno = e;
    return is;
}

/* Is it worth to ask again, after a pause? */
static bool wait_on(enum dc_lock_state is, double since)
{
    double most = is == DC_LOCK_BRIEF    ? DC_DB_BUSY_MS
                  : is == DC_LOCK_UNSURE ? UNSURE_MS
                                         : 0;

    if (dc_clock_ms() - since >= most)
        return false;
    dc_clock_pause_ms(PAUSE_MS);
    return true;
}

enum dc_status dc_lock_take(const char *shown, const char *real,
                            struct dc_lock *out, struct dc_err *err)
{
    double since = dc_clock_ms();
    char *path = dc_path_with(real, "-lock");
    enum dc_status st = DC_OK;
    enum dc_lock_state is;
    int fd = -1;

    while (wait_on(is = try_once(path, &fd), since))
        close(fd);
    if (is == DC_LOCK_NONE)
        st = fail_io(shown, path, err);
    else if (is != DC_LOCK_OURS)
        st = fail_held(shown, fd, err);
    else if (!write_text(fd, "")) {
        st = fail_io(shown, path, err);
        unlink(path);
    }
    if (!st) {
        *out = (struct dc_lock){.fd = fd, .path = path};
        return DC_OK;
    }
    if (is != DC_LOCK_NONE)
        close(fd);
    free(path);
    return st;
}

enum dc_lock_state dc_lock_try(const char *real, struct dc_lock *out)
{
    char *path = dc_path_with(real, "-lock");
    int fd = -1;
    enum dc_lock_state is = try_once(path, &fd);

    if (is == DC_LOCK_OURS) {
        write_text(fd, mends); /* on a full disk it says nothing */
        *out = (struct dc_lock){.fd = fd, .path = path};
        return is;
    }
    if (is != DC_LOCK_NONE)
        close(fd);
    free(path);
    return is == DC_LOCK_UNSURE ? DC_LOCK_WRITER : is;
}

void dc_lock_release(struct dc_lock *l)
{
    if (!l->path)
        return;
    if (dc_flock_is_at(l->fd, l->path)) /* and not one made by hand since */
        unlink(l->path);
    close(l->fd);
    free(l->path);
    l->path = NULL;
}
