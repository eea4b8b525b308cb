/*
 * db.c - the wrapper around one sqlite3 handle (in the manner of Fossil's
 * db.c): statement cache, nested transactions, checked columns, messages.
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
#include "store/db.h"

#include "base/buf.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Turn the failure rc of handle h (may be NULL) into words. */
static enum dc_status db_fail(const char *path, sqlite3 *h, int rc,
                              struct dc_err *err)
{
    const char *msg = h ? sqlite3_errmsg(h) : sqlite3_errstr(rc);
    int sys = h ? sqlite3_system_errno(h) : 0;

    if ((rc & 0xff) == SQLITE_NOMEM) {
        fprintf(stderr, "deepconf: out of memory\n");
        abort();
    }
    if (is_full(rc, sys))
        return dc_fail(err, DC_IO, "%s: %s (%s): %s", path, msg,
                       sqlite3_errstr(rc), full_text);
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
    default:
        return dc_fail(err, DC_STORE, "%s: %s (SQLite %d)", path, msg, rc);
    }
}

/* ---- opening and closing ---- */

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
        st = db_fail(shown, db->h, rc, err);
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

    if (page == 1)
        page = 65536;
    out->is_sqlite = memcmp(h, "SQLite format 3", 16) == 0;
    out->is_wal = out->is_sqlite && h[18] == 2;
    out->is_whole_pages = page > 0 && out->size % page == 0;
    /* the page count holds if it was written with the last change */
    if (out->is_sqlite && be32(h + 24) == be32(h + 92))
        out->needed = (int64_t)be32(h + 28) * page;
}

enum dc_status dc_db_peek(const char *shown, const char *real,
                          struct dc_db_head *out, struct dc_err *err)
{
    unsigned char head[100] = {0};
    enum dc_status st = DC_OK;
    sqlite3_file *f = NULL;
    sqlite3_int64 size = 0;
    sqlite3 *h = NULL;
    int rc;

    *out = (struct dc_db_head){0};
    rc = open_handle(real, DC_DB_FROZEN, &h);
    if (rc == SQLITE_OK)
        rc = sqlite3_file_control(h, "main", SQLITE_FCNTL_FILE_POINTER, &f);
    if (rc == SQLITE_OK)
        rc = f->pMethods->xFileSize(f, &size);
    if (rc == SQLITE_OK)
        rc = f->pMethods->xRead(f, head, sizeof(head), 0);
    if (rc == SQLITE_IOERR_SHORT_READ)
        rc = SQLITE_OK; /* the rest is zeroes then */
    if (rc != SQLITE_OK) {
        st = db_fail(shown, h, rc, err);
    } else {
        out->size = size;
        read_head(head, out);
    }
    sqlite3_close(h);
    return st;
}

const char *dc_db_path(const struct dc_db *db)
{
    return db->path;
}

int64_t dc_db_last_id(const struct dc_db *db)
{
    return sqlite3_last_insert_rowid(db->h);
}

/* ---- transactions ---- */

static bool is_undone(const struct dc_db *db)
{
    return db->depth > 0 && sqlite3_get_autocommit(db->h);
}

static enum dc_status check_undone(const struct dc_db *db, struct dc_err *err)
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
    enum dc_status st = check_undone(db, err);
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
        return db_fail(db->path, db->h, rc, err);
    db->depth++;
    return DC_OK;
}

enum dc_status dc_db_commit(struct dc_db *db, struct dc_err *err)
{
    enum dc_status st = check_undone(db, err);
    int rc;

    assert(db->depth > 0);
    if (st)
        return st;
    if (db->depth > 1)
        rc = run_level(db, "RELEASE", db->depth - 1);
    else
        rc = sqlite3_exec(db->h, "COMMIT", NULL, NULL, NULL);
    if (rc != SQLITE_OK)
        return db_fail(db->path, db->h, rc, err);
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
    /* A file system without shared memory keeps its rollback journal: still
     * safe, but readers then wait for the writer. */
    return dc_db_exec(db, "PRAGMA journal_mode = WAL", err);
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
    enum dc_status st = check_undone(db, err);
    int rc;

