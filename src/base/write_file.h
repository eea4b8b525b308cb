/*
 * write_file.h - files that a user names to be written. A new one grows beside
 * its place as PATH.part and gets its name at the end, so that there is the old
 * one or the new one and no half of it.
 *
 * A symbolic link stays one: what it leads to is written. A device or a pipe
 * (/dev/null, /dev/stdout) is written as it is, and never replaced. A database
 * or a model is never written over.
 */
#ifndef DC_BASE_WRITE_FILE_H
#define DC_BASE_WRITE_FILE_H

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct dc_file_out {
    FILE *f;           /* NULL: not open; write, then let ..._close() look */
    const char *name;  /* borrowed; as the user wrote it */
    char *path, *part; /* NULL: not renamed at the end */
    bool keep;         /* leave the part after a failure */
};

/*
 * path NULL or "-": standard output; borrowed until closed. DC_USAGE: a folder,
 * or a file that is never written over; DC_IO. Messages name the path. After a
 * failure *o is closed.
 */
enum dc_status dc_file_out_open(struct dc_file_out *o, const char *path,
                                struct dc_err *err);
/*
 * Only where it would go, with f NULL: for a part that is not begun anew. As
 * above; ended by dc_file_out_forget().
 */
enum dc_status dc_file_out_find(struct dc_file_out *o, const char *path,
                                struct dc_err *err);
void dc_file_out_forget(struct dc_file_out *o);
/* Could it be opened, by what is there now? As above; nothing is left. */
enum dc_status dc_file_out_check(const char *path, struct dc_err *err);
/*
 * Give the file its name, or, if st is a failure, remove what was written
 * (unless `keep`). Gives st, or DC_IO: any write failed. Nothing for one that
 * is not open.
 */
enum dc_status dc_file_out_close(struct dc_file_out *o, enum dc_status st,
                                 struct dc_err *err);
/* Say why a write just failed (errno). DC_IO. */
enum dc_status dc_file_out_fail(const struct dc_file_out *o,
                                struct dc_err *err);

/* A whole file at once. As above. */
enum dc_status dc_write_file(const char *path, const void *data, size_t n,
                             struct dc_err *err);

/* Are both there, and the same file? */
bool dc_file_same(const char *a, const char *b);

#endif
