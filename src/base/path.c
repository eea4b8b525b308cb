/*
 * path.c - name, stem and folder by the last slash and the last dot of a path
 * (path.h).
 */
#include "base/path.h"

#include "base/mem.h"

#include <string.h>

const char *dc_path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}

size_t dc_path_stem(const char *name)
{
    const char *dot = strrchr(name, '.');
    return dot && dot > name ? (size_t)(dot - name) : strlen(name);
}

size_t dc_path_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash + 1 - path) : 0;
}

char *dc_path_folder_copy(const char *path)
{
    size_t n = dc_path_folder(path);
    return n ? dc_xstrndup(path, n) : dc_xstrdup(".");
}

char *dc_path_with(const char *path, const char *ending)
{
    size_t n = strlen(path), more = strlen(ending) + 1;
    char *out = dc_xmalloc(n + more);
    memcpy(out, path, n);
    memcpy(out + n, ending, more);
    return out;
}
