/*
 * inside.h - files below a folder that was perhaps received from somebody: no
 * symbolic link below it is followed, so that nothing outside is read, written
 * or removed. (The folder itself may be reached by a link: the user named it.)
 *
 * Paths are relative, with '/' between names; "", "." and ".." are no names.
 */
#ifndef DC_REPORT_INSIDE_H
#define DC_REPORT_INSIDE_H

#include "base/buf.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

/* A path that stays inside a folder: relative, each part a name. */
bool dc_inside_is_path(const char *path);

/* Open the folder itself. -1: errno. */
int dc_inside_top(const char *dir);

/*
 * Open the folder that `path` lies in, below folder `top`, and make it if
 * `make`; *name is the last part of path. -1: errno, ENOTDIR where a file or a
 * link stands in the place of a folder.
 */
int dc_inside_folder(int top, const char *path, bool make, const char **name);

/*
 * What stands at `path`, or else in its way: st_mode, and in *n how many bytes
 * of path lead there. False: nothing.
 */
bool dc_inside_look(int top, const char *path, size_t *n, mode_t *mode);

/*
 * Open a regular file for reading; never waits. DC_DATA: something else stands
 * there or on the way, named in the message; DC_IO. Messages name the path.
 */
enum dc_status dc_inside_open(int top, const char *path, FILE **out,
                              struct dc_err *err);

/* Append the names in folder sub ("", or with a slash at its end), sorted, each
 * with its NUL. False: errno. */
bool dc_inside_list(int top, const char *sub, struct dc_buf *names);

/* Remove a file, or a link, if there is one, and the folders above it that are
 * empty then. False: errno. */
bool dc_inside_remove(int top, const char *path);

#endif
