/*
 * beside.c - makes, locks, renames and clears files beside their place
 * (beside.h).
 *
 * Between our open() and our flock() another process may take the new file for
 * a leftover. So after locking, the name must still lead to what was locked; if
 * not, another one is made.
 */
#include "base/beside.h"

#include "base/buf.h"
#include "base/flock.h"
#include "base/folder.h"
#include "base/mem.h"
#include "base/path.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MAX_TRIES = 100,
    MAX_NAME = 255,     /* bytes of a name, on every usual file system */
    MAX_MARK = 15 + 16, /* the mark, a process id and a number */
    OPEN = O_NOFOLLOW | O_CLOEXEC
};

/* What this process has made and not let go of. */
static struct {
    pthread_mutex_t lock, settling;
    char **path; /* [n] */
    size_t n;
} live = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, NULL, 0};

/* How much of a name there is room for before the mark: whole characters. */
static size_t stem_of(const char *name)
{
    size_t n = strlen(name);
    if (n <= MAX_NAME - MAX_MARK)
        return n;
    n = MAX_NAME - MAX_MARK;
    while (n > 0 && ((unsigned char)name[n] & 0xC0) == 0x80)
        n--;
    return n;
}

static size_t digits(const char *s)
{
    return strspn(s, "0123456789");
}

/* Is s the mark with a process id behind it, and nothing else? */
static bool is_mark(const char *s)
{
    size_t n = sizeof DC_BESIDE_MARK - 1;
    if (strncmp(s, DC_BESIDE_MARK, n) != 0 || digits(s + n) == 0)
        return false;
    s += n + digits(s + n);
    return !*s || (*s == '-' && digits(s + 1) > 0 && !s[1 + digits(s + 1)]);
}

bool dc_beside_is_name(const char *name)
{
    const char *last = NULL;
    for (const char *p = name; (p = strstr(p, DC_BESIDE_MARK)); p++)
        last = p;
    return last && is_mark(last);
}

/* ---- removing ---- */

/* The names in a folder that is no link; none if it can't be read. The folder
 * is closed again, so that few descriptors do. */
static void list(const char *path, struct dc_buf *names)
{
    dc_folder_names(open(path, O_RDONLY | O_DIRECTORY | OPEN), names);
}

static void remove_tree(const char *path)
{
    struct dc_buf names, b;
    struct stat s;
    if (lstat(path, &s) != 0 || !S_ISDIR(s.st_mode)) {
        unlink(path);
        return;
    }
    dc_buf_init(&names, SIZE_MAX);
    dc_buf_init(&b, SIZE_MAX);
    list(path, &names);
    for (size_t i = 0; i < names.n; i += strlen(names.data + i) + 1) {
        dc_buf_clear(&b);
        dc_buf_addf(&b, "%s/%s", path, names.data + i);
        remove_tree(b.data);
    }
    dc_buf_release(&names);
    dc_buf_release(&b);
    rmdir(path);
}

/* A leftover has no process that holds its lock, and is the user's own. */
static bool is_left(const char *path)
{
    struct stat s;
    int fd = open(path, O_RDONLY | O_NONBLOCK | OPEN);
    if (fd < 0)
        return false;
    bool left = fstat(fd, &s) == 0 && s.st_uid == geteuid() &&
                (S_ISREG(s.st_mode) || S_ISDIR(s.st_mode)) &&
                flock(fd, LOCK_EX | LOCK_NB) == 0;
    close(fd);
    return left;
}

static void remove_left(const char *path)
{
    struct dc_buf names, b;
    size_t folder = dc_path_folder(path), stem = stem_of(path + folder);
    dc_buf_init(&names, SIZE_MAX);
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_add(&b, path, folder);
    dc_buf_adds(&b, folder ? "." : "./"); /* the folder itself may be a link */
    list(b.data, &names);
    for (size_t i = 0; i < names.n; i += strlen(names.data + i) + 1) {
        const char *name = names.data + i;
        if (strncmp(name, path + folder, stem) != 0 || !is_mark(name + stem))
            continue;
        dc_buf_clear(&b);
        dc_buf_add(&b, path, folder);
        dc_buf_adds(&b, name);
        if (is_left(b.data))
            remove_tree(b.data);
    }
    dc_buf_release(&names);
    dc_buf_release(&b);
}

/* ---- what is alive ---- */

