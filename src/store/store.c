/*
 * store.c - opening and closing a run file (store.h).
 *
 * While a run writes, the file is in write-ahead mode, with PATH-wal and
 * PATH-shm beside it; at rest it is one plain file (db_wal.c). How what was not
 * closed cleanly is read, and mended, is in mend.c. A file that may be another
 * program's is looked at in the reader's way before it is opened for writing:
 * what is not ours is not touched.
 */
#include "base/mem.h"
#include "store/mend.h"
#include "store/place.h"
#include "store/schema.h"
#include "store/store_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- opening ---- */

static enum dc_status open_and_migrate(const struct dc_place *p,
                                       struct dc_store *s, struct dc_err *err)
{
    int64_t version = 0;
    enum dc_status st = dc_mend_check_ours(p, err);

    s->created = !st && !p->exists;
    if (!st)
        st = dc_db_open(p->shown, p->real, DC_DB_WRITE, &s->db, err);
    if (!st)
        st = dc_schema_check(s->db, &version, err);
    if (st) { /* not ours: without closing it in our way */
        dc_db_close(s->db);
        s->db = NULL;
        return st;
    }
    st = dc_schema_migrate(s->db, version, err);
    return st ? st : dc_db_wal_on(s->db, err);
}

static enum dc_status roll_back_and_close(struct dc_store *s,
                                          struct dc_err *err)
{
    enum dc_status st = DC_OK;

    if (s->db && s->lock.path) {
        while (dc_db_depth(s->db) > 0)
            dc_db_rollback(s->db);
        st = dc_db_wal_off(s->db, err);
    }
    dc_db_close(s->db);
    s->db = NULL;
    return st;
}

/* Opening failed: a file that it made, and that nothing is in, is removed. */
static void close_unopened(struct dc_store *s, const char *real)
{
    struct stat sb;

    roll_back_and_close(s, NULL);
    if (s->created && stat(real, &sb) == 0 && sb.st_size == 0)
        unlink(real);
    dc_lock_release(&s->lock);
    free(s);
}

enum dc_status dc_store_open_rw(const char *path, struct dc_store **out,
                                struct dc_err *err)
{
    struct dc_store *s = NULL;
    struct dc_place p;
    char *real;
    enum dc_status st = dc_place_look(path, &p, err);

    if (st)
        return st;
    s = dc_xcalloc(1, sizeof(*s));
    st = dc_lock_take(path, p.real, &s->lock, err);
    real = dc_xstrdup(p.real);
    dc_place_release(&p);
    if (!st) /* what was there before the lock may be past */
        st = dc_place_look(path, &p, err);
    if (!st) {
        st = open_and_migrate(&p, s, err);
        dc_place_release(&p);
    }
    if (st) {
        close_unopened(s, real);
        free(real);
        return st;
    }
    free(real);
    s->version = DC_STORE_SCHEMA;
    *out = s;
    return DC_OK;
}

enum dc_status dc_store_open_memory(const char *name, struct dc_store **out,
                                    struct dc_err *err)
{
    struct dc_store *s = dc_xcalloc(1, sizeof(*s));
    int64_t version = 0;
    enum dc_status st = dc_db_open(name, "/", DC_DB_MEMORY, &s->db, err);

    if (!st)
        st = dc_schema_check(s->db, &version, err);
    if (!st)
        st = dc_schema_migrate(s->db, version, err);
    if (st) {
        dc_store_close(s);
        return st;
    }
    s->version = DC_STORE_SCHEMA;
    *out = s;
    return DC_OK;
}

enum dc_status dc_store_open_ro(const char *path, struct dc_store **out,
                                struct dc_err *err)
{
    struct dc_db *db = NULL;
    int64_t version = 0;
    enum dc_status st = dc_mend_and_open(path, &db, &version, err);

    if (st)
        return st;
    *out = dc_xcalloc(1, sizeof(**out));
    (*out)->db = db;
    (*out)->version = version;
    return DC_OK;
}

/* ---- closing ---- */

void dc_store_close(struct dc_store *s)
{
    if (!s)
        return;
    roll_back_and_close(s, NULL);
    dc_lock_release(&s->lock);
    free(s);
}

/* A run file that this store made, and nothing in it. */
static bool is_left_empty(struct dc_store *s)
{
    bool fresh = false;

    while (dc_db_depth(s->db) > 0)
        dc_db_rollback(s->db);
    return s->created && dc_store_is_fresh(s, &fresh, NULL) == DC_OK && fresh;
}

enum dc_status dc_store_end(struct dc_store *s, enum dc_status work,
                            struct dc_err *err)
{
    bool counts = work == DC_OK || work == DC_INTERRUPTED;
    bool empty = work != DC_OK && is_left_empty(s);
    char *real = dc_xstrdup(dc_db_real(s->db));
    enum dc_status st = roll_back_and_close(s, counts ? err : NULL);

    if (empty && !st)
        unlink(real);
    dc_lock_release(&s->lock);
    free(real);
    free(s);
    return counts && st ? st : work;
}

const char *dc_store_path(const struct dc_store *s)
{
    return dc_db_path(s->db);
}

enum dc_status dc_store_damaged(const struct dc_store *s, struct dc_err *err,
                                const char *fmt, ...)
{
    char what[DC_ERR_MSG / 2];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(what, sizeof(what), fmt, ap);
    va_end(ap);
    return dc_fail(err, DC_STORE, "%s: %s: " DC_DB_DAMAGED, dc_db_path(s->db),
                   what);
}

enum dc_status dc_store_begin(struct dc_store *s, struct dc_err *err)
{
    return dc_db_begin(s->db, err);
}

enum dc_status dc_store_commit(struct dc_store *s, struct dc_err *err)
{
    return dc_db_commit(s->db, err);
}

enum dc_status dc_store_wait_for_disk(struct dc_store *s, bool wait,
                                      struct dc_err *err)
{
    return dc_db_wait_for_disk(s->db, wait, err);
}

void dc_store_rollback(struct dc_store *s)
{
    dc_db_rollback(s->db);
}
