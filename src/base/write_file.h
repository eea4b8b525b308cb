/*
 * write_file.h - files that a user names to be written. A new one grows beside
 * its place (beside.h) and gets its name at the end, when it is on the disk, so
 * that there is the old one or the new one and no half of it.
 *
 * A symbolic link stays one: what it leads to is written. A device or a pipe
 * (/dev/null, /dev/stdout) is written as it is, and never replaced. A database
 * or a model is never written over. A file that is replaced hands on its mode.
 */
#ifndef DC_BASE_WRITE_FILE_H
#define DC_BASE_WRITE_FILE_H

#include "base/beside.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct dc_file_out {
    FILE *f;          /* NULL: not open; write, then let ..._close() look */
    const char *name; /* borrowed; as the user wrote it */
    char *path;       /* what gets the part's name; NULL: no plain file */
    struct dc_beside part;
};

/*
 * path NULL or "-": standard output; borrowed until closed. DC_USAGE: a folder,
 * or a file that is never written over; DC_IO. Messages name the path. After a
 * failure *o is closed.
 */
enum dc_status dc_file_out_open(struct dc_file_out *o, const char *path,
                                struct dc_err *err);
/*
 * The same for a file whose name deepconf chose itself, in a folder that a user
 * named and may have been sent: a link that lies there is replaced.
 */
enum dc_status dc_file_out_open_own(struct dc_file_out *o, const char *path,
                                    struct dc_err *err);
/*
 * Only where it would go (path), with f NULL and no part: for a part that is
 * not begun anew. As above; ended by dc_file_out_forget().
 */
enum dc_status dc_file_out_find(struct dc_file_out *o, const char *path,
                                struct dc_err *err);
void dc_file_out_forget(struct dc_file_out *o);
/* Could it be opened, by what is there now? As above; nothing is left. */
enum dc_status dc_file_out_check(const char *path, struct dc_err *err);
/*
 * Give the file its name, or, if st is a failure, remove what was written.
 * Gives st, or DC_IO: any write failed, late ones included. Nothing for one
 * that is not open.
 */
enum dc_status dc_file_out_close(struct dc_file_out *o, enum dc_status st,
                                 struct dc_err *err);
/*
 * The same in two steps, for files that get their names together: all of it is
 * on the disk, and f is NULL; then it gets its name. A failure of the first
 * (also the st that it is given) removes what was written.
 */
enum dc_status dc_file_out_finish(struct dc_file_out *o, enum dc_status st,
                                  struct dc_err *err);
enum dc_status dc_file_out_name(struct dc_file_out *o, struct dc_err *err);
/* Say why a write just failed (errno). DC_IO; DC_INTERRUPTED. */
enum dc_status dc_file_out_fail(const struct dc_file_out *o,
                                struct dc_err *err);

/* A whole file at once. As above. */
enum dc_status dc_write_file(const char *path, const void *data, size_t n,
                             struct dc_err *err);

/* The place that a path leads to by way of symbolic links, whether there is a
 * file or not. Caller frees. */
char *dc_path_follow(const char *path);
/* With what mode to make a file that is to take the place of `path`; and, once
 * it is open as fd, give it the mode and the owner of the one there, whose path
 * is from an open folder on, or from AT_FDCWD. */
mode_t dc_mode_for(const char *path);
void dc_mode_keep(int folder, const char *path, int fd);

/* Are both there, and the same file? */
bool dc_file_same(const char *a, const char *b);

#endif
