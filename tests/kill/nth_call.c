/*
 * nth_call.c - LD_PRELOAD: end the process as SIGKILL does in front of its nth
 * call that changes a file (KILL_AT=n), or count those calls into the file
 * KILL_COUNT. So a kill meets the few calls in which a run file changes its
 * mode as often as any other.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

static long n_call, kill_at;

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("KILL_AT");
    kill_at = at ? strtol(at, NULL, 10) : 0;
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("KILL_COUNT");
    FILE *f = path ? fopen(path, "w") : NULL;
    if (f) {
        fprintf(f, "%ld\n", n_call);
        fclose(f);
    }
}

static void count(void)
{
    if (__atomic_add_fetch(&n_call, 1, __ATOMIC_RELAXED) == kill_at)
        raise(SIGKILL);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define WRAP(type, name, params, args)                                         \
    type name params                                                           \
    {                                                                          \
        static __typeof__(&name) real;                                         \
        if (!real)                                                             \
            real = REAL(name);                                                 \
        count();                                                               \
        return real args;                                                      \
    }

WRAP(ssize_t, pwrite, (int f, const void *p, size_t n, off_t o), (f, p, n, o))
WRAP(ssize_t, pwrite64, (int f, const void *p, size_t n, off64_t o),
     (f, p, n, o))
WRAP(int, fsync, (int f), (f))
WRAP(int, fdatasync, (int f), (f))
WRAP(int, ftruncate, (int f, off_t n), (f, n))
WRAP(int, ftruncate64, (int f, off64_t n), (f, n))
WRAP(int, unlink, (const char *p), (p))
WRAP(int, unlinkat, (int d, const char *p, int f), (d, p, f))
WRAP(int, rename, (const char *a, const char *b), (a, b))
WRAP(int, mkdir, (const char *p, mode_t m), (p, m))
WRAP(int, rmdir, (const char *p), (p))

/* Files that are made, or opened to be written. */
#define WRAP_OPEN(name)                                                        \
    int name(const char *path, int flags, ...)                                 \
    {                                                                          \
        static __typeof__(&name) real;                                         \
        mode_t mode = 0;                                                       \
        if (!real)                                                             \
            real = REAL(name);                                                 \
        if (flags & (O_CREAT | O_TMPFILE)) {                                   \
            va_list ap;                                                        \
            va_start(ap, flags);                                               \
            mode = va_arg(ap, mode_t);                                         \
            va_end(ap);                                                        \
        }                                                                      \
        if (flags & (O_WRONLY | O_RDWR))                                       \
            count();                                                           \
        return real(path, flags, mode);                                        \
    }
WRAP_OPEN(open)
WRAP_OPEN(open64)
