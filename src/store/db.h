/*
 * db.h - the one place that owns a sqlite3 handle (private to src/store).
 *
 * Statements are kept for reuse. A statement is taken with dc_db_take(), its
 * parameters are put from left to right, it is stepped, the columns of a row
 * are got from left to right, and it goes back with dc_stmt_end(). The same SQL
 * may be taken again while it is in use (a walk inside a walk). Closing with a
 * statement still taken is a bug of ours and asserts.
 *
 * Transactions nest: the outermost is BEGIN IMMEDIATE (BEGIN when reading: a
 * snapshot), inner ones are savepoints. Every begin is ended by exactly one
 * commit that succeeds or one rollback; a commit that fails leaves its level
 * open for the rollback. When SQLite itself undid everything (disk full),
 * nothing more is written until the outermost rollback.
 *
 * No row is trusted: a get checks type, range and length, gives a harmless
 * value when they are wrong, and marks the row bad. The caller asks
 * dc_stmt_is_bad() once after the last column.
 *
 * Messages open with the path as the user wrote it and end in what to do.
 */
#ifndef DC_STORE_DB_H
#define DC_STORE_DB_H

#include <deepconf/status.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dc_db;   /* opaque */
struct dc_stmt; /* opaque */

enum {
    DC_DB_BUSY_MS = 10000,     /* wait this long for another program's lock */
    DC_DB_MAX_ROW = 256 << 20, /* bytes of one row or value */
    DC_DB_MAX_DEPTH = 16       /* of nested transactions */
};

enum dc_db_how {
    DC_DB_WRITE,  /* create if absent */
    DC_DB_MEND,   /* for writing, but nothing is created */
    DC_DB_READ,   /* with locks; creates nothing as long as the file is either
                     not in WAL mode or has its -wal */
    DC_DB_ALONE,  /* without locks, a -wal that is there read into memory:
                     nobody may write meanwhile */
    DC_DB_PART,   /* an empty file of this process alone, for writing: nothing
                     is kept of it if the process ends */
    DC_DB_MEMORY, /* no file at all: gone when it is closed */
    DC_DB_FROZEN, /* without locks and without -wal: the same */
};

/*
 * The absolute path, symbolic links followed, by which SQLite knows the file,
 * which need not exist. Caller frees.
 */
enum dc_status dc_db_resolve(const char *path, char **real, struct dc_err *err);

/* shown: for messages. real: absolute, symbolic links resolved. */
enum dc_status dc_db_open(const char *shown, const char *real,
                          enum dc_db_how how, struct dc_db **out,
                          struct dc_err *err);
/*
 * A file that was at rest when it was opened for reading may be written any
 * time: from now on a read that meets a writer as it begins or ends waits.
 */
void dc_db_be_patient(struct dc_db *db);
/* Rolls back, finalizes, closes; db may be NULL. */
void dc_db_close(struct dc_db *db);

/* What the first 100 bytes of a file say, read without any lock. */
struct dc_db_head {
    bool is_sqlite; /* opens with SQLite's magic string; else nothing holds */
    bool is_wal;    /* write-ahead mode is noted in it */
    uint32_t app_id;
    uint32_t page;  /* bytes, > 0 */
    int64_t needed; /* bytes its page count asks for; 0: not known */
};
/*
 * Through SQLite's own file layer: closing a descriptor of ours would drop the
 * locks that this process has on the file (POSIX fcntl locks).
 */
enum dc_status dc_db_peek(const char *shown, const char *real,
                          struct dc_db_head *out, struct dc_err *err);

const char *dc_db_path(const struct dc_db *db); /* as shown */
const char *dc_db_real(const struct dc_db *db); /* absolute */
int64_t dc_db_last_id(const struct dc_db *db);  /* row id last inserted */
int64_t dc_db_changes(const struct dc_db *db);  /* rows of the last statement */
int dc_db_depth(const struct dc_db *db);        /* of open transactions */
/*
 * Steps of SQLite's machine in the statements kept, so far, and how often one
 * of them sorted its rows: what reading costs, counted instead of timed.
 */
int64_t dc_db_steps(const struct dc_db *db, int64_t *n_sorted);

enum dc_status dc_db_begin(struct dc_db *db, struct dc_err *err);
enum dc_status dc_db_commit(struct dc_db *db, struct dc_err *err);
void dc_db_rollback(struct dc_db *db); /* does nothing outside a transaction */

