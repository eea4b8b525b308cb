/*
 * db_wal.c - write-ahead mode: into it, out of it, and what a kill left of it.
 *
 * Durability: write-ahead log with synchronous=FULL, so that a commit is on the
 * disk when it returns, and a power cut loses no committed batch. At rest the
 * file is taken out of WAL mode: then it is one plain file, which any tool can
 * read from a folder that can't be written.
 *
 * Shared memory: the -shm file is mapped by all who have the file open. Where a
 * file system has no such maps (FUSE with direct_io, some network ones), WAL
 * mode works only for a connection that locks the whole file. That is used to
 * take over a -wal that is there, and the file stays in rollback mode then.
 */
#include "base/clock.h"
#include "base/path.h"
#include "store/db_priv.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_READ "SELECT count(*) FROM sqlite_schema"

/* Is the -wal beside the file, and if so, which file is it? */
static bool find_wal(const struct dc_db *db, struct stat *sb)
{
    char *path = dc_path_with(db->real, "-wal");
    bool is = stat(path, sb) == 0;

    free(path);
    return is;
}

static void note_wal(struct dc_db *db)
{
    struct stat sb;

    db->has_wal = find_wal(db, &sb);
    if (db->has_wal) {
        db->wal_dev = sb.st_dev;
        db->wal_ino = sb.st_ino;
    }
}

/* The one that this handle made, and not that of a file put in its place. */
static bool wal_is_ours(const struct dc_db *db)
{
    struct stat sb;

    return db->has_wal && find_wal(db, &sb) && sb.st_dev == db->wal_dev &&
           sb.st_ino == db->wal_ino;
}

void dc_db_be_patient(struct dc_db *db)
{
    db->patient = !db->can_write;
}

/* A writer of ours, or what one left that was killed. */
static bool has_lock_file(const struct dc_db *db)
{
    char *path = dc_path_with(db->real, "-lock");
    struct stat sb;
    bool is = stat(path, &sb) == 0;

    free(path);
    return is;
}

bool dc_db_passes(const struct dc_db *db, int rc, double since)
{
    enum { FIRST_MS = 100, PAUSE_MS = 5 };
    double ms = dc_clock_ms() - since;
    int kind = rc & 0xff;

    if (!db->patient || ms > DC_DB_BUSY_MS ||
        (kind != SQLITE_CANTOPEN && kind != SQLITE_PROTOCOL &&
         kind != SQLITE_READONLY && kind != SQLITE_BUSY &&
         rc != SQLITE_IOERR_SHMMAP && rc != SQLITE_IOERR_SHMOPEN &&
         rc != SQLITE_IOERR_SHMLOCK) ||
        (ms > FIRST_MS && !has_lock_file(db)))
        return false;
    dc_clock_pause_ms(PAUSE_MS);
    return true;
}

static int run(struct dc_db *db, const char *sql)
{
    errno = 0; /* dc_db_say() looks at it */
    return sqlite3_exec(db->h, sql, NULL, NULL, NULL);
}

static bool lacks_shm(const struct dc_db *db, int rc)
{
    return (rc == SQLITE_IOERR_SHMMAP || rc == SQLITE_IOERR_SHMOPEN ||
            rc == SQLITE_IOERR_SHMLOCK) &&
           !dc_db_is_full(db->h, rc);
}

/*
 * Out of WAL mode without shared memory, and on in rollback mode. The -shm that
 * could not be mapped is of no use to anybody, and SQLite leaves it.
 */
static enum dc_status do_without(struct dc_db *db, struct dc_err *err)
{
    enum dc_status st = dc_db_reopen_without_shm(db, err);
    char *shm;

    if (!st)
        st = dc_db_exec(db, "PRAGMA journal_mode = DELETE;" FIRST_READ, err);
    if (st)
        return st;
    shm = dc_path_with(db->real, "-shm");
    unlink(shm);
    free(shm);
    return dc_db_exec(db, "PRAGMA locking_mode = NORMAL;" FIRST_READ, err);
}

enum dc_status dc_db_recover(struct dc_db *db, struct dc_err *err)
{
    int rc = run(db, FIRST_READ);

    if (rc == SQLITE_OK) {
        note_wal(db);
        return DC_OK;
    }
    return lacks_shm(db, rc) ? do_without(db, err) : dc_db_fail(db, rc, err);
}

enum dc_status dc_db_wal_on(struct dc_db *db, struct dc_err *err)
{
    int rc;

    if (db->no_shm)
        return DC_OK;
    /* the first read makes the -wal, by which readers see that somebody writes
     */
    rc = run(db, "PRAGMA journal_mode = WAL;" FIRST_READ);
    if (rc == SQLITE_OK) {
        note_wal(db);
        return DC_OK;
    }
    return lacks_shm(db, rc) ? do_without(db, err) : dc_db_fail(db, rc, err);
}

enum dc_status dc_db_wait_for_disk(struct dc_db *db, bool wait,
                                   struct dc_err *err)
{
    assert(db->depth == 0); /* else SQLite ignores it */
    if (!db->has_wal)
        return DC_OK;
    return dc_db_exec(db,
                      wait ? "PRAGMA synchronous = FULL;"
                           : "PRAGMA synchronous = NORMAL;",
                      err);
}

enum dc_status dc_db_check_moved(const struct dc_db *db, struct dc_err *err)
{
    int moved = 0;
    int rc =
        sqlite3_file_control(db->h, "main", SQLITE_FCNTL_HAS_MOVED, &moved);

    if (rc != SQLITE_OK || !moved)
        return DC_OK;
    return dc_fail(err, DC_STORE, "%s: " DC_DB_MOVED, db->path);
}

static enum dc_status fail_close(const struct dc_db *db, int rc,
                                 struct dc_err *err)
{
    int sys = sqlite3_system_errno(db->h);

    return dc_fail(err, DC_IO,
                   "%s: everything is kept in it and the files beside it, but "
                   "it can't be closed cleanly (%s%s%s): %s. Any deepconf "
                   "command that opens it then closes it",
                   db->path, sqlite3_errmsg(db->h), sys ? ", " : "",
                   sys ? strerror(sys) : "",
                   dc_db_is_full(db->h, rc)
                       ? "make space"
                       : "see that its disk and its folder can be written");
}

/* SQLite does not say that the -wal can't be removed. */
static enum dc_status check_wal_gone(const struct dc_db *db, struct dc_err *err)
{
    if (!wal_is_ours(db))
        return DC_OK;
    return dc_fail(err, DC_IO,
                   "%s: everything is kept, but its -wal can't be removed: see "
                   "that files can be removed from its folder. Any deepconf "
                   "command that opens it then does so",
                   db->path);
}

enum dc_status dc_db_wal_off(struct dc_db *db, struct dc_err *err)
{
    enum dc_status moved = dc_db_check_moved(db, err);
    int rc;

    if (moved && !wal_is_ours(db))
        return moved; /* whose -wal it is now: leave it alone */
    db->busy_ms = 0;
    rc = run(db, "PRAGMA journal_mode = DELETE");
    if ((rc & 0xff) == SQLITE_BUSY) {
        rc = sqlite3_wal_checkpoint_v2(db->h, "main",
                                       SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
        if ((rc & 0xff) == SQLITE_BUSY)
            rc = SQLITE_OK; /* a reader in the way: the -wal has it */
    } else if (rc == SQLITE_OK && !moved) {
        moved = check_wal_gone(db, err);
    }
    db->busy_ms = DC_DB_BUSY_MS;
    if (rc == SQLITE_OK || moved)
        return moved;
    return fail_close(db, rc, err);
}
