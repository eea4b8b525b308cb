/*
 * text_file.h - a data file as text in memory: whole, UTF-8, without NUL.
 */
#ifndef DC_DATA_TEXT_FILE_H
#define DC_DATA_TEXT_FILE_H

#include "base/buf.h"

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Append the file's bytes. DC_IO: can't be read, no regular file; DC_DATA:
 * larger than DC_DATA_MAX_FILE. Messages do not name the file.
 */
enum dc_status dc_text_read(const char *path, struct dc_buf *out,
                            struct dc_err *err);
/*
 * Is s [n], NUL-terminated, text? DC_DATA names line and byte of what isn't:
 * UTF-16, invalid UTF-8, a NUL; or the file is empty.
 */
enum dc_status dc_text_check(const char *s, size_t n, struct dc_err *err);
/* JSON rather than CSV: the first bytes [n] decide (jsonl.h), then the name. */
bool dc_text_is_jsonl(const char *path, const char *s, size_t n);
/* "path: " before a message; of a long path its end, which names the file. */
enum dc_status dc_text_name_file(const char *path, enum dc_status st,
                                 struct dc_err *err);

#endif
