/*
 * flock.c - flock.h.
 */
#include "base/flock.h"

#include <sys/stat.h>

bool dc_flock_is_at(int fd, const char *path)
{
    struct stat a, b;
    return fstat(fd, &a) == 0 && lstat(path, &b) == 0 && a.st_dev == b.st_dev &&
           a.st_ino == b.st_ino;
}