static void live_add(const char *path)
{
    pthread_mutex_lock(&live.lock);
    live.path = dc_xrealloc(live.path, live.n + 1, sizeof *live.path);
    live.path[live.n++] = dc_xstrdup(path);
    pthread_mutex_unlock(&live.lock);
}

static void live_drop(const char *path)
{
    pthread_mutex_lock(&live.lock);
    for (size_t i = 0; i < live.n; i++) {
        if (strcmp(live.path[i], path) != 0)
            continue;
        free(live.path[i]);
        live.path[i] = live.path[--live.n];
        break;
    }
    if (live.n == 0) {
        free(live.path);
        live.path = NULL;
    }
    pthread_mutex_unlock(&live.lock);
}

void dc_beside_remove_all(void)
{
    struct stat s;
    pthread_mutex_lock(&live.settling);
    pthread_mutex_lock(&live.lock);
    /* the other threads may still be making files there */
    for (size_t i = 0; i < live.n; i++)
        for (int k = 0; k < MAX_TRIES && lstat(live.path[i], &s) == 0; k++)
            remove_tree(live.path[i]);
}

void dc_beside_settle_begin(void)
{
    pthread_mutex_lock(&live.settling);
}

void dc_beside_settle_end(void)
{
    pthread_mutex_unlock(&live.settling);
}

/* ---- making ---- */

static char *name_of(const char *path, int n)
{
    struct dc_buf b;
    size_t folder = dc_path_folder(path);
    dc_buf_init(&b, SIZE_MAX);
    dc_buf_add(&b, path, folder + stem_of(path + folder));
    dc_buf_addf(&b, DC_BESIDE_MARK "%ld", (long)getpid());
    if (n > 0)
        dc_buf_addf(&b, "-%d", n);
    return dc_buf_detach(&b);
}

static int open_new(const char *path, bool folder, mode_t mode)
{
    if (!folder)
        return open(path, O_RDWR | O_CREAT | O_EXCL | OPEN, mode);
    if (mkdir(path, mode) != 0)
        return -1;
    int fd = open(path, O_RDONLY | O_DIRECTORY | OPEN);
    int why = errno;
    if (fd < 0)
        rmdir(path);
    errno = why;
    return fd;
}

static bool make(const char *path, bool folder, mode_t mode,
                 struct dc_beside *out)
{
    int why = EEXIST;
    remove_left(path);
    for (int n = 0; n < MAX_TRIES && why == EEXIST; n++) {
        *out = (struct dc_beside){.path = name_of(path, n)};
        out->fd = open_new(out->path, folder, mode);
        why = out->fd < 0 ? errno : 0;
        if (why == 0) {
            flock(out->fd, LOCK_EX | LOCK_NB); /* where there are locks */
            if (dc_flock_is_at(out->fd, out->path)) {
                live_add(out->path);
                return true;
            }
            close(out->fd);
            why = EEXIST;
        }
        free(out->path);
    }
    *out = (struct dc_beside){.path = NULL, .fd = -1};
    errno = why;
    return false;
}

bool dc_beside_file(const char *path, mode_t mode, struct dc_beside *out)
{
    return make(path, false, mode, out);
}

bool dc_beside_folder(const char *path, mode_t mode, struct dc_beside *out)
{
    return make(path, true, mode, out);
}

void dc_beside_forget(struct dc_beside *b)
{
    if (b->path) {
        live_drop(b->path);
        close(b->fd);
    }
    free(b->path);
    *b = (struct dc_beside){.path = NULL, .fd = -1};
}

void dc_beside_remove(struct dc_beside *b)
{
    if (b->path)
        remove_tree(b->path);
    dc_beside_forget(b);
}

bool dc_beside_rename(struct dc_beside *b, const char *path)
{
    if (rename(b->path, path) != 0)
        return false;
    dc_beside_forget(b);
    return dc_sync_folder_of(path);
}

/* ---- onto the disk ---- */

bool dc_sync(int fd)
{
    return fsync(fd) == 0 || errno == EINVAL || errno == ENOTSUP ||
           errno == ENOSYS || errno == EROFS;
}

bool dc_sync_folder_of(const char *path)
{
    char *folder = dc_path_folder_copy(path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0)
        return true; /* a folder may be written and not be read */
    bool ok = dc_sync(fd);
    int why = errno;
    close(fd);
    errno = why;
    return ok;
}
