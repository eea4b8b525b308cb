/*
 * fault.c - for LD_PRELOAD: one call of the C library fails, or ends the
 * program as SIGKILL does.
 *
 *   cc -shared -fPIC -O1 fault.c -o fault.so -ldl
 *
 *   FAULT_CALLS   which calls count: letters of the table below; all without it
 *   FAULT_AT      the one that it happens at, from 1
 *   FAULT_ERRNO   its error (a number); without it the program is killed
 *   FAULT_HANG    a file that is made then, and the call never comes back
 *   FAULT_COUNT   a file that is given the number of calls at the end
 *
 *   r  rename, renameat
 *   m  mkdir, mkdirat
 *   u  unlink, unlinkat, rmdir
 *   s  fsync
 *   o  open, open64 and fopen of a file to be written
 *   w  pwrite, ftruncate, fdatasync: how SQLite writes
 *   a  malloc, calloc, realloc (what is a null pointer then)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_long n_calls;
static long at = -1;
static int error, ready;
static const char *which;
static void *(*real_malloc)(size_t), *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);

static void find_memory(void)
{
    real_malloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
    real_calloc = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
    real_realloc = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
}

__attribute__((constructor)) static void begin(void)
{
    const char *s = getenv("FAULT_AT"), *e = getenv("FAULT_ERRNO");
    if (!real_malloc)
        find_memory();
    which = getenv("FAULT_CALLS");
    at = s ? strtol(s, NULL, 10) : -1;
    error = e ? (int)strtol(e, NULL, 10) : 0;
    ready = 1;
}

__attribute__((destructor)) static void end(void)
{
    const char *s = getenv("FAULT_COUNT");
    char text[32];
    if (!s)
        return;
    which = ""; /* what follows does not count */
    int fd = open(s, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    int n = snprintf(text, sizeof text, "%ld\n", (long)n_calls);
    if (write(fd, text, (size_t)n) != n)
        _exit(99);
    close(fd);
}

static void hang(const char *path)
{
    which = ""; /* what follows does not count */
    close(open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666));
    for (;;)
        pause();
}

/* Is this the call? Then errno is set, or the program has ended. */
static int fails(char kind)
{
    if (!ready || (which ? !strchr(which, kind) : kind == 'a'))
        return 0;
    if (atomic_fetch_add(&n_calls, 1) + 1 != at)
        return 0;
    if (getenv("FAULT_HANG"))
        hang(getenv("FAULT_HANG"));
    if (!error && kind != 'a')
        kill(getpid(), SIGKILL);
    errno = error ? error : ENOMEM;
    return 1;
}

#define REAL(type, name, ...) ((type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name))

int rename(const char *a, const char *b)
{
    return fails('r') ? -1
                      : REAL(int, rename, const char *, const char *)(a, b);
}
int renameat(int x, const char *a, int y, const char *b)
{
    return fails('r') ? -1
                      : REAL(int, renameat, int, const char *, int,
                             const char *)(x, a, y, b);
}
int mkdir(const char *a, mode_t m)
{
    return fails('m') ? -1 : REAL(int, mkdir, const char *, mode_t)(a, m);
}
int mkdirat(int x, const char *a, mode_t m)
{
    return fails('m') ? -1
                      : REAL(int, mkdirat, int, const char *, mode_t)(x, a, m);
}
int unlink(const char *a)
{
    return fails('u') ? -1 : REAL(int, unlink, const char *)(a);
}
int unlinkat(int x, const char *a, int f)
{
    return fails('u') ? -1
                      : REAL(int, unlinkat, int, const char *, int)(x, a, f);
}
int rmdir(const char *a)
{
    return fails('u') ? -1 : REAL(int, rmdir, const char *)(a);
}
int fsync(int fd)
{
    return fails('s') ? -1 : REAL(int, fsync, int)(fd);
}
int fdatasync(int fd)
{
    return fails('w') ? -1 : REAL(int, fdatasync, int)(fd);
}
int ftruncate(int fd, off_t n)
{
    return fails('w') ? -1 : REAL(int, ftruncate, int, off_t)(fd, n);
}
int ftruncate64(int fd, off64_t n)
{
    return fails('w') ? -1 : REAL(int, ftruncate64, int, off64_t)(fd, n);
}
ssize_t pwrite(int fd, const void *p, size_t n, off_t o)
{
    return fails('w') ? -1
                      : REAL(ssize_t, pwrite, int, const void *, size_t,
                             off_t)(fd, p, n, o);
}
ssize_t pwrite64(int fd, const void *p, size_t n, off64_t o)
{
    return fails('w') ? -1
                      : REAL(ssize_t, pwrite64, int, const void *, size_t,
                             off64_t)(fd, p, n, o);
}

#define OPEN(name)                                                             \
    int name(const char *path, int flags, ...)                                 \
    {                                                                          \
        mode_t mode = 0;                                                       \
        if ((flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE) {           \
            va_list ap;                                                        \
            va_start(ap, flags);                                               \
            mode = va_arg(ap, mode_t);                                         \
            va_end(ap);                                                        \
        }                                                                      \
        if ((flags & O_ACCMODE) != O_RDONLY && fails('o'))                     \
            return -1;                                                         \
        return REAL(int, name, const char *, int, ...)(path, flags, mode);     \
    }
OPEN(open)
OPEN(open64)
FILE *fopen(const char *path, const char *how)
{
    if (how[0] != 'r' && fails('o'))
        return NULL;
    return REAL(FILE *, fopen, const char *, const char *)(path, how);
}

/* ---- memory: dlsym() itself asks for some ---- */

static char early[1 << 16];
static size_t n_early;

void *malloc(size_t n)
{
    if (!real_malloc)
        find_memory();
    return fails('a') ? NULL : real_malloc(n);
}
void *calloc(size_t n, size_t size)
{
    if (!real_calloc) {
        void *p = early + n_early;
        n_early += (n * size + 15) & ~(size_t)15;
        return n_early <= sizeof early ? p : NULL;
    }
    return fails('a') ? NULL : real_calloc(n, size);
}
void *realloc(void *p, size_t n)
{
    if (!real_realloc)
        find_memory();
    return fails('a') ? NULL : real_realloc(p, n);
}