/*
 * Write-ahead mode on. Where there is no shared memory the file stays in
 * rollback mode, which is as safe; readers then wait for the writer.
 */
enum dc_status dc_db_wal_on(struct dc_db *db, struct dc_err *err);
/* As dc_store_wait_for_disk(). */
enum dc_status dc_db_wait_for_disk(struct dc_db *db, bool wait,
                                   struct dc_err *err);
/*
 * Write-ahead mode off again: everything is in one plain file. A reader in the
 * way leaves the -wal, which is as good. DC_IO, DC_STORE: it can't be done;
 * what was committed stays in the file and its -wal. Also if the file was
 * removed or replaced while it was open.
 */
enum dc_status dc_db_wal_off(struct dc_db *db, struct dc_err *err);

/* One or more statements without parameters or results. */
enum dc_status dc_db_exec(struct dc_db *db, const char *sql,
                          struct dc_err *err);
/* The integer that a query without parameters gives. */
enum dc_status dc_db_int(struct dc_db *db, const char *sql, int64_t *out,
                         struct dc_err *err);

/* ---- statements ---- */

/* sql must be one statement; it is copied. */
enum dc_status dc_db_take(struct dc_db *db, const char *sql,
                          struct dc_stmt **out, struct dc_err *err);
void dc_stmt_end(struct dc_stmt *q); /* q may be NULL */
/* Step once: *row says whether there is a row. */
enum dc_status dc_stmt_step(struct dc_stmt *q, bool *row, struct dc_err *err);
/* Step a statement that gives no rows, and end it. */
enum dc_status dc_stmt_run(struct dc_stmt *q, struct dc_err *err);

/* Parameters in order; text and blobs are borrowed until the statement ends. */
void dc_stmt_put_int(struct dc_stmt *q, int64_t v);
/* A number that is not finite fails the next step. */
void dc_stmt_put_real(struct dc_stmt *q, double v);
/* NULL is SQL's NULL. Text that is not UTF-8 fails the next step. */
void dc_stmt_put_text(struct dc_stmt *q, const char *s);
void dc_stmt_put_blob(struct dc_stmt *q, const void *p, size_t n);
void dc_stmt_put_null(struct dc_stmt *q);
/* The next column of another statement's row, as it is, whatever it holds. */
void dc_stmt_put_column(struct dc_stmt *q, struct dc_stmt *from);

/* Columns in order; text and blobs are borrowed until the next step. */
int64_t dc_stmt_get_int(struct dc_stmt *q, int64_t min, int64_t max);
/* Finite, min to max. */
double dc_stmt_get_real(struct dc_stmt *q, double min, double max);
/* Valid UTF-8 without NUL; *n (may be NULL) is its bytes. */
const char *dc_stmt_get_text(struct dc_stmt *q, size_t *n);
const char *dc_stmt_get_text_or_null(struct dc_stmt *q);
/* One of list, which NULL ends; gives the list's own string. */
const char *dc_stmt_get_name(struct dc_stmt *q, const char *const *list);
/* Exactly n bytes; NULL when n = 0 or the row is bad. */
const unsigned char *dc_stmt_get_blob(struct dc_stmt *q, size_t n);
/* As many as there are, *n. */
const unsigned char *dc_stmt_get_bytes(struct dc_stmt *q, size_t *n);
/* True, and the column is passed, if it is NULL. */
bool dc_stmt_skip_null(struct dc_stmt *q);

/* why: static text about the column last got. */
void dc_stmt_mark_bad(struct dc_stmt *q, const char *why);
bool dc_stmt_is_bad(const struct dc_stmt *q);
/* DC_STORE; the format names the row. */
enum dc_status dc_stmt_fail_row(struct dc_stmt *q, struct dc_err *err,
                                const char *fmt, ...) DC_PRINTF(3, 4);

#define DC_DB_MOVED                                                            \
    "the run file was removed, moved or replaced while it was being written: " \
    "what was written is not under this name. Put the file back if it was "    \
    "moved, and run the same command again"

/* Behind what is wrong with a row that SQLite itself could read. */
#define DC_DB_DAMAGED                                                          \
    "the file was damaged or changed by other means: put back a copy, or "     \
    "remove it and run again"

#endif
