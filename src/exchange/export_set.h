/*
 * export_set.h - the files that an export puts into a folder which may hold
 * other files, and those of earlier exports.
 *
 * The folder has a record of what deepconf wrote there, DC_EXPORT_RECORD, with
 * the SHA-256 of each file. A file of that name and content may be replaced;
 * any other stays, and nothing is written. An earlier export is replaced whole:
 * if one of its files is, all of them are, and those that the new one has not
 * are removed. The record names old and new files while they change places, so
 * that after a kill all of them are still known for what they are, and the same
 * export again makes the set whole.
 */
#ifndef DC_EXCHANGE_EXPORT_SET_H
#define DC_EXCHANGE_EXPORT_SET_H

#include "base/write_file.h"

#include <deepconf/status.h>
#include <stddef.h>

#define DC_EXPORT_RECORD ".deepconf-export.json"

enum { DC_EXPORT_FILES = 3 };

struct json_t;

struct dc_export_set {
    const char *folder, *format; /* borrowed */
    struct json_t *record;       /* as it was; NULL: not open */
    struct json_t *files;        /* of the new export: name to SHA-256 */
    struct {
        char *name;
        struct dc_file_out *to; /* borrowed */
    } file[DC_EXPORT_FILES];    /* [n] */
    size_t n;
};

/* DC_DATA: the folder's record is none of ours; DC_IO. */
enum dc_status dc_export_set_open(struct dc_export_set *s, const char *folder,
                                  const char *format, struct dc_err *err);
/*
 * A file of this name, without a slash, is to be written by way of `to`.
 * DC_USAGE: it would take the place of a file that is not an earlier export's,
 * or was changed since, or so would one that goes with it.
 */
enum dc_status dc_export_set_add(struct dc_export_set *s,
                                 struct dc_file_out *to, const char *name,
                                 struct dc_err *err);
/* Give the files, which are finished, their names; or, if st is a failure, none
 * of them. Gives st, or as above. Does nothing for a set not open. */
enum dc_status dc_export_set_close(struct dc_export_set *s, enum dc_status st,
                                   struct dc_err *err);

#endif
