/*
 * mend.c - opening for reading, whatever is there (mend.h).
 *
 * A kill can leave: a log (PATH-wal) with its index (PATH-shm) or without, of
 * no bytes or without a frame; a hot journal; a header that says "write-ahead
 * mode" while there is no log. SQLite puts all of that right by itself for a
 * connection that may write, and for no other. So a reader that finds such a
 * file takes the writer's lock for a moment, opens it for writing, and closes
 * it cleanly. Whether somebody writes is told by that lock alone:
 *   it is taken by a writer   read beside it. While the writer begins or ends,
 *                             that can fail: try again
 *   it can be had             mend, and then read a file at rest
 *   it can't be made here     nobody writes: read without locks, the log into
 *                             memory. A hot journal can't be read so
 * Other programs don't know this lock, but SQLite's own keep them apart from
 * the one that mends; then it just reads beside them.
 */
#include "store/mend.h"

#include "base/clock.h"
#include "store/lock.h"
#include "store/place.h"
#include "store/schema.h"
#include "store/store.h"

#include <errno.h>
#include <string.h>

enum { PAUSE_MS = 5 };

static enum dc_status open_checked(const struct dc_place *p, enum dc_db_how how,
                                   struct dc_db **out, int64_t *version,
                                   struct dc_err *err)
{
    enum dc_status st = dc_db_open(p->shown, p->real, how, out, err);

    if (!st)
        st = dc_schema_check(*out, version, err);
    if (st) {
        dc_db_close(*out);
        *out = NULL;
    }
    return st;
}

/* ---- mending ---- */

static enum dc_status close_cleanly(const struct dc_place *p,
                                    struct dc_err *err)
{
    struct dc_db *db = NULL;
    int64_t version = 0;
    enum dc_status st = open_checked(p, DC_DB_MEND, &db, &version, err);

    if (!st)
        st = dc_db_wal_off(db, err);
    dc_db_close(db);
    return st;
}

/*
 * DC_LOCK_OURS: it was tried, *failed tells with what end; the others say who
 * is in the way.
 */
static enum dc_lock_state mend(const struct dc_place *p, enum dc_status *failed,
                               struct dc_err *why)
{
    struct dc_lock lock = {.path = NULL};
    enum dc_lock_state is = dc_lock_try(p->real, &lock);

    *failed = DC_OK;
    if (is == DC_LOCK_OURS)
        *failed = close_cleanly(p, why);
    else if (is == DC_LOCK_NONE)
        *failed = dc_fail(why, DC_IO, "%s", strerror(errno));
    dc_lock_release(&lock);
    return is;
}

/* ---- reading what is not mended ---- */

/* Why it was not mended, without the path that opens a message. */
static const char *reason(const struct dc_place *p, const struct dc_err *why)
{
    size_t n = strlen(p->shown);

    return !strncmp(why->msg, p->shown, n) && !strncmp(why->msg + n, ": ", 2)
               ? why->msg + n + 2
               : why->msg;
}

static enum dc_status fail_hot(const struct dc_place *p,
                               const struct dc_err *why, struct dc_err *err)
{
    return dc_fail(err, DC_STORE,
                   "%s: was interrupted in the middle of a change, which must "
                   "be undone before it is read, and that can't be done here "
                   "(%.300s): make the file and its folder writable, or copy "
                   "it together with its -journal to a folder that is, and "
                   "read it there",
                   p->shown, reason(p, why));
}

/* Nobody of ours writes; others may, which is seen if they hold locks. */
static enum dc_status open_as_it_is(const struct dc_place *p,
                                    const struct dc_err *why,
                                    struct dc_db **out, int64_t *version,
                                    struct dc_err *err)
{
    bool frozen = p->head.is_wal && !p->has_wal && !p->has_journal;
    enum dc_status st;

    if (frozen)
        return open_checked(p, DC_DB_FROZEN, out, version, err);
    st = open_checked(p, DC_DB_READ, out, version, err);
    if (st && p->has_journal)
        return fail_hot(p, why, err);
    if (st && p->has_wal)
        st = open_checked(p, DC_DB_ALONE, out, version, err);
    return st;
}

/* ---- the whole ---- */

