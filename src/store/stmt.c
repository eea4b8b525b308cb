/*
 * stmt.c - statements of db.h: the cache, parameters, checked columns.
 *
 * Parameters and columns are counted instead of numbered, so that the order in
 * the SQL is the order in the code, and a forgotten one asserts. A row is
 * trusted by nobody: what is wrong with it is kept in the statement until the
 * caller has got its last column and asks once.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "store/db_priv.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum dc_status dc_db_take(struct dc_db *db, const char *sql,
                          struct dc_stmt **out, struct dc_err *err)
{
    struct dc_stmt *q = db->stmt;
    sqlite3_stmt *h = NULL;
    int rc;

    while (q && (q->taken || strcmp(sqlite3_sql(q->h), sql) != 0))
        q = q->next;
    if (!q) {
        double since = dc_clock_ms();
        do
            rc = sqlite3_prepare_v3(db->h, sql, -1, SQLITE_PREPARE_PERSISTENT,
                                    &h, NULL);
        while (rc != SQLITE_OK && dc_db_passes(db, rc, since));
        if (rc != SQLITE_OK)
            return dc_db_fail(db, rc, err);
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
    q->taken = q->has_stepped = false;
    q->n_put = q->n_got = 0;
    q->put_rc = SQLITE_OK;
    q->bad = NULL;
}

int64_t dc_db_steps(const struct dc_db *db, int64_t *n_sorted)
{
    int64_t n = 0;

    *n_sorted = 0;
    for (const struct dc_stmt *q = db->stmt; q; q = q->next) {
        n += sqlite3_stmt_status(q->h, SQLITE_STMTSTATUS_VM_STEP, 0);
        *n_sorted += sqlite3_stmt_status(q->h, SQLITE_STMTSTATUS_SORT, 0);
    }
    return n;
}

static int first_step(struct dc_stmt *q)
{
    double since = dc_clock_ms();
    int rc = sqlite3_step(q->h);

    while (rc != SQLITE_ROW && rc != SQLITE_DONE &&
           dc_db_passes(q->db, rc, since)) {
        sqlite3_reset(q->h);
        rc = sqlite3_step(q->h);
    }
    return rc;
}

enum dc_status dc_stmt_step(struct dc_stmt *q, bool *row, struct dc_err *err)
{
    struct dc_db *db = q->db;
    enum dc_status st = dc_db_check_undone(db, err);
    int rc;

    assert(q->n_put == sqlite3_bind_parameter_count(q->h));
    if (st)
        return st;
    if (q->put_rc == SQLITE_MISMATCH)
        return dc_fail(err, DC_STORE,
                       "%s: the run file refuses the row: a text in it is not "
                       "valid UTF-8, or a number is not finite",
                       db->path);
    if (q->put_rc != SQLITE_OK)
        return dc_db_say(db->path, NULL, q->put_rc, err);
    q->n_got = 0;
    q->bad = NULL;
    errno = 0; /* dc_db_say() looks at it */
    rc = q->has_stepped ? sqlite3_step(q->h) : first_step(q);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        return dc_db_fail(db, rc, err);
    q->has_stepped = true;
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
    if (!isfinite(v)) /* the reader would refuse the file */
        note_put(q, SQLITE_MISMATCH);
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

void dc_stmt_put_column(struct dc_stmt *q, struct dc_stmt *from)
{
    assert(from->n_got < sqlite3_column_count(from->h));
    note_put(q,
             sqlite3_bind_value(q->h, ++q->n_put,
                                sqlite3_column_value(from->h, from->n_got++)));
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
    return dc_fail(err, DC_STORE, "%s: %s: column %s %s: " DC_DB_DAMAGED,
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

double dc_stmt_get_real(struct dc_stmt *q, double min, double max)
{
    double v;
    int col;

    if (!next_col(q, SQLITE_FLOAT, "is not a number", &col))
        return min;
    v = sqlite3_column_double(q->h, col);
    if (isfinite(v) && v >= min && v <= max)
        return v;
    dc_stmt_mark_bad(q, isfinite(v) ? "is out of range" : "is not finite");
    return min;
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
    dc_stmt_mark_bad(q, "is not one of the words it may be");
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

const unsigned char *dc_stmt_get_bytes(struct dc_stmt *q, size_t *n)
{
    int col;

    *n = 0;
    if (!next_col(q, SQLITE_BLOB, "is not a blob", &col))
        return NULL;
    *n = (size_t)sqlite3_column_bytes(q->h, col);
    return *n ? sqlite3_column_blob(q->h, col) : NULL;
}
