/*
 * folder.c - folder.h.
 */
#include "base/folder.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

bool dc_folder_names(int fd, struct dc_buf *names)
{
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    if (!d) {
        int why = errno;
        if (fd >= 0)
            close(fd);
        errno = why;
        return false;
    }
    rewinddir(d); /* a copy of a descriptor has its place in common with it */
    for (struct dirent *e = readdir(d); e; e = readdir(d))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            dc_buf_add(names, e->d_name, strlen(e->d_name) + 1);
    closedir(d);
    return true;
}
