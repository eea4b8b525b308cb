/*
 * store.c - opening and closing a run file, and its configuration (store.h).
 *
 * While a run writes, the file is in write-ahead mode, with PATH-wal and
 * PATH-shm beside it; at rest it is one plain file. Reading must create
 * nothing, so the way in depends on what is there:
 *   PATH-wal is there        with locks, and PATH-shm never created: beside a
 *                            running writer, or after one that was killed
 *   plain file               with locks, which need no other file
 *   write-ahead mode noted,  as if nobody could write it. Other tools leave a
 *   but no PATH-wal          file so; a run started in the meantime can spoil
 *                            what is read, never the file
 * A file that may be another program's is looked at in the reader's way before
 * it is opened for writing: what is not ours is not touched.
 */
#include "base/buf.h"
#include "base/mem.h"
#include "base/path.h"
#include "base/utf8.h"
#include "store/schema.h"
#include "store/store_priv.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* ---- what is at the path ---- */

struct place {
    const char *shown; /* borrowed: as the user wrote it */
    char *real;        /* absolute, symbolic links resolved; caller frees */
    bool exists;
    int64_t size;
    bool has_wal, has_shm, has_journal;
};

static bool has_file(const char *real, const char *suffix, bool not_empty)
{
    struct dc_buf path;
    struct stat sb;
    bool yes;

    dc_buf_init(&path, 1 << 16);
    dc_buf_addf(&path, "%s%s", real, suffix);
    yes = stat(path.data, &sb) == 0 && (!not_empty || sb.st_size > 0);
    dc_buf_release(&path);
    return yes;
}

/* True if the folder that `path` says it is in is there. */
static bool has_folder(const char *path)
{
    size_t n = dc_path_folder(path);
    struct stat sb;
    char *dir;
    bool yes;

    if (n <= 1)
        return true;
    dir = dc_xstrndup(path, n - 1);
    yes = stat(dir, &sb) == 0 && S_ISDIR(sb.st_mode);
    free(dir);
    return yes;
}

/* On success the caller frees p->real. */
static enum dc_status look(const char *path, struct place *p,
                           struct dc_err *err)
{
    enum dc_status st;
    struct stat sb;

    *p = (struct place){.shown = path};
    if (!path[0])
        return dc_fail(err, DC_IO, "the path of the run file is empty");
    if (!has_folder(path))
        return dc_fail(err, DC_IO,
                       "%s: no such folder: make it, or name a run file in "
                       "another one",
                       path);
    st = dc_db_resolve(path, &p->real, err);
    if (st)
        return st;
    p->exists = stat(p->real, &sb) == 0;
    if (p->exists && S_ISREG(sb.st_mode) && sb.st_nlink > 1) {
        free(p->real);
        return dc_fail(err, DC_STORE,
                       "%s: has a second name (a hard link), so that two "
                       "writers could miss each other: copy it to a file of "
                       "its own",
                       path);
    }
    if (p->exists && S_ISREG(sb.st_mode)) {
        p->size = sb.st_size;
        p->has_wal = has_file(p->real, "-wal", false);
        p->has_shm = has_file(p->real, "-shm", false);
        p->has_journal = has_file(p->real, "-journal", true);
    } else if (p->exists) {
        free(p->real);
        return dc_fail(err, DC_STORE,
                       "%s: is %s, not a run file: name another file", path,
                       S_ISDIR(sb.st_mode) ? "a folder" : "no regular file");
    }
    return DC_OK;
}

/* ---- opening ---- */

static enum dc_status fail_short(const struct place *p,
                                 const struct dc_db_head *head,
                                 struct dc_err *err)
{
    char want[48] = "no whole number of pages";

    if (p->size < head->needed)
        snprintf(want, sizeof(want), "expected %" PRId64, head->needed);
    return dc_fail(err, DC_STORE,
                   "%s: the run file is cut short (%" PRId64
                   " bytes, %s): put back a copy, or remove it and run again",
                   p->shown, p->size, want);
}

/* Refuse a file that is no database, or not all of one; how to read it. */
static enum dc_status check_head(const struct place *p, enum dc_db_how *how,
                                 struct dc_err *err)
{
    struct dc_db_head head;
    enum dc_status st;

