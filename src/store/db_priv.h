/*
 * db_priv.h - what db.c and stmt.c share: the structs behind db.h. Nobody else
 * includes this, so no other file sees sqlite3.h.
 */
#ifndef DC_STORE_DB_PRIV_H
#define DC_STORE_DB_PRIV_H

#include "store/db.h"

#include <sqlite3.h>
#include <sys/types.h>

struct dc_stmt {
    struct dc_stmt *next;
    struct dc_db *db;
    sqlite3_stmt *h;
    bool taken;
    bool has_stepped; /* since it was taken */
    int n_put;        /* parameters put */
    int n_got;        /* columns got of the present row */
    int put_rc;       /* first failure of a put */
    const char *bad;  /* what is wrong with the present row; NULL: nothing */
    int bad_col;
};

struct dc_db {
    sqlite3 *h;
    char *path; /* as shown */
    char *real; /* absolute */
    enum dc_db_how how;
    bool can_write;
    bool patient;         /* see dc_db_be_patient() */
    bool no_shm;          /* opened where there is no shared memory */
    bool no_locks;        /* the file system gives none */
    double busy_ms;       /* how long to wait for a lock */
    double busy_since;    /* ms of the clock: when the wait began */
    int depth;            /* of transactions */
    struct dc_stmt *stmt; /* the cache, newest first */
    bool has_wal;         /* the -wal was made, and is the file below */
    dev_t wal_dev;
    ino_t wal_ino;
};

/* Turn the failure rc of the handle into words (db_fail.c). */
enum dc_status dc_db_fail(const struct dc_db *db, int rc, struct dc_err *err);
/* The same of a handle that is no dc_db's; h may be NULL. */
enum dc_status dc_db_say(const char *path, sqlite3 *h, int rc,
                         struct dc_err *err);
/* Did rc come of a disk, quota or size limit that is full? */
bool dc_db_is_full(const sqlite3 *h, int rc);
/*
 * The first read of a file opened for writing (db_wal.c): SQLite undoes or
 * takes over what a kill left.
 */
enum dc_status dc_db_recover(struct dc_db *db, struct dc_err *err);
/*
 * Did a reader fail with rc because a writer begins or ends just now? Then it
 * has waited a little, and is to try again. since: when it first tried, in ms.
 */
bool dc_db_passes(const struct dc_db *db, int rc, double since);
/* Close and open again, with locks on the whole file; outside transactions. */
enum dc_status dc_db_reopen_without_shm(struct dc_db *db, struct dc_err *err);
/* DC_STORE if the path no longer leads to the file that is open. */
enum dc_status dc_db_check_moved(const struct dc_db *db, struct dc_err *err);
/* DC_STORE if SQLite undid the open transaction on an error. */
enum dc_status dc_db_check_undone(const struct dc_db *db, struct dc_err *err);

#endif
