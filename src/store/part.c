/*
 * part.c - a run file that grows beside its place (join.h).
 *
 * Nothing of it is kept if the process ends, so SQLite need not sync it nor
 * keep a journal on the disk: it is synced once, before it is renamed.
 */
#include "base/mem.h"
#include "base/path.h"
#include "store/join.h"
#include "store/place.h"
#include "store/schema.h"
#include "store/store_priv.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* By what a file of this name has left, SQLite would undo or change the new one
 * as soon as it is opened. One of no bytes says nothing. */
static enum dc_status check_beside(const char *path, const char *real,
                                   struct dc_err *err)
{
    static const char *const suffix[] = {"-journal", "-wal"};

    for (size_t i = 0; i < DC_COUNT(suffix); i++) {
        char *p = dc_path_with(real, suffix[i]);
        struct stat sb;
        bool there = lstat(p, &sb) == 0 && sb.st_size > 0;

        free(p);
        if (there)
            return dc_fail(err, DC_USAGE,
                           "%s: the %s beside it is left of another file of "
                           "this name, and would spoil the new one: move it "
                           "away, or name another file",
                           path, suffix[i]);
    }
    return DC_OK;
}

/* The path, which must not be anything yet, followed through links. */
static enum dc_status find_free(const char *path, char **real,
                                struct dc_err *err)
{
    struct dc_place p;
    struct stat sb;
    bool there = stat(path, &sb) == 0;
    enum dc_status st = there ? DC_OK : dc_place_look(path, &p, err);

    if (there)
        return dc_fail(err, DC_USAGE,
                       "%s: is there already, and is not written over: name "
                       "another file, or remove it",
                       path);
    if (st)
        return st;
    st = check_beside(path, p.real, err);
    if (!st)
        *real = dc_xstrdup(p.real);
    dc_place_release(&p);
    return st;
}

static enum dc_status fail_part(const char *path, struct dc_err *err)
{
    return dc_fail(err, DC_IO, "%s: can't be written: %s", path,
                   strerror(errno));
}

static enum dc_status open_part_db(const char *path, struct dc_store *s,
                                   struct dc_err *err)
{
    enum dc_status st =
        dc_beside_file(s->place, 0666, &s->part) ? DC_OK : fail_part(path, err);

    if (!st)
        st = dc_db_open(path, s->part.path, DC_DB_PART, &s->db, err);
    if (!st)
        st = dc_schema_migrate(s->db, 0, err);
    s->version = DC_STORE_SCHEMA;
    return st;
}

static void free_part(struct dc_store *s)
{
    dc_db_close(s->db);
    if (s->part.path)
        dc_beside_remove(&s->part);
    dc_lock_release(&s->lock);
    free(s->place);
    free(s);
}

enum dc_status dc_store_join_begin(const char *path, struct dc_store **out,
                                   struct dc_err *err)
{
    struct dc_store *s = NULL;
    char *real = NULL;
    enum dc_status st = find_free(path, &real, err);

    if (st)
        return st;
    s = dc_xcalloc(1, sizeof(*s));
    s->place = real;
    st = open_part_db(path, s, err);
    if (st)
        free_part(s);
    else
        *out = s;
    return st;
}

/* A run that begins at the name meanwhile takes its lock first, and makes the
 * file under it. */
static enum dc_status name_part(struct dc_store *s, const char *path,
                                struct dc_err *err)
{
    struct stat sb;
    enum dc_status st;

    if (!dc_sync(s->part.fd))
        return fail_part(path, err);
    st = dc_lock_take(path, s->place, &s->lock, err);
    if (st)
        return st;
    if (lstat(s->place, &sb) == 0)
        return dc_fail(err, DC_IO,
                       "%s: was made by others meanwhile, and is not written "
                       "over: name another file",
                       path);
    st = check_beside(path, s->place, err);
    if (st)
        return st;
    return dc_beside_rename(&s->part, s->place) ? DC_OK : fail_part(path, err);
}

enum dc_status dc_store_join_end(struct dc_store *s, enum dc_status work,
                                 struct dc_err *err)
{
    enum dc_status st = work;
    char *path = dc_xstrdup(dc_db_path(s->db));

    dc_db_close(s->db);
    s->db = NULL;
    if (!st)
        st = name_part(s, path, err);
    free_part(s);
    free(path);
    return st;
}