    *how = DC_DB_READ;
    if (p->size == 0)
        return DC_OK;
    st = dc_db_peek(p->shown, p->real, &head, err);
    if (st || p->has_journal) /* an interrupted change may show in the header */
        return st;
    if (!head.is_sqlite)
        return dc_fail(err, DC_STORE,
                       "%s: is not a run file (no SQLite database): name "
                       "another file",
                       p->shown);
    if (!p->has_wal && (p->size < head.needed || p->size % head.page != 0))
        return fail_short(p, &head, err);
    if (head.is_wal && !p->has_wal)
        *how = DC_DB_FROZEN;
    return DC_OK;
}

static enum dc_status open_checked(const struct place *p, enum dc_db_how how,
                                   struct dc_db **out, int64_t *version,
                                   struct dc_err *err)
{
    struct dc_db *db = NULL;
    enum dc_status st = dc_db_open(p->shown, p->real, how, &db, err);

    if (!st)
        st = dc_schema_check(db, version, err);
    if (st) {
        dc_db_close(db);
        return st;
    }
    *out = db;
    return DC_OK;
}

/* Before writing: refuse what is not ours without touching it. */
static enum dc_status check_ours(const struct place *p, struct dc_err *err)
{
    enum dc_db_how how = DC_DB_READ;
    struct dc_db *db = NULL;
    int64_t version = 0;
    enum dc_status st;

    if (!p->exists || p->size == 0)
        return DC_OK;
    st = check_head(p, &how, err);
    if (st || p->has_journal || (p->has_wal && !p->has_shm))
        return st; /* only a writer can look further */
    st = open_checked(p, how, &db, &version, err);
    if (!st)
        dc_db_close(db);
    return st;
}

enum dc_status dc_store_open_rw(const char *path, struct dc_store **out,
                                struct dc_err *err)
{
    struct dc_store *s = NULL;
    int64_t version = 0;
    struct place p;
    enum dc_status st = look(path, &p, err);

    if (st)
        return st;
    s = dc_xcalloc(1, sizeof(*s));
    st = dc_lock_take(path, p.real, &s->lock, err);
    if (!st)
        st = check_ours(&p, err);
    if (!st)
        st = open_checked(&p, DC_DB_WRITE, &s->db, &version, err);
    if (!st)
        st = dc_schema_migrate(s->db, version, err);
    if (!st)
        st = dc_db_wal_on(s->db, err);
    free(p.real);
    if (st) {
        dc_store_close(s);
        return st;
    }
    s->version = DC_STORE_SCHEMA;
    *out = s;
    return DC_OK;
}

static enum dc_status open_place_ro(const struct place *p, struct dc_db **db,
                                    int64_t *version, struct dc_err *err)
{
    enum dc_db_how how;
    enum dc_status st;

    if (!p->exists)
        return dc_fail(err, DC_IO, "%s: no such file: name a run file",
                       p->shown);
    if (p->has_wal && !p->has_shm)
        return dc_fail(err, DC_STORE,
                       "%s: was not closed cleanly, and its -shm file is "
                       "missing: continue the run with `deepconf run`, then "
                       "read it",
                       p->shown);
    st = check_head(p, &how, err);
    if (!st)
        st = open_checked(p, how, db, version, err);
    if (st || *version > 0)
        return st;
    dc_db_close(*db);
    *db = NULL;
    return dc_fail(err, DC_STORE,
                   "%s: holds no run yet: make one with `deepconf run`",
                   p->shown);
}

enum dc_status dc_store_open_ro(const char *path, struct dc_store **out,
                                struct dc_err *err)
{
    struct dc_db *db = NULL;
    int64_t version = 0;
    struct place p;
    enum dc_status st = look(path, &p, err);

    if (st)
        return st;
    st = open_place_ro(&p, &db, &version, err);
    free(p.real);
    if (st)
        return st;
    *out = dc_xcalloc(1, sizeof(**out));
    (*out)->db = db;
    (*out)->version = version;
    return DC_OK;
}

void dc_store_close(struct dc_store *s)
{
    if (!s)
        return;
    if (s->db && s->lock.path) {
        while (dc_db_depth(s->db) > 0)
            dc_db_rollback(s->db);
        dc_db_wal_off(s->db);
    }
    dc_db_close(s->db);
    dc_lock_release(&s->lock);
    free(s);
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

void dc_store_rollback(struct dc_store *s)
{
    dc_db_rollback(s->db);
}
