/*
 * path.h - the parts of a path, as places in it, and paths made of it.
 */
#ifndef DC_BASE_PATH_H
#define DC_BASE_PATH_H

#include <stddef.h>

/* What stands behind the last slash; all of it if nothing does. */
const char *dc_path_name(const char *path);
/* Bytes of such a name without its ending; a name that begins with its only
 * dot has none. */
size_t dc_path_stem(const char *name);
/* Bytes up to the last slash and with it; 0: a name alone. */
size_t dc_path_folder(const char *path);
/* These bytes, or "." for a name alone. Caller frees. */
char *dc_path_folder_copy(const char *path);

/* The path with `ending` behind it: a file beside that one. Caller frees. */
char *dc_path_with(const char *path, const char *ending);

#endif
