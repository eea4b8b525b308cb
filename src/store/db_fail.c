/*
 * db_fail.c - what SQLite's result codes mean to a user: what happened and what
 * to do, never a way out that some run files don't have.
 */
#include "base/mem.h"
#include "store/db_priv.h"

#include <errno.h>
#include <string.h>

static const char full_text[] =
    "the disk is full, or a quota or file size limit is reached. What was "
    "committed is kept: make space and run the same command again, it goes on "
    "from there";

bool dc_db_is_full(const sqlite3 *h, int rc)
{
    int sys = h ? sqlite3_system_errno((sqlite3 *)h) : 0;

    if (rc == SQLITE_FULL || rc == SQLITE_IOERR_WRITE ||
        rc == SQLITE_IOERR_SHMSIZE)
        return true;
    return (rc & 0xff) == SQLITE_IOERR &&
           (sys == ENOSPC || sys == EDQUOT || sys == EFBIG);
}

static enum dc_status fail_read_only(const char *path, const char *msg, int rc,
                                     struct dc_err *err)
{
    if (rc == SQLITE_READONLY_DBMOVED)
        return dc_fail(err, DC_STORE, "%s: " DC_DB_MOVED, path);
    if (rc == SQLITE_READONLY)
        return dc_fail(err, DC_STORE,
                       "%s: can't be changed (%s): the file is open for "
                       "reading only",
                       path, msg);
    return dc_fail(err, DC_STORE,
                   "%s: was not closed cleanly and can't be mended here (%s): "
                   "make the file and its folder writable, or copy it together "
                   "with its -wal and -journal to a folder that is, and read "
                   "it there",
                   path, msg);
}

static enum dc_status fail_io(const char *path, sqlite3 *h, int rc,
                              struct dc_err *err)
{
    int sys = h ? sqlite3_system_errno(h) : 0;

    return dc_fail(err, DC_IO,
                   "%s: %s (%s): see that the file, its -wal and its -shm can "
                   "be read, and written for a run",
                   path, h ? sqlite3_errmsg(h) : sqlite3_errstr(rc),
                   sys ? strerror(sys) : sqlite3_errstr(rc));
}

enum dc_status dc_db_say(const char *path, sqlite3 *h, int rc,
                         struct dc_err *err)
{
    const char *msg = h ? sqlite3_errmsg(h) : sqlite3_errstr(rc);

    if (dc_db_is_full(h, rc))
        return dc_fail(err, DC_IO, "%s: can't write (%s, SQLite %d): %s", path,
                       msg, rc, full_text);
    switch (rc & 0xff) {
    case SQLITE_NOMEM:
        dc_out_of_memory();
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: /* others open and close it without a pause */
        return dc_fail(err, DC_STORE,
                       "%s: another program keeps the file locked (%s): end "
                       "it and run the same command again",
                       path, msg);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        if (errno == EIO) /* what could not be read counts as damaged there */
            return dc_fail(err, DC_IO,
                           "%s: the disk can't read it (%s): copy it to "
                           "another disk, with its -wal and -journal",
                           path, strerror(EIO));
        return dc_fail(err, DC_STORE,
                       "%s: the run file is damaged (%s): put back a copy, or "
                       "remove it and run again",
                       path, msg);
    case SQLITE_READONLY:
        return fail_read_only(path, msg, rc, err);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_IOERR:
        return fail_io(path, h, rc, err);
    case SQLITE_CONSTRAINT:
        return dc_fail(err, DC_STORE, "%s: the run file refuses the row: %s",
                       path, msg);
    case SQLITE_ERROR: /* our SQL is right, so the tables are not ours */
        return dc_fail(err, DC_STORE, "%s: %s: " DC_DB_DAMAGED, path, msg);
    default:
        return dc_fail(err, DC_STORE, "%s: %s (SQLite %d)", path, msg, rc);
    }
}

enum dc_status dc_db_fail(const struct dc_db *db, int rc, struct dc_err *err)
{
    if ((rc & 0xff) == SQLITE_BUSY && db->no_locks)
        return dc_fail(err, DC_IO,
                       "%s: its file system gives no file locks, without "
                       "which a reader and a writer could spoil each other: "
                       "use a run file on another file system",
                       db->path);
    if (db->how == DC_DB_PART && dc_db_is_full(db->h, rc))
        return dc_fail(err, DC_IO,
                       "%s: can't write (%s, SQLite %d): the disk is full, or "
                       "a quota or file size limit is reached. Nothing is left "
                       "of it: make space and run the same command again",
                       db->path, sqlite3_errmsg(db->h), rc);
    return dc_db_say(db->path, db->h, rc, err);
}
