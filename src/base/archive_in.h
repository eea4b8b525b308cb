/*
 * archive_in.h - the files in a zip archive, by number, in any order.
 *
 * The archive's own directory says what is in it (so a name's encoding or the
 * locale doesn't matter, and members may be read in another order than they
 * were written); libarchive unpacks one member at a time: deflate, zstd,
 * stored, and what else it knows. Nothing is unpacked to disk, and names are
 * only compared. Memory: that of the directory, and a few buffers.
 */
#ifndef DC_BASE_ARCHIVE_IN_H
#define DC_BASE_ARCHIVE_IN_H

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>

struct dc_archive; /* opaque */

/* For messages; borrowed. */
struct dc_archive_words {
    const char *want; /* what should be there, as in file_in.h: "the log" */
    const char *hint; /* behind what is wrong with it; "": nothing */
};
/* DC_IO, or DC_DATA if it is no archive. Messages do not name the file. */
enum dc_status dc_archive_open(const char *path,
                               const struct dc_archive_words *words,
                               struct dc_archive **out, struct dc_err *err);
void dc_archive_close(struct dc_archive *a); /* a may be NULL */
/* How many members there are, folders too. */
size_t dc_archive_count(const struct dc_archive *a);
/*
 * The name of member i, as bytes that need not be UTF-8, with '/' between
 * folders; a folder's ends in '/'. The folder that all members are in, if
 * there is one, is left out. Borrowed.
 */
const char *dc_archive_name(const struct dc_archive *a, size_t i);
/* Begin to read member i. DC_DATA. */
enum dc_status dc_archive_enter(struct dc_archive *a, size_t i,
                                struct dc_err *err);
/* Its bytes: as the reader of struct dc_json_in, arg is the archive. The end is
 * reported only for a member whose size and checksum are right. */
long dc_archive_read(void *arg, char *buf, size_t n);
/* Say why what was just read failed. DC_DATA. */
enum dc_status dc_archive_fail(const struct dc_archive *a, struct dc_err *err);

#endif
