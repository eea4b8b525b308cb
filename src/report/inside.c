/*
 * inside.c - inside.h: each part of a path is opened from the folder before it,
 * with O_NOFOLLOW.
 */
#include "report/inside.h"

#include "base/file_in.h"
#include "base/folder.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder that somebody sent may lie deeper than any path can say, and each
 * look at it walks all the way down. */
enum { MAX_SUB = 4096 };

enum { FOLDER = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

bool dc_inside_is_path(const char *path)
{
    for (const char *p = path;; p++) {
        size_t n = strcspn(p, "/");
        if (n == 0 || (n == 1 && p[0] == '.') ||
            (n == 2 && p[0] == '.' && p[1] == '.'))
            return false;
        p += n;
        if (!*p)
            return true;
    }
}

int dc_inside_top(const char *dir)
{
    return open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static int go_down(int at, const char *name, bool make)
{
    if (make && mkdirat(at, name, 0777) != 0 && errno != EEXIST)
        return -1;
    int fd = openat(at, name, FOLDER);
    if (fd < 0 && errno == ELOOP)
        errno = ENOTDIR;
    return fd;
}

int dc_inside_folder(int top, const char *path, bool make, const char **name)
{
    int at = fcntl(top, F_DUPFD_CLOEXEC, 0);
    const char *p = path;
    if (!dc_inside_is_path(path)) {
        errno = EINVAL;
        close(at);
        return -1;
    }
    for (const char *slash; at >= 0 && (slash = strchr(p, '/'));
         p = slash + 1) {
        char *part = dc_xstrndup(p, (size_t)(slash - p));
        int below = go_down(at, part, make), why = errno;
        free(part);
        close(at);
        errno = why;
        at = below;
    }
    *name = p;
    return at;
}

bool dc_inside_look(int top, const char *path, size_t *n, mode_t *mode)
{
    bool there = dc_inside_is_path(path), down = there;
    int at = down ? fcntl(top, F_DUPFD_CLOEXEC, 0) : -1;
    for (*n = 0; down;) {
        struct stat s;
        size_t len = strcspn(path + *n, "/");
        char *part = dc_xstrndup(path + *n, len);
        *n += len;
        there = at >= 0 && fstatat(at, part, &s, AT_SYMLINK_NOFOLLOW) == 0;
        if (there)
            *mode = s.st_mode;
        down = there && path[*n] && S_ISDIR(s.st_mode);
        int below = down ? go_down(at, part, false) : -1;
        *n += down;
        if (at >= 0)
            close(at);
        free(part);
        at = below;
    }
    return there;
}

static enum dc_status in_the_way(int top, const char *path, struct dc_err *err)
{
    size_t n = 0;
    mode_t mode = 0;
    if (!dc_inside_look(top, path, &n, &mode) || S_ISREG(mode))
        return dc_fail(err, DC_DATA, "%.400s: is not in the folder", path);
    return dc_fail(err, DC_DATA, "%.*s: is %s, and %s is expected there",
                   n < 400 ? (int)n : 400, path, dc_file_what(mode),
                   path[n] ? "a folder" : "a file");
}

enum dc_status dc_inside_open(int top, const char *path, FILE **out,
                              struct dc_err *err)
{
    const char *name = NULL;
    struct stat s;
    int at = dc_inside_folder(top, path, false, &name);
    int fd = at < 0 ? -1
                    : openat(at, name,
                             O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int why = errno;
    if (at >= 0)
        close(at);
    *out = NULL;
    if (fd >= 0 && fstat(fd, &s) == 0 && S_ISREG(s.st_mode))
        *out = fdopen(fd, "rb");
    if (*out)
        return DC_OK;
    if (fd >= 0)
        close(fd);
    if (fd >= 0 || why == ENOTDIR || why == ELOOP || why == ENXIO ||
        why == EINVAL || why == ENOENT)
        return in_the_way(top, path, err);
    errno = why;
    return dc_err_prefix(err, dc_file_errno(NULL, err), "%.400s", path);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted, since a folder has no order of its own. */
static void add_sorted(const struct dc_buf *b, struct dc_buf *names)
{
    size_t n = 0, k = 0;
    for (size_t i = 0; i < b->n; i += strlen(b->data + i) + 1)
        n++;
    const char **p = dc_xcalloc(n + 1, sizeof *p);
    for (size_t i = 0; i < b->n; i += strlen(b->data + i) + 1)
        p[k++] = b->data + i;
    qsort(p, n, sizeof *p, by_name);
    for (k = 0; k < n; k++)
        dc_buf_add(names, p[k], strlen(p[k]) + 1);
    free(p);
}

bool dc_inside_list(int top, const char *sub, struct dc_buf *names)
{
    const char *name = NULL;
    struct dc_buf b, dot;
    if (strlen(sub) > MAX_SUB) {
        errno = ENAMETOOLONG;
        return false;
    }
    dc_buf_init(&dot, SIZE_MAX);
    dc_buf_addf(&dot, "%sx", sub); /* any name in it */
    int fd = dc_inside_folder(top, dot.data, false, &name);
    dc_buf_release(&dot);
    dc_buf_init(&b, SIZE_MAX);
    bool ok = dc_folder_names(fd, &b);
    int why = errno;
    add_sorted(&b, names);
    dc_buf_release(&b);
    errno = why;
    return ok;
}

/* Is nothing of ours there now? What was never there, a folder in the place of
 * a file, and what only a link leads to is not ours. */
static bool remove_one(int top, const char *path, int flags)
{
    const char *name = NULL;
    int at = dc_inside_folder(top, path, false, &name);
    bool gone = at >= 0 && unlinkat(at, name, flags) == 0;
    int why = gone ? 0 : errno;
    if (at >= 0)
        close(at);
    errno = why;
    return gone || why == ENOENT || why == ENOTDIR || why == EISDIR ||
           why == EINVAL;
}

bool dc_inside_remove(int top, const char *path)
{
    char *part = dc_xstrdup(path);
    bool ok = remove_one(top, part, 0), up = ok;
    for (char *slash; up && (slash = strrchr(part, '/'));) {
        *slash = '\0';
        up = remove_one(top, part, AT_REMOVEDIR);
        ok = up || errno == ENOTEMPTY || errno == EEXIST || errno == EBUSY;
    }
    int why = errno;
    free(part);
    errno = why;
    return ok;
}
