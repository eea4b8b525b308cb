/*
 * db.c - the wrapper around one sqlite3 handle (in the manner of Fossil's
 * db.c): opening and nested transactions. Messages are in db_fail.c,
 * write-ahead mode in db_wal.c, statements in stmt.c.
 *
 * Invariant: depth > 0 and SQLite in autocommit mode means that SQLite undid
 * the transaction on an error. Every step checks this, otherwise the rest of
 * the batch would be committed row by row.
 *
 * No memory aborts, as everywhere. A file from outside is not trusted: its
 * schema can't call functions with side effects (trusted_schema, defensive),
 * sizes are limited, cells are checked.
 */
#include "base/buf.h"
#include "base/clock.h"
#include "base/mem.h"
#include "store/db_priv.h"
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- opening and closing ---- */

enum dc_status dc_db_resolve(const char *path, char **real, struct dc_err *err)
{
    sqlite3_vfs *vfs = sqlite3_vfs_find(NULL);
    int n = vfs->mxPathname + 1;
    char *out = dc_xcalloc((size_t)n, 1);
    int rc = vfs->xFullPathname(vfs, path, n, out);

    /* the low byte: a path with a symbolic link in it is marked above */
    if ((rc & 0xff) != SQLITE_OK || out[0] != '/') {
        free(out);
        return dc_fail(err, DC_IO,
                       "%s: this path can't be used (longer than %d bytes, or "
                       "a loop of symbolic links): name another run file",
                       path, vfs->mxPathname);
    }
    *real = out;
    return DC_OK;
}

/* "file://" and the absolute path, percent-encoded. */
static void make_uri(struct dc_buf *b, const char *real, const char *query)
{
    assert(real[0] == '/');
    dc_buf_adds(b, "file://");
    for (const char *p = real; *p; p++) {
        unsigned char c = (unsigned char)*p;
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                     (c >= '0' && c <= '9') || strchr("/-._~", c);
        if (plain)
            dc_buf_addc(b, (char)c);
        else
            dc_buf_addf(b, "%%%02X", c);
    }
    dc_buf_adds(b, query);
}

