/*
 * archive_in.h - the files in a zip archive, one after the other, by
 * libarchive, which reads the methods that Inspect writes (deflate, zstd).
 * Nothing is unpacked to disk, and names are only compared.
 */
#ifndef DC_EXCHANGE_ARCHIVE_IN_H
#define DC_EXCHANGE_ARCHIVE_IN_H

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>

struct dc_archive; /* opaque */

/* DC_IO, or DC_DATA if it is no archive. Messages do not name the file. */
enum dc_status dc_archive_open(const char *path, struct dc_archive **out,
                               struct dc_err *err);
void dc_archive_close(struct dc_archive *a); /* a may be NULL */
/* The next file; *name, borrowed until the next call, is NULL at the end. */
enum dc_status dc_archive_next(struct dc_archive *a, const char **name,
                               struct dc_err *err);
/* Its bytes: as the reader of struct dc_json_in, arg is the archive. */
long dc_archive_read(void *arg, char *buf, size_t n);
/* Say why what was just read failed. DC_DATA. */
enum dc_status dc_archive_fail(const struct dc_archive *a, struct dc_err *err);

#endif
