/*
 * db.c - the wrapper around one sqlite3 handle (in the manner of Fossil's
 * db.c): opening, nested transactions, messages. Statements are in stmt.c.
 *
 * Durability: write-ahead log with synchronous=FULL, so that a commit is on the
 * disk when it returns, and a power cut loses no committed batch. At rest the
 * file is taken out of WAL mode: then it is one plain file, which any tool can
 * read from a folder that can't be written.
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
#include "base/mem.h"
#include "store/db_priv.h"
#include "store/store.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char full_text[] =
    "the disk is full, or a quota or file size limit is reached. What was "
    "committed is kept: make space and run the same command again, it goes on "
    "from there";

static bool is_full(int rc, int sys)
{
    if (rc == SQLITE_FULL || rc == SQLITE_IOERR_WRITE ||
        rc == SQLITE_IOERR_SHMSIZE)
        return true;
    return (rc & 0xff) == SQLITE_IOERR &&
           (sys == ENOSPC || sys == EDQUOT || sys == EFBIG);
}

enum dc_status dc_db_fail(const char *path, sqlite3 *h, int rc,
                          struct dc_err *err)
{
    const char *msg = h ? sqlite3_errmsg(h) : sqlite3_errstr(rc);
    int sys = h ? sqlite3_system_errno(h) : 0;

    if ((rc & 0xff) == SQLITE_NOMEM) {
        fprintf(stderr, "deepconf: out of memory\n");
        abort();
    }
    if (is_full(rc, sys))
        return dc_fail(err, DC_IO, "%s: can't write (%s, SQLite %d): %s", path,
                       msg, rc, full_text);
    switch (rc & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return dc_fail(err, DC_STORE,
                       "%s: another program keeps the file locked (%s): end "
                       "it and run the same command again",
                       path, msg);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return dc_fail(err, DC_STORE,
                       "%s: the run file is damaged (%s): put back a copy, or "
                       "remove it and run again",
                       path, msg);
    case SQLITE_READONLY:
        return dc_fail(err, DC_STORE,
                       "%s: can't be changed (%s): the file is open for "
                       "reading only, or an interrupted run must first be "
                       "continued with `deepconf run`",
                       path, msg);
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_IOERR:
        return dc_fail(err, DC_IO,
                       "%s: %s (%s): see that the file, its -wal and its -shm "
                       "can be read, and written for a run",
                       path, msg, sys ? strerror(sys) : sqlite3_errstr(rc));
    case SQLITE_CONSTRAINT:
        return dc_fail(err, DC_STORE, "%s: the run file refuses the row: %s",
                       path, msg);
    case SQLITE_ERROR: /* our SQL is right, so the tables are not ours */
        return dc_fail(err, DC_STORE, "%s: %s: " DC_DB_DAMAGED, path, msg);
    default:
        return dc_fail(err, DC_STORE, "%s: %s (SQLite %d)", path, msg, rc);
    }
}

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
        [DC_DB_READ] = "?mode=ro&readonly_shm=1",
        [DC_DB_FROZEN] = "?mode=ro&immutable=1"};
    int flags = SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
    struct dc_buf uri;
    int rc;

    flags |= how == DC_DB_WRITE ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
                                : SQLITE_OPEN_READONLY;
    dc_buf_init(&uri, 1 << 16);
    make_uri(&uri, real, query[how]);
    rc = sqlite3_open_v2(uri.data, h, flags, NULL);
    dc_buf_release(&uri);
    if (rc == SQLITE_OK)
        sqlite3_extended_result_codes(*h, 1);
    return rc;
}

static enum dc_status set_up(struct dc_db *db, struct dc_err *err)
{
    sqlite3_busy_timeout(db->h, DC_DB_BUSY_MS);
    sqlite3_limit(db->h, SQLITE_LIMIT_LENGTH, DC_DB_MAX_ROW);
    sqlite3_limit(db->h, SQLITE_LIMIT_ATTACHED, 0);
    sqlite3_db_config(db->h, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (db->can_write && sqlite3_db_readonly(db->h, "main"))
        return dc_fail(err, DC_IO,
                       "%s: the file is read-only: make it writable (chmod "
                       "u+w) or name another run file",
                       db->path);
    return dc_db_exec(db,
                      "PRAGMA trusted_schema = OFF;"
                      "PRAGMA cell_size_check = ON;"
                      "PRAGMA foreign_keys = ON;"
                      "PRAGMA synchronous = FULL;"
                      "PRAGMA fullfsync = ON;",
                      err);
}

enum dc_status dc_db_open(const char *shown, const char *real,
                          enum dc_db_how how, struct dc_db **out,
                          struct dc_err *err)
{
    struct dc_db *db = dc_xcalloc(1, sizeof(*db));
    enum dc_status st;
    int rc;

    db->path = dc_xstrdup(shown);
    db->can_write = how == DC_DB_WRITE;
    rc = open_handle(real, how, &db->h);
    if (rc != SQLITE_OK)
        st = dc_db_fail(shown, db->h, rc, err);
    else
        st = set_up(db, err);
    if (st) {
        dc_db_close(db);
        return st;
    }
    *out = db;
    return DC_OK;
}

void dc_db_close(struct dc_db *db)
{
    int rc;

    if (!db)
        return;
    while (db->depth > 0)
        dc_db_rollback(db);
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
    free(db->path);
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
    out->is_wal = h[18] == 2;
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
        st = dc_db_fail(shown, h, rc, err);
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
        return dc_db_fail(db->path, db->h, rc, err);
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
    if (db->depth > 1)
        rc = run_level(db, "RELEASE", db->depth - 1);
    else
        rc = sqlite3_exec(db->h, "COMMIT", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return dc_db_fail(db->path, db->h, rc, err);
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

/* ---- write-ahead mode ---- */

enum dc_status dc_db_wal_on(struct dc_db *db, struct dc_err *err)
{
    /*
     * A file system without shared memory keeps its rollback journal: still
     * safe, but readers then wait for the writer. The first read makes the
     * -wal file, by which readers see that somebody writes.
     */
    return dc_db_exec(db,
                      "PRAGMA journal_mode = WAL;"
                      "SELECT count(*) FROM sqlite_schema",
                      err);
}

void dc_db_wal_off(struct dc_db *db)
{
    /* A reader in the way leaves the -wal, which is as good: the file with its
     * -wal is the run, and the next writer tidies up. */
    sqlite3_busy_timeout(db->h, 0);
    if (sqlite3_exec(db->h, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL))
        sqlite3_wal_checkpoint_v2(db->h, "main", SQLITE_CHECKPOINT_TRUNCATE,
                                  NULL, NULL);
}

enum dc_status dc_db_exec(struct dc_db *db, const char *sql, struct dc_err *err)
{
    enum dc_status st = dc_db_check_undone(db, err);
    int rc;

    if (st)
        return st;
    rc = sqlite3_exec(db->h, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? DC_OK : dc_db_fail(db->path, db->h, rc, err);
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
