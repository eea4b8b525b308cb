/*
 * file_in.h - opening and reading files that a user names, with one message for
 * each way in which that can go wrong.
 *
 * Messages do not hold the path: the caller puts it in front (dc_err_prefix()).
 * want says what should be there, with its article: "a YAML file".
 */
#ifndef DC_BASE_FILE_IN_H
#define DC_BASE_FILE_IN_H

#include "base/buf.h"

#include <deepconf/status.h>
#include <stdio.h>
#include <sys/types.h>

/*
 * A regular file; never waits. DC_IO: not there, something else (a folder, a
 * named pipe, a device), or not to be read. The caller closes *out.
 */
enum dc_status dc_file_open(const char *path, const char *want, FILE **out,
                            struct dc_err *err);
/*
 * The same, or what is read once from front to end: a pipe, a device. Waits for
 * a pipe to be written to. DC_INTERRUPTED: a signal came meanwhile.
 */
enum dc_status dc_file_stream(const char *path, const char *want, FILE **out,
                              struct dc_err *err);
/* "a folder", "a named pipe", "a file" ...: st_mode in words. */
const char *dc_file_what(mode_t mode);
/* Reading failed, by errno. DC_IO; DC_INTERRUPTED. want: as above, or NULL. */
enum dc_status dc_file_errno(const char *want, struct dc_err *err);

/*
 * The whole file into out, which is as long at most as its max. DC_IO, as above
 * or while reading; DC_DATA: empty, or larger.
 */
enum dc_status dc_file_read(const char *path, const char *want,
                            struct dc_buf *out, struct dc_err *err);

/* The same, of text in UTF-8. DC_DATA: it is something else; says what. */
enum dc_status dc_file_text(const char *path, const char *want,
                            struct dc_buf *out, struct dc_err *err);

/* The same of a file that is open already. */
enum dc_status dc_file_text_of(FILE *f, const char *want, struct dc_buf *out,
                               struct dc_err *err);

/* getline(), which takes the end of memory for the end of the file. */
ssize_t dc_getline(char **line, size_t *cap, FILE *f);

enum { DC_FILE_HEAD = 16 };
/*
 * What a file is that begins with head [n], as far as it is no text in UTF-8
 * and can be told ("a zip archive", "text in UTF-16"); NULL: nothing known.
 */
const char *dc_file_kind(const char *head, size_t n);
/* How to go on with such a kind: "; to convert it: ..." or "". */
const char *dc_file_kind_advice(const char *kind);

#endif