enum { MAX_MENDS = 2, MAX_LOOKS = 3 };

static enum dc_status fail_no_run(const char *path, struct dc_err *err)
{
    return dc_fail(err, DC_STORE,
                   "%s: holds no run yet: make one with `deepconf run`", path);
}

/* Has somebody begun to write, or ended, since p was looked at? */
static bool has_changed(const struct dc_place *p)
{
    struct dc_place now;
    bool changed;

    if (dc_place_look(p->shown, &now, NULL))
        return false;
    changed = dc_place_is_at_rest(&now) != dc_place_is_at_rest(p);
    dc_place_release(&now);
    return changed;
}

/* A look at a file that is written can see halves of two states. */
static enum dc_status look_again(const char *path, struct dc_place *p,
                                 struct dc_err *err)
{
    enum dc_status st = dc_place_look(path, p, err);

    for (int i = 1; i < MAX_LOOKS && st == DC_STORE; i++) {
        dc_clock_pause_ms(PAUSE_MS);
        st = dc_place_look(path, p, err);
    }
    if (!st && !p->exists) {
        st = dc_fail(err, DC_IO, "%s: no such file: name a run file", path);
        dc_place_release(p);
    } else if (!st && p->size == 0) {
        st = fail_no_run(path, err);
        dc_place_release(p);
    }
    return st;
}

/* One try; *again: what was in the way passes, or is mended. */
static enum dc_status try_open(const struct dc_place *p, int *n_mend,
                               struct dc_db **out, int64_t *version,
                               bool *again, struct dc_err *err)
{
    struct dc_err why = {.msg = "others have it open"};
    enum dc_status st, failed = DC_OK;

    if (dc_place_is_at_rest(p)) {
        st = open_checked(p, DC_DB_READ, out, version, err);
        *again = st && has_changed(p);
        return st;
    }
    if (!dc_place_may_be_ours(p) || *n_mend == MAX_MENDS)
        return open_as_it_is(p, &why, out, version, err);
    switch (mend(p, &failed, &why)) {
    case DC_LOCK_OURS:
        ++*n_mend;
        *again = !failed;
        break;
    case DC_LOCK_WRITER:
    case DC_LOCK_UNSURE:
        st = open_checked(p, DC_DB_READ, out, version, err);
        *again = st != DC_OK;
        return st;
    case DC_LOCK_BRIEF:
        *again = true;
        break;
    case DC_LOCK_NONE:
        break;
    }
    return *again ? dc_fail(err, DC_STORE,
                            "%s: other processes keep opening and closing it: "
                            "try again",
                            p->shown)
                  : open_as_it_is(p, &why, out, version, err);
}

enum dc_status dc_mend_and_open(const char *path, struct dc_db **out,
                                int64_t *version, struct dc_err *err)
{
    double since = dc_clock_ms();
    struct dc_err last = {.msg = ""};
    enum dc_status st;
    int n_mend = 0;
    bool again;

    do {
        struct dc_place p;

        again = false;
        st = look_again(path, &p, &last);
        if (st)
            break;
        st = try_open(&p, &n_mend, out, version, &again, &last);
        dc_place_release(&p);
        if (again)
            dc_clock_pause_ms(PAUSE_MS);
    } while (again && dc_clock_ms() - since < DC_DB_BUSY_MS);
    if (!st && *version == 0) {
        dc_db_close(*out);
        *out = NULL;
        st = fail_no_run(path, &last);
    }
    if (st && err)
        *err = last;
    if (!st)
        dc_db_be_patient(*out);
    return st;
}

/* ---- before writing ---- */

/* What can be ours is looked at by the writer, after SQLite's recovery. */
enum dc_status dc_mend_check_ours(const struct dc_place *p, struct dc_err *err)
{
    const struct dc_err why = {.msg = "it is not ours"};
    struct dc_db *db = NULL;
    int64_t version = 0;
    enum dc_status st;

    if (!p->exists || p->size == 0 || dc_place_may_be_ours(p))
        return DC_OK;
    if (p->has_journal)
        return dc_schema_fail_app(p->shown, p->head.app_id, err);
    st = open_as_it_is(p, &why, &db, &version, err);
    dc_db_close(db);
    return st;
}
