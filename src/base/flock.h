/*
 * flock.h - what flock() needs beside <sys/file.h>. Such a lock ends with its
 * process, however that ends.
 */
#ifndef DC_BASE_FLOCK_H
#define DC_BASE_FLOCK_H

#include <fcntl.h>
#include <stdbool.h>
#include <sys/file.h>

/* glibc keeps these from strictly POSIX sources; every system has the same. */
#ifndef LOCK_EX
#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4
#endif

/*
 * Does `path`, if it is no link, still lead to what is open as fd? To be asked
 * once the lock is there: between open() and flock() others may have removed
 * the file, or put another one in its place.
 */
bool dc_flock_is_at(int fd, const char *path);

#endif