static int open_handle(const char *real, enum dc_db_how how, sqlite3 **h)
{
    static const char *const query[] = {
        [DC_DB_WRITE] = "?mode=rwc",
        [DC_DB_MEND] = "?mode=rw",
        [DC_DB_PART] = "?mode=rw",
        [DC_DB_READ] = "?mode=ro&readonly_shm=1",
        [DC_DB_ALONE] = "?mode=ro&vfs=unix-none",
        [DC_DB_MEMORY] = "?mode=memory",
        [DC_DB_FROZEN] = "?mode=ro&immutable=1"};
    static const int flag[] = {
        [DC_DB_WRITE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
        [DC_DB_MEND] = SQLITE_OPEN_READWRITE,
        [DC_DB_PART] = SQLITE_OPEN_READWRITE,
        [DC_DB_READ] = SQLITE_OPEN_READONLY,
        [DC_DB_ALONE] = SQLITE_OPEN_READONLY,
        [DC_DB_MEMORY] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
        [DC_DB_FROZEN] = SQLITE_OPEN_READONLY};
    int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX | flag[how];
    struct dc_buf uri;
    int rc;

    dc_buf_init(&uri, 1 << 16);
    make_uri(&uri, real, query[how]);
    rc = sqlite3_open_v2(uri.data, h, flags, NULL);
    dc_buf_release(&uri);
    if (rc == SQLITE_OK)
        sqlite3_extended_result_codes(*h, 1);
    return rc;
}

/*
 * Asked by SQLite after a lock that was not to be had, errno still that of the
 * system call: wait and try again (not 0), or give up.
 */
static int wait_for_lock(void *arg, int n_before)
{
    struct dc_db *db = arg;
    double now;

    if (errno == ENOLCK || errno == ENOSYS || errno == EOPNOTSUPP) {
        db->no_locks = true;
        return 0;
    }
    now = dc_clock_ms();
    if (n_before == 0)
        db->busy_since = now;
    if (now - db->busy_since >= db->busy_ms)
        return 0;
    dc_clock_pause_ms(n_before < 10 ? 2 : 25);
    return 1;
}

#define CAREFUL                                                                \
    "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"                \
    "PRAGMA foreign_keys = ON;"

/* What is made beside its place is synced as a whole before it has a name. */
#define PART                                                                   \
    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = MEMORY;"           \
    "PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;" /* KiB */

static enum dc_status set_up(struct dc_db *db, struct dc_err *err)
{
    enum dc_status st;

    sqlite3_busy_handler(db->h, wait_for_lock, db);
    sqlite3_limit(db->h, SQLITE_LIMIT_LENGTH, DC_DB_MAX_ROW);
    sqlite3_limit(db->h, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_db_config(db->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (db->can_write && sqlite3_db_readonly(db->h, "main"))
        return dc_fail(err, DC_IO,
                       "%s: the file is read-only: make it writable (chmod "
                       "u+w) or name another run file",
                       db->path);
    if (db->how == DC_DB_ALONE) /* leave the -wal, and keep its index to us */
        sqlite3_db_config(db->h, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    st = dc_db_exec(db,
                    db->how == DC_DB_ALONE || db->no_shm
                        ? "PRAGMA locking_mode = EXCLUSIVE;" CAREFUL
                        : CAREFUL,
                    err);
    if (db->how == DC_DB_MEMORY)
        return st;
    if (db->how == DC_DB_PART)
        return st ? st : dc_db_exec(db, PART, err);
    if (!st && db->can_write && !db->no_shm) {
        st = dc_db_recover(db, err);
        if (st || db->no_shm)
            return st; /* opened anew, and set up */
    }
    /* the first that reads the file */
    return st ? st
              : dc_db_exec(db,
                           "PRAGMA synchronous = FULL; PRAGMA fullfsync = ON;",
                           err);
}

/* Open the handle and set it up; db->h may be there on failure. */
static enum dc_status open_one(struct dc_db *db, struct dc_err *err)
{
    int rc = open_handle(db->real, db->how, &db->h);

    return rc == SQLITE_OK ? set_up(db, err) : dc_db_fail(db, rc, err);
}

static void close_handle(struct dc_db *db)
{
    int rc;

    while (db->stmt) {
        struct dc_stmt *q = db->stmt;
        assert(!q->taken && "a statement was not ended");
        db->stmt = q->next;
        sqlite3_finalize(q->h);
        free(q);
    }
    rc = sqlite3_close(db->h);
    assert(rc == SQLITE_OK && "something of the handle is still in use");
    (void)rc;
    db->h = NULL;
}

enum dc_status dc_db_reopen_without_shm(struct dc_db *db, struct dc_err *err)
{
    assert(db->depth == 0 && db->can_write);
    close_handle(db);
    db->no_shm = true;
    return open_one(db, err);
}

enum dc_status dc_db_open(const char *shown, const char *real,
                          enum dc_db_how how, struct dc_db **out,
                          struct dc_err *err)
{
    struct dc_db *db = dc_xcalloc(1, sizeof(*db));
    enum dc_status st;

    db->path = dc_xstrdup(shown);
    db->real = dc_xstrdup(real);
    db->how = how;
    db->can_write = how == DC_DB_WRITE || how == DC_DB_MEND ||
                    how == DC_DB_PART || how == DC_DB_MEMORY;
    db->busy_ms = DC_DB_BUSY_MS;
    st = open_one(db, err);
    if (st) {
        dc_db_close(db);
        return st;
    }
    *out = db;
    return DC_OK;
}

void dc_db_close(struct dc_db *db)
{
    if (!db)
        return;
    while (db->depth > 0)
        dc_db_rollback(db);
    close_handle(db);
    free(db->path);
    free(db->real);
    free(db);
}

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 |
           p[3];
}

/* The header's fields: https://sqlite.org/fileformat2.html, section 1.3. */
static void read_head(const unsigned char h[100], struct dc_db_head *out)
{
    uint32_t page = (uint32_t)h[16] << 8 | h[17];

    out->page = page > 1 ? page : 65536;
    out->is_sqlite = memcmp(h, "SQLite format 3", 16) == 0;
    out->is_wal = h[19] == 2; /* as SQLite: what a reader has to know */
    out->app_id = be32(h + 68);
    /* the page count holds if it was written with the last change */
    if (be32(h + 24) == be32(h + 92))
        out->needed = (int64_t)be32(h + 28) * out->page;
}

enum dc_status dc_db_peek(const char *shown, const char *real,
                          struct dc_db_head *out, struct dc_err *err)
{
    unsigned char head[100] = {0};
    enum dc_status st = DC_OK;
    sqlite3_file *f = NULL;
    sqlite3 *h = NULL;
    int rc;

    *out = (struct dc_db_head){0};
    rc = open_handle(real, DC_DB_FROZEN, &h);
    if (rc == SQLITE_OK)
        rc = sqlite3_file_control(h, "main", SQLITE_FCNTL_FILE_POINTER, &f);
    if (rc == SQLITE_OK)
        rc = f->pMethods->xRead(f, head, sizeof(head), 0);
    if (rc == SQLITE_IOERR_SHORT_READ)
        rc = SQLITE_OK; /* the rest is zeroes then */
    if (rc != SQLITE_OK)
        st = dc_db_say(shown, h, rc, err);
    else
        read_head(head, out);
    sqlite3_close(h);
    return st;
}

const char *dc_store_library_version(void)
{
    return sqlite3_libversion();
}

const char *dc_db_path(const struct dc_db *db)
{
    return db->path;
}

const char *dc_db_real(const struct dc_db *db)
{
    return db->real;
}

int64_t dc_db_last_id(const struct dc_db *db)
{
    return sqlite3_last_insert_rowid(db->h);
}

int64_t dc_db_changes(const struct dc_db *db)
{
    return sqlite3_changes(db->h);
}

int dc_db_depth(const struct dc_db *db)
{
    return db->depth;
}

/* ---- transactions ---- */

static bool is_undone(const struct dc_db *db)
{
    return db->depth > 0 && sqlite3_get_autocommit(db->h);
}

enum dc_status dc_db_check_undone(const struct dc_db *db, struct dc_err *err)
{
    if (!is_undone(db))
        return DC_OK;
    return dc_fail(err, DC_STORE,
                   "%s: the batch was undone by an earlier error: nothing of "
                   "it is kept",
                   db->path);
}

/* A transaction statement: `word`, and the savepoint of a nested level. */
static int run_level(struct dc_db *db, const char *word, int level)
{
    char sql[64];

    snprintf(sql, sizeof(sql), "%s dc%d", word, level);
    return sqlite3_exec(db->h, sql, NULL, NULL, NULL);
}

enum dc_status dc_db_begin(struct dc_db *db, struct dc_err *err)
{
    enum dc_status st = dc_db_check_undone(db, err);
    int rc;

    if (st)
        return st;
    assert(db->depth < DC_DB_MAX_DEPTH);
    if (db->depth > 0)
        rc = run_level(db, "SAVEPOINT", db->depth);
    else
        rc = sqlite3_exec(db->h, db->can_write ? "BEGIN IMMEDIATE" : "BEGIN",
                          NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return dc_db_fail(db, rc, err);
    db->depth++;
    return DC_OK;
}

enum dc_status dc_db_commit(struct dc_db *db, struct dc_err *err)
{
    enum dc_status st = dc_db_check_undone(db, err);
    int rc;

    assert(db->depth > 0);
    if (st)
        return st;
    if (db->depth == 1 && db->can_write)
        st = dc_db_check_moved(db, err);
    if (st)
        return st;
    if (db->depth > 1)
        rc = run_level(db, "RELEASE", db->depth - 1);
    else
        rc = sqlite3_exec(db->h, "COMMIT", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return dc_db_fail(db, rc, err);
    db->depth--;
    return DC_OK;
}

void dc_db_rollback(struct dc_db *db)
{
    if (db->depth == 0)
        return;
    if (!is_undone(db)) {
        if (db->depth > 1) {
            run_level(db, "ROLLBACK TO", db->depth - 1);
            run_level(db, "RELEASE", db->depth - 1);
        } else {
            sqlite3_exec(db->h, "ROLLBACK", NULL, NULL, NULL);
        }
    }
    db->depth--;
}

/* ---- statements without results ---- */

enum dc_status dc_db_exec(struct dc_db *db, const char *sql, struct dc_err *err)
{
    enum dc_status st = dc_db_check_undone(db, err);
    int rc;

    if (st)
        return st;
    errno = 0; /* dc_db_say() looks at it */
    rc = sqlite3_exec(db->h, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? DC_OK : dc_db_fail(db, rc, err);
}

enum dc_status dc_db_int(struct dc_db *db, const char *sql, int64_t *out,
                         struct dc_err *err)
{
    struct dc_stmt *q = NULL;
    enum dc_status st;
    bool row = false;

    st = dc_db_take(db, sql, &q, err);
    if (!st)
        st = dc_stmt_step(q, &row, err);
    if (!st && row) {
        *out = dc_stmt_get_int(q, INT64_MIN, INT64_MAX);
        if (dc_stmt_is_bad(q))
            st = dc_stmt_fail_row(q, err, "%s", sql);
    } else if (!st) {
        st = dc_fail(err, DC_STORE, "%s: %s gives no row: the file is damaged",
                     db->path, sql);
    }
    dc_stmt_end(q);
    return st;
}