    if (st)
        return st;
    rc = sqlite3_exec(db->h, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? DC_OK : db_fail(db->path, db->h, rc, err);
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

/* ---- statements ---- */

enum dc_status dc_db_take(struct dc_db *db, const char *sql,
                          struct dc_stmt **out, struct dc_err *err)
{
    struct dc_stmt *q = db->stmt;
    sqlite3_stmt *h = NULL;
    int rc;

    while (q && (q->taken || strcmp(sqlite3_sql(q->h), sql) != 0))
        q = q->next;
    if (!q) {
        rc = sqlite3_prepare_v3(db->h, sql, -1, SQLITE_PREPARE_PERSISTENT, &h,
                                NULL);
        if (rc != SQLITE_OK)
            return db_fail(db->path, db->h, rc, err);
        q = dc_xcalloc(1, sizeof(*q));
        q->db = db;
        q->h = h;
        q->next = db->stmt;
        db->stmt = q;
    }
    q->taken = true;
    *out = q;
    return DC_OK;
}

void dc_stmt_end(struct dc_stmt *q)
{
    if (!q)
        return;
    assert(q->taken);
    sqlite3_reset(q->h);
    sqlite3_clear_bindings(q->h);
    q->taken = false;
    q->n_put = q->n_got = 0;
    q->put_rc = SQLITE_OK;
    q->bad = NULL;
}

enum dc_status dc_stmt_step(struct dc_stmt *q, bool *row, struct dc_err *err)
{
    struct dc_db *db = q->db;
    enum dc_status st = check_undone(db, err);
    int rc;

    assert(q->n_put == sqlite3_bind_parameter_count(q->h));
    if (st)
        return st;
    if (q->put_rc == SQLITE_MISMATCH)
        return dc_fail(err, DC_STORE,
                       "%s: the run file refuses the row: a text in it is not "
                       "valid UTF-8",
                       db->path);
    if (q->put_rc != SQLITE_OK)
        return db_fail(db->path, NULL, q->put_rc, err);
    q->n_got = 0;
    q->bad = NULL;
    rc = sqlite3_step(q->h);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return db_fail(db->path, db->h, rc, err);
    *row = rc == SQLITE_ROW;
    return DC_OK;
}

enum dc_status dc_stmt_run(struct dc_stmt *q, struct dc_err *err)
{
    bool row = false;
    enum dc_status st = dc_stmt_step(q, &row, err);

    assert(st || !row);
    dc_stmt_end(q);
    return st;
}

static void note_put(struct dc_stmt *q, int rc)
{
    assert(rc != SQLITE_RANGE && rc != SQLITE_MISUSE);
    if (q->put_rc == SQLITE_OK)
        q->put_rc = rc;
}

void dc_stmt_put_int(struct dc_stmt *q, int64_t v)
{
    note_put(q, sqlite3_bind_int64(q->h, ++q->n_put, v));
}

void dc_stmt_put_real(struct dc_stmt *q, double v)
{
    assert(!isnan(v)); /* SQLite would make it NULL */
    note_put(q, sqlite3_bind_double(q->h, ++q->n_put, v));
}

void dc_stmt_put_text(struct dc_stmt *q, const char *s)
{
    size_t n = s ? strlen(s) : 0;

    if (s && !dc_utf8_valid(s, n, NULL))
        note_put(q, SQLITE_MISMATCH);
    note_put(q, sqlite3_bind_text64(q->h, ++q->n_put, s, n, SQLITE_STATIC,
                                    SQLITE_UTF8));
}

void dc_stmt_put_blob(struct dc_stmt *q, const void *p, size_t n)
{
    int rc = n ? sqlite3_bind_blob64(q->h, ++q->n_put, p, n, SQLITE_STATIC)
               : sqlite3_bind_zeroblob(q->h, ++q->n_put, 0);

    note_put(q, rc);
}

void dc_stmt_put_null(struct dc_stmt *q)
{
    note_put(q, sqlite3_bind_null(q->h, ++q->n_put));
}

/* ---- columns ---- */

void dc_stmt_mark_bad(struct dc_stmt *q, const char *why)
{
    if (q->bad)
        return;
    q->bad = why;
    q->bad_col = q->n_got - 1;
}

bool dc_stmt_is_bad(const struct dc_stmt *q)
{
    return q->bad != NULL;
}

enum dc_status dc_stmt_fail_row(struct dc_stmt *q, struct dc_err *err,
                                const char *fmt, ...)
{
    char row[128];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(row, sizeof(row), fmt, ap);
    va_end(ap);
    return dc_fail(err, DC_STORE,
                   "%s: %s: column %s %s: the file was damaged or changed by "
                   "other means: put back a copy, or remove it and run again",
                   q->db->path, row, sqlite3_column_name(q->h, q->bad_col),
                   q->bad);
}

/* The next column; false (row bad) if it has not this type. */
static bool next_col(struct dc_stmt *q, int type, const char *why, int *col)
{
    assert(q->n_got < sqlite3_column_count(q->h));
    *col = q->n_got++;
    if (sqlite3_column_type(q->h, *col) == type)
        return true;
    dc_stmt_mark_bad(q, why);
    return false;
}

int64_t dc_stmt_get_int(struct dc_stmt *q, int64_t min, int64_t max)
{
    int64_t v;
    int col;

    if (!next_col(q, SQLITE_INTEGER, "is not an integer", &col))
        return min;
    v = sqlite3_column_int64(q->h, col);
    if (v >= min && v <= max)
        return v;
    dc_stmt_mark_bad(q, "is out of range");
    return min;
}

double dc_stmt_get_real(struct dc_stmt *q)
{
    int col;

    if (!next_col(q, SQLITE_FLOAT, "is not a number", &col))
        return 0;
    return sqlite3_column_double(q->h, col);
}

const char *dc_stmt_get_text(struct dc_stmt *q, size_t *n)
{
    const char *s;
    size_t len;
    int col;

    if (n)
        *n = 0;
    if (!next_col(q, SQLITE_TEXT, "is not a text", &col))
        return "";
    s = (const char *)sqlite3_column_text(q->h, col);
    len = (size_t)sqlite3_column_bytes(q->h, col);
    if (!s || memchr(s, '\0', len) || !dc_utf8_valid(s, len, NULL)) {
        dc_stmt_mark_bad(q, "is not UTF-8 text");
        return "";
    }
    if (n)
        *n = len;
    return s;
}

bool dc_stmt_skip_null(struct dc_stmt *q)
{
    if (sqlite3_column_type(q->h, q->n_got) != SQLITE_NULL)
        return false;
    q->n_got++;
    return true;
}

const char *dc_stmt_get_text_or_null(struct dc_stmt *q)
{
    return dc_stmt_skip_null(q) ? NULL : dc_stmt_get_text(q, NULL);
}

const char *dc_stmt_get_name(struct dc_stmt *q, const char *const *list)
{
    const char *s = dc_stmt_get_text(q, NULL);

    for (size_t i = 0; list[i]; i++)
        if (strcmp(s, list[i]) == 0)
            return list[i];
    dc_stmt_mark_bad(q, "is none of the words it may be");
    return list[0];
}

const unsigned char *dc_stmt_get_blob(struct dc_stmt *q, size_t n)
{
    int col;

    if (!next_col(q, SQLITE_BLOB, "is not a blob", &col))
        return NULL;
    if ((size_t)sqlite3_column_bytes(q->h, col) != n) {
        dc_stmt_mark_bad(q, "is not 4 bytes for each of n_tok tokens");
        return NULL;
    }
    return n ? sqlite3_column_blob(q->h, col) : NULL;
}
