/*
 * db_priv.h - what db.c and stmt.c share: the structs behind db.h. Nobody else
 * includes this, so no other file sees sqlite3.h.
 */
#ifndef DC_STORE_DB_PRIV_H
#define DC_STORE_DB_PRIV_H

#include "store/db.h"

#include <sqlite3.h>

struct dc_stmt {
    struct dc_stmt *next;
    struct dc_db *db;
    sqlite3_stmt *h;
    bool taken;
    int n_put;       /* parameters put */
    int n_got;       /* columns got of the present row */
    int put_rc;      /* first failure of a put */
    const char *bad; /* what is wrong with the present row; NULL: nothing */
    int bad_col;
};

struct dc_db {
    sqlite3 *h;
    char *path; /* as shown */
    bool can_write;
    int depth;            /* of transactions */
    struct dc_stmt *stmt; /* the cache, newest first */
};

/* Turn the failure rc of handle h (may be NULL) into words. */
enum dc_status dc_db_fail(const char *path, sqlite3 *h, int rc,
                          struct dc_err *err);
/* DC_STORE if SQLite undid the open transaction on an error. */
enum dc_status dc_db_check_undone(const struct dc_db *db, struct dc_err *err);

#endif
