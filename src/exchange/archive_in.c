/*
 * archive_in.c - archive_in.h.
 */
#include "exchange/archive_in.h"

#include "base/mem.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <string.h>

struct dc_archive {
    struct archive *h;
};

enum dc_status dc_archive_fail(const struct dc_archive *a, struct dc_err *err)
{
    const char *why = archive_error_string(a->h);
    if (!why)
        why = "it is damaged";
    return dc_fail(err, DC_DATA,
                   "the archive can't be read: %.*s; `inspect log dump` "
                   "makes a .json of it",
                   (int)strcspn(why, "\n"), why);
}

enum dc_status dc_archive_open(const char *path, struct dc_archive **out,
                               struct dc_err *err)
{
    struct dc_archive *a = dc_xcalloc(1, sizeof *a);
    a->h = archive_read_new();
    if (!a->h)
        abort();
    archive_read_support_format_zip(a->h);
    if (archive_read_open_filename(a->h, path, 1 << 16) == ARCHIVE_OK) {
        *out = a;
        return DC_OK;
    }
    enum dc_status st = dc_archive_fail(a, err);
    dc_archive_close(a);
    return st;
}

void dc_archive_close(struct dc_archive *a)
{
    if (!a)
        return;
    archive_read_free(a->h);
    free(a);
}

enum dc_status dc_archive_next(struct dc_archive *a, const char **name,
                               struct dc_err *err)
{
    struct archive_entry *e = NULL;
    int rc = archive_read_next_header(a->h, &e);
    if (rc == ARCHIVE_EOF) {
        *name = NULL;
        return DC_OK;
    }
    if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
        return dc_archive_fail(a, err);
    *name = archive_entry_pathname(e);
    if (!*name)
        *name = "";
    return DC_OK;
}

long dc_archive_read(void *arg, char *buf, size_t n)
{
    struct dc_archive *a = arg;
    return (long)archive_read_data(a->h, buf, n);
}
